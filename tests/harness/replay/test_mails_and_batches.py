"""Values that a client makes up inside of base64, of an e-mail, of a batch, or of its own address."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from tests.support.cassettes.builders import PLAIN, call, cassette

ONE, TWO = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
MAIL = """\
Content-Type: multipart/mixed; boundary="{boundary}"
MIME-Version: 1.0
To: robin
Message-ID: <{id}@localhost>

--{boundary}
Content-Type: text/plain

{text}

--{boundary}--
"""
BATCH = "--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <{id} + 1>\r\n\r\nGET /{path} HTTP/1.1\r\n\r\n--{boundary}--"


def played(recorded: bytes, came: bytes, content_type: str, answer: bytes = b"{}", came_type: str = "") -> bytes | None:
    """The response to a request whose body differs from the recorded one; None if it matches nothing."""
    exchange = call("POST /a", recorded, answer=answer, headers=(("content-type", content_type),))
    play = Playback(cassette(exchange, origin="https://plain.example"), PLAIN)
    found = play.request("POST", "/a", (("content-type", came_type or content_type),), came)
    return found.rendering.payload(found.exchange.response.body.data) if isinstance(found, Played) else None


def base64_of(value: object) -> bytes:
    return json.dumps({"data": base64.b64encode(json.dumps(value).encode()).decode()}).encode()


def mail(boundary: str, number: str, text: str = "hello") -> str:
    return MAIL.format(boundary=f"==============={boundary}==", id=f"{number}.28.13110555178714064248", text=text)


FIRST, SECOND = mail("0014410571934064538", "179628746992"), mail("8142608164675475525", "179628748016")


def test_json_in_base64_is_compared_by_its_values():
    recorded, came = base64_of({"event": "x", "id": ONE}), base64_of({"id": TWO, "event": "x"})
    answer = json.dumps({"took": ONE}).encode()
    assert played(recorded, came, "application/json", answer) == answer.replace(ONE.encode(), TWO.encode())
    assert played(recorded, base64_of({"event": "y", "id": TWO}), "application/json") is None


def test_base64_of_anything_else_is_compared_as_it_is():
    texts = (
        json.dumps({"data": base64.b64encode(text * 3).decode()}).encode() for text in (b"a red apple", b"a red pears")
    )
    assert played(*texts, "application/json") is None


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "in base64"])
def test_a_mail_has_other_ids_and_boundaries_each_time(wrapped):
    def body(text: str) -> bytes:
        return json.dumps({"raw": base64.urlsafe_b64encode(text.encode()).decode() if wrapped else text}).encode()

    assert played(body(FIRST), body(SECOND), "application/json") == b"{}"
    other = mail("8142608164675475525", "179628748016", "farewell")
    assert played(body(FIRST), body(other), "application/json") is None


def test_a_mail_with_a_redacted_address_matches_as_well():
    recorded, came = (text.replace("localhost", "x.example") for text in (FIRST, SECOND))
    recorded = recorded.replace("179628746992.28.13110555178714064248@x.example", "wiretape-email-1@example.com")
    assert played(json.dumps({"m": recorded}).encode(), json.dumps({"m": came}).encode(), "application/json") == b"{}"


def test_the_answer_to_a_batch_has_the_ids_of_this_run():
    recorded, came = (
        BATCH.format(boundary=name, id=each, path="a").encode() for name, each in (("b1", ONE), ("b2", TWO))
    )
    kinds = "multipart/mixed; boundary=b1", "multipart/mixed; boundary=b2"
    answer = f"Content-ID: <response-{ONE} + 1>".encode()
    assert played(recorded, came, kinds[0], answer, kinds[1]) == answer.replace(ONE.encode(), TWO.encode())


def test_parts_of_a_batch_with_other_ids_are_others():
    recorded, came = (BATCH.format(boundary="b", id=each, path="a").encode() for each in ("first", "second"))
    assert played(recorded, came, "multipart/mixed; boundary=b") is None


def ask(recorded: str, came: str) -> Played | Mismatch:
    play = Playback(cassette(call(f"GET {recorded}"), origin="https://plain.example"), PLAIN)
    return play.request("GET", came, (), b"")


@pytest.mark.parametrize(
    ("port", "is_taken"), [(45123, True), (8080, False)], ids=["an ephemeral port", "a port that was chosen"]
)
def test_the_address_of_a_login_s_redirection_has_another_port_each_time(port, is_taken):
    def target(port: int) -> str:
        return (
            f"/authorize?response_type=code&client_id=a&redirect_uri={quote(f'http://127.0.0.1:{port}/back', safe='')}"
        )

    assert isinstance(ask(target(45999), target(port)), Played) is is_taken


def test_the_service_sends_the_client_back_to_its_own_port():
    recorded, came = b"redirect_uri=http://localhost:45999/back", b"redirect_uri=http://localhost:40001/back"
    answer = b'{"location": "http://localhost:45999/back?ok"}'
    assert played(recorded, came, "application/x-www-form-urlencoded", answer) == answer.replace(b"45999", b"40001")


def test_users_who_request_the_same_are_told_apart_by_order_with_a_note():
    users = [
        call("GET /me", answer=name, headers=(("authorization", f"Bearer wiretape-token-{number}"),))
        for number, name in ((1, b"ann"), (2, b"bob"))
    ]
    play = Playback(cassette(*users, origin="https://plain.example"), PLAIN)
    assert isinstance(play.request("GET", "/me", (("authorization", "Bearer Zq3vT8mXw1Rk5LbN"),), b""), Played)
    (note,) = play.notes
    assert "cannot be told apart" in note
    assert "authorization" in note


def test_users_with_equal_answers_get_no_note():
    users = [
        call("GET /me", answer=b"ok", headers=(("authorization", f"Bearer wiretape-token-{number}"),))
        for number in (1, 2)
    ]
    play = Playback(cassette(*users, origin="https://plain.example"), PLAIN)
    assert isinstance(play.request("GET", "/me", (("authorization", "Bearer Zq3vT8mXw1Rk5LbN"),), b""), Played)
    assert play.notes == []

"""Which new values of a client are taken for the recorded ones, although nothing names their place; and which never."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from harness.match.named_places import NamedPlace
from harness.match.request import ParsedMessage
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from harness.replay.rules import PlayRules
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PLAIN, call, cassette, socket

ONE, TWO, THREE, FOUR = (
    str(uuid.UUID(int=(number << 120) + (number << 64) + 0x1234567, version=4)) for number in (3, 5, 7, 9)
)
HEX_ONE, HEX_TWO = "9f86d081884c7d659a2feaa0c55ad015", "2c26b46b68ffc68ff99b453c1d304134"
KEY_ONE, KEY_TWO = "V1StGXR8Z5jdHi6BmyT9x", "Uakgb1J5m9g90JDMbcJqL"
THEN = datetime(2026, 11, 23, 5, tzinfo=UTC).timestamp()
NOW = THEN + 90 * 86_400


def playback(*exchanges, **rules) -> Playback:
    return Playback(
        cassette(*exchanges, origin="https://plain.example"), PLAIN, play_rules=PlayRules(**rules), now=lambda: NOW
    )


def asked(play: Playback, what: str, body: object = b"", headers=()) -> Played | Mismatch:
    method, _, target = what.partition(" ")
    return play.request(method, target, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


def post(body: object, answer: object = None, target: str = "/a", **more):
    return call(
        f"POST {target}",
        json.dumps(body).encode(),
        answer=b"{}" if answer is None else json.dumps(answer).encode(),
        **more,
    )


def sent(played: Played | Mismatch) -> bytes:
    assert isinstance(played, Played), played
    return played.rendering.payload(played.exchange.response.body.data)


def places(play: Playback) -> list[tuple[str, str]]:
    return [(each.place, each.look) for each in play.bindings.accepted]


def is_taken(recorded: object, came: object, answer: object = None, **rules) -> bool:
    return isinstance(asked(playback(post(recorded, answer), **rules), "POST /a", came), Played)


# ---------------------------------------------------------------- taken, and put where the recorded one stood
@pytest.mark.parametrize(
    ("recorded", "came"), [(ONE, TWO), (HEX_ONE, HEX_TWO), (KEY_ONE, KEY_TWO), (f"req_{KEY_ONE}", f"req_{KEY_TWO}")],
    ids=["uuid", "hex", "nanoid", "with its sort"],
)  # fmt: skip
def test_new_value_of_the_client_stands_in_the_answer(recorded, came):
    play = playback(post({"id": recorded}, {"you": recorded, "and": "more"}))
    assert json.loads(sent(asked(play, "POST /a", {"id": came}))) == {"you": came, "and": "more"}
    assert [place for place, _ in places(play)] == ["body.id"]


def test_value_stands_for_one_other_in_all_of_the_session():
    play = playback(post({"id": ONE}), post({"same": ONE}, target="/b"))
    asked(play, "POST /a", {"id": TWO})
    assert isinstance(asked(play, "POST /b", {"same": THREE}), Mismatch)
    assert isinstance(asked(play, "POST /b", {"same": TWO}), Played)


def test_exact_one_comes_before_one_that_only_looks_alike():
    play = playback(post({"id": ONE}, 1), post({"id": TWO}, 2))
    assert sent(asked(play, "POST /a", {"id": TWO})) == b"2"
    assert places(play) == []


@pytest.mark.parametrize("spelled", ["2026-11-23T05:00:00Z", 1_795_410_000, 1_795_410_000_000, "1795410000.123"])
def test_time_near_the_clock_is_taken(spelled):
    shift = int(NOW - THEN)
    came = {
        str: lambda: "2027-02-21T05:00:00Z" if "T" in str(spelled) else f"{THEN + shift:.3f}",
        int: lambda: spelled + shift * (1000 if spelled > 10**12 else 1),
    }[type(spelled)]()
    assert is_taken({"at": spelled}, {"at": came})


@pytest.mark.parametrize(
    ("recorded", "came"),
    [("2026-11-23", "2027-02-21"), ("2026-11-23T05:00:00Z", "2031-01-01T00:00:00Z"), (1_795_410_000, 1_600_000_000)],
    ids=["a bare date", "far from the clock", "far from the clock, as a number"],
)
def test_other_time_is_a_mismatch(recorded, came):
    assert not is_taken({"at": recorded}, {"at": came})


def test_base64_in_the_query_of_a_get_comes_back_as_the_later_query_or_the_answer_writes_it():
    recorded, came = "V1StGXR8/Z5jdHi6+myT9Q==", "Uakgb1J5/9g90JDM+cJqLg=="
    query = f"/a?note={quote(recorded, safe='')}"
    play = playback(call(f"GET {query}", answer=b"busy", status=503), call(f"GET {query}", answer=recorded.encode()))
    target = f"GET /a?note={quote(came, safe='')}"
    assert [sent(asked(play, target)) for _ in range(2)] == [b"busy", came.encode()]


# ---------------------------------------------------------------- never taken
@pytest.mark.parametrize(
    ("recorded", "came"),
    [(18, 19), ("18", "19"), ("red", "blue"), ("INV-2026-0017", "INV-2026-0018"), ("claude-3-5-sonnet", "claude-3-7-sonnet"),
     (True, False), (None, ONE), (ONE, None), (ONE, 7), (ONE, "hello"), (f"{ONE} a", f"{TWO} b")],
)  # fmt: skip
def test_word_number_or_business_id_is_a_mismatch(recorded, came):
    assert not is_taken({"x": recorded}, {"x": came})


@pytest.mark.parametrize(
    "name",
    [
        "md5",
        "contentMD5",
        "content-md5",
        "sha256",
        "sha-1",
        "digest",
        "checksum",
        "file_hash",
        "etag",
        "integrity",
        "crc32",
    ],
)
def test_value_under_the_name_of_a_digest_is_a_mismatch(name):
    assert is_taken({"id": HEX_ONE}, {"id": HEX_TWO})
    assert not is_taken({name: HEX_ONE}, {name: HEX_TWO})


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_digest_of_the_body_is_a_mismatch_under_any_name(algorithm):
    body = b'{"text":"hello"}'
    digest = hashlib.new(algorithm, body).hexdigest()
    other = hashlib.new(algorithm, b"other").hexdigest()
    play = playback(call(f"POST /a?x={digest}", body))
    assert isinstance(asked(play, f"POST /a?x={other}", body), Mismatch)


def test_if_match_is_a_mismatch_that_names_the_header():
    play = playback(call("PUT /a", b"x", headers=(("if-match", f'"{HEX_ONE}"'), ("accept", "*/*"))))
    missed = asked(play, "PUT /a", b"x", (("if-match", f'"{HEX_TWO}"'), ("accept", "*/*")))
    assert isinstance(missed, Mismatch)
    assert missed.problem.nearest is not None
    assert [each.field for each in missed.problem.nearest.differences] == ["headers.if-match"]


@pytest.mark.parametrize(("size", "is_fine"), [(16, True), (48, True), (96, False)])
def test_base64_of_more_than_64_bytes_says_something(size, is_fine):
    one, two = (base64.b64encode(hashlib.shake_256(seed).digest(size)).decode() for seed in (b"1", b"2"))
    assert is_taken({"blob": one}, {"blob": two}) == is_fine


def test_value_that_the_service_issued_before_is_a_mismatch():
    play = playback(call("GET /new", answer=json.dumps({"id": ONE}).encode()), post({"id": ONE}, at=5000))
    asked(play, "GET /new")
    assert isinstance(asked(play, "POST /a", {"id": TWO}), Mismatch)


def test_value_that_stands_elsewhere_in_the_recording_is_not_new():
    play = playback(post({"id": ONE}), post({"id": TWO}, target="/b"))
    assert isinstance(asked(play, "POST /a", {"id": TWO}), Mismatch)


# ---------------------------------------------------------------- in the path or query of a GET it has to come back
def test_uuid_of_a_resource_is_a_mismatch():
    play = playback(call(f"GET /users/{ONE}", answer=json.dumps({"id": ONE, "name": "Robin"}).encode()))
    assert isinstance(asked(play, f"GET /users/{TWO}"), Mismatch)


@pytest.mark.parametrize(
    ("recorded", "came"), [("/items/18", "/items/19"), ("/a?id=18", "/a?id=19"), (f"/a?user={ONE}", f"/a?user={TWO}")]
)
def test_what_a_get_asks_for_is_a_mismatch(recorded, came):
    assert isinstance(asked(playback(call(f"GET {recorded}")), f"GET {came}"), Mismatch)


def test_value_in_the_query_of_a_get_is_taken_if_the_answer_repeats_it():
    play = playback(call(f"GET /a?request={ONE}", answer=json.dumps({"request": ONE}).encode()))
    assert json.loads(sent(asked(play, f"GET /a?request={TWO}"))) == {"request": TWO}


def test_value_in_the_path_of_a_get_is_taken_if_a_later_request_says_it():
    play = playback(call(f"GET /sessions/{ONE}"), post({"session": ONE}, at=5000))
    assert isinstance(asked(play, f"GET /sessions/{TWO}"), Played)
    assert isinstance(asked(play, "POST /a", {"session": TWO}), Played)


def test_value_in_the_path_of_a_post_is_taken():
    assert isinstance(asked(playback(post({}, target=f"/chats/{ONE}")), f"POST /chats/{TWO}", {}), Played)


# ---------------------------------------------------------------- exactly one, or equal answers
def test_which_of_two_is_meant_has_to_be_clear():
    play = playback(post({"user": ONE}, "Robin"), post({"user": TWO}, "Marian"))
    assert isinstance(asked(play, "POST /a", {"user": THREE}), Mismatch)


def test_of_two_with_equal_answers_the_first_is_meant():
    play = playback(post({"user": ONE}, "ok"), post({"user": TWO}, "ok"))
    assert isinstance(asked(play, "POST /a", {"user": THREE}), Played)


def test_value_that_only_names_a_message_asks_for_nothing():
    play = playback(post({"requestId": ONE}, "first"), post({"requestId": TWO}, "second"))
    assert sent(asked(play, "POST /a", {"requestId": THREE})) == b'"first"'


@pytest.mark.parametrize(
    "of",
    [
        lambda value: {"jsonrpc": "2.0", "method": "get", "params": {"id": value}, "id": 1},
        lambda value: {"query": "query Q($id: ID!) { user(id: $id) { name } }", "variables": {"id": value}},
        lambda value: {"query": "mutation", "variables": {"input": {"id": value}}},
        lambda value: {"type": "get", "userId": value},
        lambda value: {"order_id": value},
    ],
)
def test_id_of_what_a_client_asks_for_has_to_be_a_recorded_one(of):
    play = playback(post(of(ONE), "Robin"), post(of(TWO), "Marian"))
    assert isinstance(asked(play, "POST /a", of(THREE)), Mismatch)
    assert sent(asked(play, "POST /a", of(TWO))) == b'"Marian"'


@pytest.mark.parametrize(
    "of",
    [
        lambda value: {"jsonrpc": "2.0", "method": "get", "params": {}, "id": value},
        lambda value: {"type": "send", "message": {"id": value, "text": "hi"}},
        lambda value: {"params": {"messageId": value}},
        lambda value: {"taskId": value},
    ],
)
def test_id_that_a_client_makes_for_its_call_chooses_nothing(of):
    play = playback(post(of(ONE), "first"), post(of(TWO), "second"))
    assert [sent(asked(play, "POST /a", of(value))) for value in (THREE, FOUR)] == [b'"first"', b'"second"']


# ---------------------------------------------------------------- sockets
def test_value_in_a_message_stands_in_what_the_service_says_then():
    play = playback(socket("/chat", f'> {{"id":"{ONE}","say":"hi"}}\n< {{"re":"{ONE}"}}\n< close 1000'))
    opened = play.open_socket("/chat")
    assert isinstance(opened, SocketPlayback)
    assert opened.feed(ParsedMessage("text", f'{{"id":"{TWO}","say":"hi"}}'.encode())) is None
    assert TWO.encode() in b"".join(bytes(piece) for piece in opened.take(opened.available()))


def test_word_in_a_message_beside_a_new_value_is_a_mismatch():
    play = playback(socket("/chat", f'> {{"id":"{ONE}","say":"hi"}}\n< close 1000'))
    opened = play.open_socket("/chat")
    assert isinstance(opened, SocketPlayback)
    assert opened.feed(ParsedMessage("text", f'{{"id":"{TWO}","say":"ho"}}'.encode())) is not None


# ---------------------------------------------------------------- said, and switched off
def test_switched_off_nothing_is_taken():
    assert not is_taken({"id": ONE}, {"id": TWO}, auto_bind=False)
    assert isinstance(
        asked(playback(call("GET /a?t=1795410000123"), auto_bind=False), "GET /a?t=1803186000456"), Mismatch
    )


def test_mismatch_ends_with_the_option_to_write_and_the_option_helps():
    recorded = call(f"GET /users/{ONE}?since=2026-11-23T05:00:00Z")
    came = f"GET /users/{TWO}?since=2027-02-21T05:00:00Z"
    missed = asked(playback(recorded), came)
    assert isinstance(missed, Mismatch)
    assert missed.problem.hint == (
        "If these values differ in each run: --bind 'path[1]' --bind query.since "
        "(or `bind` in the test's configuration)"
    )
    bound = tuple(NamedPlace.parse(each, "--bind") for each in ("path[1]", "query.since"))
    assert isinstance(asked(playback(recorded, bind=bound), came), Played)


def test_mismatch_in_a_word_names_no_option():
    missed = asked(playback(post({"id": ONE, "say": "hi"})), "POST /a", {"id": TWO, "say": "ho"})
    assert isinstance(missed, Mismatch)
    assert "--bind" not in missed.problem.hint


def upload(filename: str) -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
    return f"{head}hello\r\n--b--\r\n".encode()


@pytest.mark.parametrize(
    ("recorded", "came", "is_played"),
    [
        ("tmpydmb8hu2.txt", "tmpzhky2w2t.txt", True),
        (f"{ONE}.png", f"{TWO}.png", True),
        ("trees.txt", "lakes.txt", False),
        (f"{ONE}.png", f"{TWO}.jpg", False),
    ],
)
def test_generated_name_of_an_uploaded_file_is_taken(recorded, came, is_played):
    form = (("content-type", "multipart/form-data; boundary=b"),)
    answer = json.dumps({"path": f"/files/{recorded}"}).encode()
    play = playback(call("POST /a", upload(recorded), answer=answer, headers=form))
    played = asked(play, "POST /a", upload(came), form)
    assert isinstance(played, Played) is is_played
    if is_played:
        assert json.loads(sent(played)) == {"path": f"/files/{came}"}

"""Which new values of a client are taken for the recorded ones by the name of their place, and which are not."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from harness.replay.played import Mismatch, Played
from tests.harness.replay.test_auto_bind import HEX_ONE, HEX_TWO, ONE, TWO, asked, is_taken, playback, post, sent
from tests.support.cassettes.builders import call


@pytest.mark.parametrize("name", ["t", "_", "ts", "cb", "nocache", "rnd", "timestamp"])
def test_cache_buster_is_taken_by_its_name(name):
    assert isinstance(asked(playback(call(f"GET /a?{name}=1795410000123")), f"GET /a?{name}=1803186000456"), Played)


@pytest.mark.parametrize(("one", "other"), [("Q86neo3", "QFMGlGZ.1"), ("mwssre6b", "n0dee59f")])
def test_time_of_the_client_in_letters_is_a_cache_buster_whatever_its_name(one: str, other: str):
    """Primus opens its socket with ``_primuscb=Q8r_sjB``."""
    play = playback(call(f"GET /a?_primuscb={one}"))
    assert isinstance(asked(play, f"GET /a?_primuscb={other}"), Played)
    assert isinstance(asked(play, "GET /a?_primuscb=QzM1kGZ"), Mismatch)


@pytest.mark.parametrize("other", ["archives", "mwssre", "n0dee59"])
def test_word_in_a_query_is_no_time_in_letters(other: str):
    assert isinstance(asked(playback(call("GET /a?of=mwssre6b")), f"GET /a?of={other}"), Mismatch)


def test_random_fraction_is_a_cache_buster_under_its_usual_name():
    play = playback(call("GET /a?r=0.5767543971332505"))
    assert isinstance(asked(play, "GET /a?r=0.2420884734851496"), Played)


@pytest.mark.parametrize(
    ("one", "other"), [("r=0.5", "r=0.7"), ("r=12", "r=13"), ("lat=0.5767543971332505", "lat=0.1")]
)
def test_other_fraction_is_no_cache_buster(one, other):
    assert isinstance(asked(playback(call(f"GET /a?{one}")), f"GET /a?{other}"), Mismatch)


@pytest.mark.parametrize("zone", ["GMT", "UTC", "-0000", "+0000"])
def test_date_of_an_email_is_a_time_in_any_zone(zone):
    one, two = (f"{day} 05:00:00 {zone}" for day in ("Mon, 23 Nov 2026", "Sun, 21 Feb 2027"))
    assert is_taken({"sent": one}, {"sent": two})
    assert not is_taken({"sent": one}, {"sent": two.replace("2027", "2031")})


@pytest.mark.parametrize("query", ["page=1795410000123", "t=home", "t=17"])
def test_other_name_or_a_word_is_no_cache_buster(query):
    name = query.partition("=")[0]
    assert isinstance(asked(playback(call(f"GET /a?{query}")), f"GET /a?{name}=4803186000456"), Mismatch)


def test_dates_and_signatures_of_sigv4_are_taken():
    def signed(date: str, signature: str) -> str:
        return (
            f"/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F{date[:8]}%2Fs3&X-Amz-Date={date}"
            f"&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature={signature * 2}"
        )

    play = playback(call(f"GET {signed('20261123T050000Z', HEX_ONE)}"))
    assert isinstance(asked(play, f"GET {signed('20270221T050000Z', HEX_TWO)}"), Played)


def test_times_of_a_signed_url_are_taken_and_what_it_permits_is_not():
    def signed(end: str, key_end: str, signature: str, permitted: str = "r") -> str:
        return f"/box/a.txt?se={end}&ske={key_end}&sp={permitted}&sv=2026-10-06&sr=b&sig={quote(signature, safe='')}"

    one = signed("2026-11-23T06:00:00Z", "2026-11-24T05:00:00Z", "i2PZ1zKkXvYEqk5m1Wc8o0Y9bO1mKcRr1dQvS0yJf3E=")
    new = "2027-02-21T06:00:00Z", "2027-02-22T05:00:00Z", "Q8bN2tY7uWq0xL5vC3mZ9kRjH1sF6dGpAe4oTiUyXwM="
    assert isinstance(asked(playback(call(f"GET {one}")), f"GET {signed(*new)}"), Played)
    assert isinstance(asked(playback(call(f"GET {one}")), f"GET {signed(*new, permitted='rw')}"), Mismatch)
    unsigned = one.partition("&sig")[0], signed(*new).partition("&sig")[0]
    assert isinstance(asked(playback(call(f"GET {unsigned[0]}")), f"GET {unsigned[1]}"), Mismatch)


def test_end_and_hmac_of_a_link_are_taken():
    play = playback(call(f"GET /file?id=7&exp=1795410000&hmac={HEX_ONE}"))
    assert isinstance(asked(play, f"GET /file?id=8&exp=1803186000&hmac={HEX_TWO}"), Mismatch)
    assert isinstance(asked(play, f"GET /file?id=7&exp=1803186000&hmac={HEX_TWO}"), Played)


def test_nonce_and_time_of_oauth_1_are_taken_beside_its_signature_only():
    def signed(nonce: str, at: int, more: str = "") -> str:
        return f"/a?oauth_nonce={nonce}&oauth_timestamp={at}&q=a{more}"

    signature = "&oauth_signature=kd94hf93k423kf44"
    play = playback(call(f"GET {signed(HEX_ONE, 1795410000, signature)}"))
    assert isinstance(asked(play, f"GET {signed(HEX_TWO, 1803186000, signature)}"), Played)
    play = playback(call(f"GET {signed(HEX_ONE, 1795410000)}"))
    assert isinstance(asked(play, f"GET {signed(HEX_TWO, 1803186000)}"), Mismatch)


@pytest.mark.parametrize("name", ["requestId", "request_id", "client-request-id", "correlationId"])
def test_id_that_names_the_request_is_taken_in_a_query(name):
    assert isinstance(asked(playback(call(f"GET /a?{name}={HEX_ONE}")), f"GET /a?{name}={HEX_TWO}"), Played)


@pytest.mark.parametrize("name", ["id", "userId", "sessionId", "operationId"])
def test_id_that_may_name_a_thing_is_not(name):
    assert isinstance(asked(playback(call(f"GET /a?{name}={HEX_ONE}")), f"GET /a?{name}={HEX_TWO}"), Mismatch)


def test_counter_that_a_framing_names_is_taken_and_the_answer_bears_it():
    one, two = ({"jsonrpc": "2.0", "id": number, "method": "add"} for number in (1, 7))
    play = playback(post(one, {"jsonrpc": "2.0", "id": 1, "result": 3}))
    assert json.loads(sent(asked(play, "POST /a", two))) == {"jsonrpc": "2.0", "id": 7, "result": 3}


def test_number_in_the_arguments_of_a_call_is_no_counter():
    def called(number: int, item: int) -> dict[str, object]:
        return {"jsonrpc": "2.0", "id": number, "method": "get", "params": {"id": item, "page": item}}

    assert not is_taken(called(1, 5), called(1, 6))
    assert not is_taken(called(1, 1), called(7, 7))


def test_random_uuid_is_no_digest_whatever_its_name():
    ids = ("f8f1773c-e66e-4bee-86e9-fbb74286d25d", "9a6f5201-f8b9-4114-a570-9d8198241a5d")
    assert is_taken(*({"session_hash": each} for each in ids))
    assert not is_taken(*({"session_hash": each.replace("-", "")} for each in ids))


def test_id_without_a_framing_is_no_counter():
    assert not is_taken({"id": 1, "method": "add"}, {"id": 2, "method": "add"})


@pytest.mark.parametrize("as_sent", [int, str], ids=["number", "text"])
def test_number_that_is_used_once_is_taken_by_its_name_and_the_answer_bears_it(as_sent):
    """Discord's clients give each message one, as digits."""
    one, two = ({"content": "oak", "nonce": as_sent(number)} for number in (562749056372161, 124814216002593))
    play = playback(post(one, {"id": "7", **one}))
    assert json.loads(sent(asked(play, "POST /a", two))) == {"id": "7", **two}


def test_word_that_is_used_once_is_taken_by_its_name():
    assert is_taken({"content": "oak", "nonce": "kmapwie2"}, {"content": "oak", "nonce": "aplavvud"})
    assert not is_taken({"content": "oak", "nonce": "kmapwie2"}, {"content": "elm", "nonce": "aplavvud"})


@pytest.mark.parametrize("name", ["order", "announced", "nonce_of"])
def test_digits_under_another_name_are_not(name):
    assert not is_taken({name: "562749056372161"}, {name: "124814216002593"})


LOGIN = "/authorize?response_type=code&client_id=app"


@pytest.mark.parametrize("name", ["state", "nonce", "code_challenge"])
def test_values_of_a_login_are_taken_though_no_answer_repeats_them(name):
    play = playback(call(f"GET {LOGIN}&{name}={HEX_ONE}", status=302))
    assert isinstance(asked(play, f"GET {LOGIN}&{name}={HEX_TWO}"), Played)


def test_of_two_logins_the_first_is_played():
    logins = [call(f"GET {LOGIN}&state={state}", answer=answer) for state, answer in ((HEX_ONE, b"1"), (ONE, b"2"))]
    assert sent(asked(playback(*logins), f"GET {LOGIN}&state={HEX_TWO}")) == b"1"


def test_the_same_name_elsewhere_is_not_that_of_a_login():
    assert isinstance(asked(playback(call(f"GET /a?state={HEX_ONE}")), f"GET /a?state={HEX_TWO}"), Mismatch)


def test_value_may_come_back_in_a_header_of_the_answer():
    play = playback(call(f"GET /a?state={HEX_ONE}", status=302, response_headers=(("location", f"/b?s={HEX_ONE}"),)))
    played = asked(play, f"GET /a?state={HEX_TWO}")
    assert isinstance(played, Played)
    assert ("location", f"/b?s={HEX_TWO}") in played.rendering.headers(played.exchange.response.headers)


def test_header_of_a_request_comes_back_in_one_of_the_answer():
    name = "correlation-id"
    play = playback(call("GET /a", headers=((name, ONE),), response_headers=((name, ONE),)))
    played = asked(play, "GET /a", headers=((name, TWO),))
    assert isinstance(played, Played)
    assert (name, TWO) in played.rendering.headers(played.exchange.response.headers)

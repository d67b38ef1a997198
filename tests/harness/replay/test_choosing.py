"""Of recorded exchanges that are equal otherwise, headers choose which one answers."""

from __future__ import annotations

import pytest

from harness.cassette.model import RequestPart, ResponsePart, SocketExchange
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PLAIN, call, cassette, lines

CLIENT = (("user-agent", "curl"), ("accept-encoding", "gzip"))
JSON = ("content-type", "application/json")


def recorded(answer: bytes, *headers: tuple[str, str], vary: str = ""):
    extra = (("vary", vary),) if vary else ()
    return call("GET /a", answer=answer, headers=(*CLIENT, *headers), response_headers=(JSON, *extra))


def playback(*exchanges) -> Playback:
    return Playback(cassette(*exchanges, origin="https://plain.example"), PLAIN)


def answer(play: Playback, *headers: tuple[str, str]) -> bytes:
    played = play.request("GET", "/a", (*CLIENT, *headers))
    assert isinstance(played, Played), played
    return played.exchange.response.body.data


def missed(play: Playback, *headers: tuple[str, str]) -> list[str]:
    found = play.request("GET", "/a", (*CLIENT, *headers))
    assert isinstance(found, Mismatch)
    assert found.problem.nearest is not None
    return [each.field for each in found.problem.nearest.differences]


# ---------------------------------------------------------------- Range and the conditions decide
@pytest.mark.parametrize(
    ("name", "one", "two", "other"),
    [
        ("range", "bytes=0-3", "bytes=4-7", "bytes=8-11"),
        ("if-none-match", '"a"', '"b"', '"c"'),
        ("if-modified-since", "Mon, 23 Nov 2026 05:00:00 GMT", "Tue, 24 Nov 2026 05:00:00 GMT", "Mon, 01 Jan 1990 00:00:00 GMT"),
        ("if-range", '"a"', '"b"', '"c"'),
        ("if-match", '"a"', '"b"', '"c"'),
    ],
)  # fmt: skip
def test_condition_chooses_and_none_that_was_not_recorded_is_answered(name, one, two, other):
    def play():
        return playback(recorded(b"1", (name, one)), recorded(b"2", (name, two)))

    assert answer(play(), (name, two)) == b"2"
    assert answer(play(), (name, one)) == b"1"
    assert missed(play(), (name, other)) == [f"headers.{name}"]
    assert missed(play()) == [f"headers.{name}"]


def test_whole_and_part_are_told_apart():
    play = playback(recorded(b"whole"), recorded(b"part", ("range", "bytes=0-3")))
    assert answer(play, ("range", "bytes=0-3")) == b"part"
    assert answer(play) == b"whole"


def test_lone_exchange_with_another_range_is_a_mismatch():
    assert missed(playback(recorded(b"part", ("range", "bytes=0-3"))), ("range", "bytes=4-7")) == ["headers.range"]


def test_range_on_a_cassette_without_headers_is_unknown_and_answered():
    play = playback(call("GET /a", answer=b"1"))
    assert answer(play, ("range", "bytes=0-3")) == b"1"


# ---------------------------------------------------------------- preferences choose among several
@pytest.mark.parametrize(
    ("name", "one", "two"),
    [("accept", "text/html", "application/json"), ("accept-language", "de", "fr"), ("last-event-id", "1", "2")],
)
def test_preference_chooses_among_several(name, one, two):
    play = playback(recorded(b"1", (name, one)), recorded(b"2", (name, two)))
    assert [answer(play, (name, two)), answer(play, (name, one))] == [b"2", b"1"]
    assert play.notes == []


@pytest.mark.parametrize("name", ["accept", "accept-language", "last-event-id"])
def test_preference_that_no_recorded_one_has_is_answered_by_the_first_and_said(name):
    play = playback(recorded(b"1", (name, "one")), recorded(b"2", (name, "two")))
    assert answer(play, (name, "other")) == b"1"
    assert play.notes == [f"exchange 1: GET /a: no recorded response has this {name}; the first one was played"]


def test_preference_refuses_nobody_where_one_is_recorded_only():
    play = playback(recorded(b"1", ("accept-language", "de")))
    assert answer(play, ("accept-language", "fr")) == b"1"
    assert play.notes == []


def test_header_that_vary_names_chooses():
    play = playback(
        recorded(b"1", ("x-plan", "free"), vary="X-Plan"), recorded(b"2", ("x-plan", "paid"), vary="X-Plan")
    )
    assert answer(play, ("x-plan", "paid")) == b"2"


# ---------------------------------------------------------------- any header tells apart what is equal otherwise
@pytest.mark.parametrize(
    ("name", "one", "two"),
    [
        ("x-tenant-id", "one", "two"),
        ("api-arguments", '{"path":"/a"}', '{"path":"/b"}'),
        ("user-agent", "curl", "wget"),
        ("cookie", "lang=de", "lang=fr"),
        ("authorization", "Bearer wiretape-token-1", "Bearer wiretape-token-2"),
    ],
)
def test_header_of_any_name_tells_equal_requests_apart(name, one, two):
    def request(value: str, body: bytes):
        return call("GET /a", answer=body, headers=(("accept", "*/*"), (name, value)))

    def asked(value: str) -> bytes:
        played = play.request("GET", "/a", (("accept", "*/*"), (name, value)))
        assert isinstance(played, Played)
        return played.exchange.response.body.data

    play = playback(request(one, b"1"), request(two, b"2"))
    assert [asked(two), asked(one)] == [b"2", b"1"]
    assert play.notes == []


def test_presence_of_a_header_tells_equal_requests_apart():
    play = playback(recorded(b"page"), recorded(b"part", ("x-fragment", "true")))
    assert [answer(play, ("x-fragment", "true")), answer(play)] == [b"part", b"page"]


def test_new_value_of_a_header_takes_the_first_and_says_so():
    play = playback(recorded(b"1", ("x-plan", "free")), recorded(b"2", ("x-plan", "paid")))
    assert answer(play, ("x-plan", "gold")) == b"1"
    assert play.notes == ["exchange 1: GET /a: no recorded response has this x-plan; the first one was played"]


def test_generated_value_of_a_header_is_taken_in_the_order_of_the_file_in_silence():
    trace = "00-4bf92f3577b34da6a3ce929d0e0e{}-00f067aa0ba902b7-01"
    play = playback(*(recorded(text.encode(), ("traceparent", trace.format(text))) for text in ("4736", "51a9")))
    came = [
        answer(play, ("traceparent", f"00-9c1b7e02d85f4f6ab0d4c2e8715f{end}-b7ad6b7169203331-01"))
        for end in ("77f0", "03be")
    ]
    assert came == [b"4736", b"51a9"]
    assert play.notes == []


def test_preference_counts_before_other_headers():
    play = playback(
        recorded(b"1", ("accept-language", "de"), ("x-plan", "paid"), ("x-team", "red")),
        recorded(b"2", ("accept-language", "fr"), ("x-plan", "free"), ("x-team", "blue")),
    )
    assert answer(play, ("accept-language", "fr"), ("x-plan", "paid"), ("x-team", "red")) == b"2"


def test_secret_that_the_session_has_not_met_is_taken_in_the_order_of_the_file():
    play = playback(*(recorded(b"%d" % n, ("authorization", f"Bearer wiretape-token-{n}")) for n in (1, 2)))
    assert [answer(play, ("authorization", f"Bearer {each}-secret")) for each in ("first", "second")] == [b"1", b"2"]


@pytest.mark.parametrize("name", ["accept-encoding", "origin", "host", "connection", "sec-fetch-mode"])
def test_header_of_the_transport_never_chooses(name):
    play = playback(
        call("GET /a", answer=b"1", headers=((name, "one"),), response_headers=(JSON, ("vary", name))),
        call("GET /a", answer=b"2", headers=((name, "two"),), response_headers=(JSON, ("vary", name))),
    )
    played = play.request("GET", "/a", ((name, "two"),))
    assert isinstance(played, Played)
    assert played.exchange.response.body.data == b"1"


def test_headers_tell_requests_with_generated_values_apart():
    def request(body: bytes, operation: str):
        return call(
            "POST /a",
            answer=body,
            body=b'{"key":"0f8fad5b-d9cb-469f-a165-70867728950e"}',
            headers=(JSON, ("x-operation", operation)),
        )

    play = playback(request(b"1", "Start"), request(b"2", "Stop"))
    key = b'{"key":"9b2fa1c4-3a57-4c1e-8d0e-5f1b7c2d9e60"}'
    played = play.request("POST", "/a", (JSON, ("x-operation", "Stop")), key)
    assert isinstance(played, Played), played
    assert played.exchange.response.body.data == b"2"


# ---------------------------------------------------------------- sockets
def hello(*headers: tuple[str, str], word: str, subprotocol: str = "") -> SocketExchange:
    response = (("sec-websocket-protocol", subprotocol),) if subprotocol else ()
    return SocketExchange(
        target="/live",
        at=0,
        request=RequestPart(headers=headers),
        response=ResponsePart(status=101, headers=response),
        messages=lines(f"< {word}\n> bye"),
    )


def greeted(play: Playback, *headers: tuple[str, str]) -> str:
    found = play.open_socket("/live", headers)
    assert isinstance(found, SocketPlayback), found
    found.guess()
    return found.entry.exchange.messages[0].data.decode()


def test_header_tells_sockets_apart_whose_clients_say_the_same():
    play = playback(*(hello(*CLIENT, ("x-tenant", name), word=name) for name in ("ann", "bob")))
    assert [greeted(play, *CLIENT, ("x-tenant", name)) for name in ("bob", "ann")] == ["bob", "ann"]


def test_client_gets_the_socket_of_a_subprotocol_that_it_offers():
    play = playback(*(hello(*CLIENT, word=name, subprotocol=name) for name in ("v1", "v2")))
    offers = ("sec-websocket-protocol", "v3, v2")
    assert greeted(play, *CLIENT, offers) == "v2"


def test_most_preferences_win_over_the_order_of_the_file():
    play = playback(
        recorded(b"1", ("accept", "text/html"), ("accept-language", "de")),
        recorded(b"2", ("accept", "text/html"), ("accept-language", "fr")),
        recorded(b"3", ("accept", "application/json"), ("accept-language", "fr")),
    )
    assert answer(play, ("accept", "application/json"), ("accept-language", "fr")) == b"3"
    assert answer(play, ("accept", "text/html"), ("accept-language", "fr")) == b"2"

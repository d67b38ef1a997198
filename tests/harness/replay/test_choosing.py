"""Of recorded exchanges that are equal otherwise, headers choose which one answers."""

from __future__ import annotations

import pytest

from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from tests.support.cassettes.builders import PLAIN, call, cassette

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


def test_header_that_vary_does_not_name_counts_for_nothing():
    play = playback(recorded(b"1", ("x-plan", "free")), recorded(b"2", ("x-plan", "paid")))
    assert [answer(play, ("x-plan", "paid")), answer(play, ("x-plan", "free"))] == [b"1", b"2"]


@pytest.mark.parametrize("name", ["user-agent", "accept-encoding", "origin", "host", "cookie", "authorization"])
def test_header_of_the_library_never_chooses(name):
    head = "Bearer " if name == "authorization" else ""
    play = playback(
        call("GET /a", answer=b"1", headers=((name, f"{head}one"),), response_headers=(JSON, ("vary", name))),
        call("GET /a", answer=b"2", headers=((name, f"{head}two"),), response_headers=(JSON, ("vary", name))),
    )
    played = play.request("GET", "/a", ((name, f"{head}two"),))
    assert isinstance(played, Played)
    assert played.exchange.response.body.data == b"1"


def test_most_preferences_win_over_the_order_of_the_file():
    play = playback(
        recorded(b"1", ("accept", "text/html"), ("accept-language", "de")),
        recorded(b"2", ("accept", "text/html"), ("accept-language", "fr")),
        recorded(b"3", ("accept", "application/json"), ("accept-language", "fr")),
    )
    assert answer(play, ("accept", "application/json"), ("accept-language", "fr")) == b"3"
    assert answer(play, ("accept", "text/html"), ("accept-language", "fr")) == b"2"

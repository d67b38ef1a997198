"""What a user may say about how a cassette is played, and what a report says for the plugin."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from fake_server.stage import Accept, Request
from harness.match.errors import UserFunctionError
from harness.match.match_on import UnknownMatcherError
from harness.match.request import ParsedMessage, ParsedRequest
from harness.replay.errors import MissingCassetteError
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from harness.replay.player import Player
from harness.replay.responses import NoCassette
from harness.replay.rules import PlayRules
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PROFILE, call, cassette, socket


def playback(*exchanges, **rules) -> Playback:
    return Playback(cassette(*exchanges), PROFILE, play_rules=PlayRules(**rules))


def player(*exchanges, **options) -> Player:
    return Player(cassette(*exchanges), PROFILE, **options)


def handled(stage, target: str = "/a", *, upgrade: bool = False):
    return asyncio.run(stage.handle(Request(method="GET", target=target, upgrade=upgrade)))


def test_path_that_is_not_matched_on_may_differ():
    assert isinstance(playback(call("GET /a"), match_on=("method",)).request("GET", "/other"), Played)


def test_method_that_is_not_matched_on_may_differ():
    assert isinstance(playback(call("GET /a"), match_on=("path",)).request("PUT", "/a"), Played)


@pytest.mark.parametrize("name", ["path", "uri"])
def test_path_that_is_matched_on_must_be_equal(name):
    assert isinstance(playback(call("GET /a"), match_on=(name,)).request("GET", "/other"), Mismatch)


def test_query_is_left_out_by_its_absence():
    assert isinstance(playback(call("GET /a?x=1"), match_on=("method", "path")).request("GET", "/a?x=2"), Played)


def test_body_is_compared_as_bytes_by_raw_body():
    play = playback(call("POST /a", b'{"x":1}'), match_on=("method", "path", "raw_body"))
    assert isinstance(play.request("POST", "/a", (), b'{"x": 1}'), Mismatch)


def test_many_that_match_are_played_in_file_order():
    play = playback(*[call("POST /a", f'{{"x":{i}}}'.encode()) for i in range(20)], match_on=("method", "path"))
    assert play.request("POST", "/a", (), b'{"x":7}').entry.index == 0


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(UnknownMatcherError, match=r"Did you mean query\? Known: method"):
        playback(match_on=("qurey",))


@pytest.mark.parametrize(("verdict", "kind"), [(True, Played), (None, Played), (False, Mismatch)])
def test_function_decides(verdict, kind):
    play = playback(call("GET /a"), match_on=("path", lambda recorded, asked: verdict))
    assert isinstance(play.request("GET", "/a"), kind)


def test_assertion_of_a_function_stands_in_the_difference():
    def same_tenant(recorded, asked):
        raise AssertionError("other tenant")

    missed = playback(call("GET /a"), match_on=("path", same_tenant)).request("GET", "/a")
    difference = missed.problem.nearest.differences[0]
    assert (difference.field, difference.note) == ("same_tenant", "other tenant")


def test_function_that_raises_is_named():
    def broken(recorded, asked):
        raise KeyError("x")

    with pytest.raises(UserFunctionError, match="`broken` raised KeyError"):
        playback(call("GET /a"), match_on=("path", broken)).request("GET", "/a")


def test_function_never_sees_the_token_of_the_client():
    seen = []
    play = playback(call("GET /a"), match_on=("path", lambda recorded, asked: seen.append(asked)))
    play.request("GET", "/a", (("authorization", "Bearer s3cret-of-mine"),))
    assert "s3cret" not in repr(seen[0].headers)


def test_any_message_is_taken_where_messages_are_left_out():
    play = playback(socket("/chat", "> a\n< b"), match_on=("method", "path"))
    opened = play.open_socket("/chat")
    assert isinstance(opened, SocketPlayback)
    assert opened.feed(ParsedMessage("text", b"anything")) is None
    assert opened.available() == 1


def test_last_call_answers_again_and_counts_once():
    stage = player(call("GET /a"), rules=PlayRules(repeats=True))
    assert [handled(stage).status for _ in range(3)] == [200, 200, 200]
    assert stage.report().played == 1


def test_last_socket_answers_again():
    stage = player(socket("/chat", "> a\n< b"), rules=PlayRules(repeats=True))
    assert all(isinstance(handled(stage, "/chat", upgrade=True), Accept) for _ in range(3))


def test_request_is_compared_as_the_function_changed_it():
    play = playback(call("GET /a"), before_request=lambda view: replace(view, target="/a"))
    assert isinstance(play.request("GET", "/a?noise=1"), Played)


def test_request_that_the_function_keeps_out_is_refused_with_a_hint():
    play = playback(call("GET /a"), before_request=lambda view: None)
    assert play.prepare(ParsedRequest("GET", "/a")) is None
    assert "keeps this request out" in play.request("GET", "/a").problem.hint


def test_player_that_is_only_asked_notes_nothing():
    stage = player(call("GET /a"))
    assert asyncio.run(stage.try_handle(Request(method="GET", target="/b"))) is None
    assert asyncio.run(stage.try_handle(Request(method="GET", target="/a"))).status == 200
    assert stage.report().ok


def test_missing_cassette_refuses_and_says_so(snapshot):
    stage = NoCassette("cassettes/greeting.yaml")
    answer = handled(stage, "/a?accessToken=s3cret")
    assert (answer.status, json.loads(answer.body)["wiretape"]["error"]) == (501, "no-cassette")
    assert stage.report().text() == snapshot
    with pytest.raises(MissingCassetteError):
        stage.report().check()


def test_report_says_which_exchanges_were_played():
    stage = player(call("GET /a"), call("GET /b"))
    handled(stage, "/b")
    report = stage.report()
    assert (report.played_indices, report.unplayed_indices) == ({1}, {0})
    assert report.without_unplayed().ok


def test_headline_says_that_the_client_never_came():
    assert player(call("GET /a")).report().headline == ("unplayed: the client requested nothing; 1 exchange not played")


def test_headline_counts_what_else_went_wrong():
    stage = player(call("GET /a"))
    handled(stage, "/b")
    assert stage.report().headline == "no-match: GET /b: nothing recorded matches (and 1 more)"


def test_client_need_not_stay_for_an_optional_event():
    exchange = socket("/chat", '> a\n< {"event":"noise"}')
    kinds: list[str] = []
    for optional in (frozenset[str](), frozenset({"noise"})):
        play = playback(exchange, optional_events=optional).open_socket("/chat")
        play.feed(ParsedMessage("text", b"a"))
        kinds.append("trailing" if play.leftovers().trailing else "unsent")
    assert kinds == ["unsent", "trailing"]


def test_socket_that_is_played_again_sends_all_of_its_lines():
    play = playback(socket("/chat", "> a\n< b"), repeats=True)
    for _ in range(2):
        opened = play.open_socket("/chat")
        assert opened.feed(ParsedMessage("text", b"a")) is None
        assert opened.available() == 1

"""One socket in the player's core: which lines may leave, which messages match, how it ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cassette.model import Line, ResponsePart, SocketExchange
from harness.match.request import ParsedMessage
from harness.replay.heartbeat_looks import looks_like_heartbeat
from harness.replay.playback import Playback
from harness.replay.rules import PlayRules
from harness.replay.tape import encode_message
from tests.support.cassettes.builders import PLAIN, PROFILE, cassette, socket
from tests.support.replay.playbacks import leaving, opened, playback, say


def test_line_leaves_when_every_message_above_it_was_matched():
    play = opened(playback(socket("/chat", "< hello\n> a\n< one\n< two\n> b\n< three")))
    before = leaving(play)
    say(play, "a")
    between = leaving(play)
    say(play, "b")
    assert (before, between, leaving(play)) == (["hello"], ["one", "two"], ["three"])


def test_pings_and_pongs_open_and_close_no_gate():
    play = opened(playback(socket("/chat", "> ping x\n< pong x\n< one\n> pong y\n< two\n< pong free")))
    assert leaving(play) == ["one", "two", "free"]


def test_message_that_differs_is_a_mismatch_with_its_number():
    play = opened(playback(socket("/chat", '> {"event":"a"}\n> {"event":"send","text":"Hi"}')))
    say(play, '{"event":"a"}')
    mismatch = say(play, '{"event":"send","text":"Ho"}')
    assert mismatch is not None
    assert mismatch.nearest is not None
    assert (mismatch.number, mismatch.message, [str(each) for each in mismatch.nearest.differences]) == (
        2,
        "send, text, 28 bytes",
        ['text: recorded "Hi", came "Ho"'],
    )


def test_message_that_overtook_others_is_a_mismatch_if_they_do_not_come():
    play = opened(playback(socket("/chat", "> a\n< x\n> b")))
    assert say(play, "b") is None
    overdue = play.overdue()
    assert overdue is not None
    assert overdue.hint == "It matches message 2 of the recording: the messages before that did not come"


def test_message_that_overtook_others_is_fine_if_they_come():
    play = opened(playback(socket("/chat", "> a\n< x\n> b\n< y")))
    assert [say(play, "b"), play.available(), say(play, "a"), play.available()] == [None, 0, None, 2]
    assert play.overdue() is None


@pytest.mark.parametrize("order", ["abc", "acb", "bac", "bca", "cab", "cba"])
def test_messages_that_no_message_of_the_server_stands_between_come_in_any_order(order):
    play = opened(playback(socket("/chat", "> a\n> b\n> c\n< x")))
    assert [say(play, text) for text in order] == [None] * 3
    assert (play.available(), play.overdue()) == (1, None)


def test_strict_order_takes_messages_in_the_recorded_order_only():
    rules = PlayRules(strict_order=True)
    play = opened(Playback(cassette(socket("/chat", "> a\n> b")), PROFILE, play_rules=rules))
    assert say(play, "b") is not None


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        (["a", "a"], "It matches message 1 of the recording, which came already: sent twice?"),
        (["a", "b", "c"], "The recorded client sent nothing more here"),
    ],
)
def test_mismatch_says_what_may_have_happened(said, hint):
    play = opened(playback(socket("/chat", "> a\n> b")))
    mismatch = [say(play, text) for text in said][-1]
    assert mismatch is not None
    assert mismatch.hint == hint


@pytest.mark.parametrize(
    ("end", "kind", "code"), [("< close 1000 bye", "close", 1000), ("< eof", "eof", None), ("< reset", "reset", None)]
)
def test_server_end_is_due_after_all_lines(end, kind, code):
    play = opened(playback(socket("/chat", f"> a\n< one\n{end}\n> close {code or ''}")))
    early = play.end_due()
    say(play, "a")
    leaving(play)
    due = play.end_due()
    assert early is None
    assert due is not None
    assert (due.line.kind, due.line.code) == (kind, code)


def test_clients_end_is_waited_for():
    play = opened(playback(socket("/chat", "< one\n> close 1000\n< close 1000")))
    leaving(play)
    assert (play.end_due(), play.awaited()) == (None, "end")


PAYLOADS = st.binary(max_size=200) | st.sampled_from([b"{}", b'{"event":"done"}', b"x" * 126, b"y" * 70_000])
PAYLOADS = PAYLOADS.filter(lambda payload: not looks_like_heartbeat("text", payload))
"""Heartbeats gate nothing: they have tests of their own."""
LINES = st.lists(
    st.tuples(st.sampled_from("<>"), st.sampled_from(["text", "binary"]), PAYLOADS, st.booleans()), max_size=30
)


@settings(max_examples=100, deadline=None)
@given(LINES, st.data())
def test_client_that_says_what_was_recorded_gets_exactly_the_recorded_bytes(rows, data):
    tape = tuple(
        Line(way, n, kind, payload, frames=(1, len(payload) - 1) if cut and len(payload) > 1 else ())
        for n, (way, kind, payload, cut) in enumerate(rows)
    )
    exchange = SocketExchange(target="/", response=ResponsePart(status=101), messages=tape)
    play = opened(Playback(cassette(exchange, origin=""), PLAIN), "/")
    came, expected = b"", b"".join(encode_message(x.kind, x.data, x.frames) for x in tape if x.direction == "<")
    for line in tape:
        if line.direction == ">":
            assert play.feed(ParsedMessage(line.kind, line.data)) is None
            assert play.available() >= 0
        while (count := play.available()) and data.draw(st.booleans()):
            came += b"".join(map(bytes, play.take(data.draw(st.integers(1, count)))))
    came += b"".join(map(bytes, play.take(play.available())))
    assert came == expected


@settings(max_examples=100, deadline=None)
@given(LINES)
def test_line_leaves_at_its_gate_and_never_earlier(rows):
    tape = tuple(Line(way, n, kind, payload) for n, (way, kind, payload, _) in enumerate(rows))
    exchange = SocketExchange(target="/", response=ResponsePart(status=101), messages=tape)
    play = opened(Playback(cassette(exchange, origin=""), PLAIN), "/")
    for position, line in enumerate(tape):
        if line.direction == ">":
            play.take(play.available())
            assert play.sent == sum(each.direction == "<" for each in tape[:position])
            play.feed(ParsedMessage(line.kind, line.data))

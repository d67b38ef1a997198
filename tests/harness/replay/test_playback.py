from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cassette.model import Aborted, Call, Line, ResponsePart, SocketExchange
from harness.match.request import ParsedMessage
from harness.replay.candidates import TAKEN
from harness.replay.heartbeats import looks_like_heartbeat
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played, Refused
from harness.replay.problems import NoMatch, UsedUp
from harness.replay.rules import PlayRules
from harness.replay.socket_playback import SocketPlayback
from harness.replay.tape import encode_message
from tests.support.cassettes.builders import PLAIN, PROFILE, call, cassette, lines, socket


def playback(*exchanges, **options) -> Playback:
    return Playback(cassette(*exchanges, **options), PROFILE)


def opened(play: Playback, target: str = "/chat") -> SocketPlayback:
    found = play.open_socket(target)
    assert isinstance(found, SocketPlayback)
    return found


def leaving(play: SocketPlayback) -> list[str]:
    """The text frames that may leave now (all below 126 bytes)."""
    out: list[str] = []
    while count := play.available():
        rest = b"".join(bytes(piece) for piece in play.take(count))
        while rest:
            out.append(rest[2 : 2 + rest[1]].decode())
            rest = rest[2 + rest[1] :]
    return out


def say(play: SocketPlayback, text: str):
    return play.feed(ParsedMessage("text", text.encode()))


# ---------------------------------------------------------------- requests


def test_request_gets_the_exchange_that_was_recorded():
    played = playback(call("GET /a"), call("GET /b")).request("GET", "/b")
    assert isinstance(played, Played)
    assert played.entry.index == 1


def test_equal_requests_get_their_answers_in_file_order():
    play = playback(call("GET /a"), call("GET /a"))
    assert [play.request("GET", "/a").entry.index for _ in range(2)] == [0, 1]


def test_exchange_is_played_once_and_then_used_up():
    play = playback(call("GET /a"))
    play.request("GET", "/a")
    again = play.request("GET", "/a")
    assert isinstance(again, Mismatch)
    assert isinstance(again.problem, UsedUp)
    assert again.problem.hint.startswith("exchange 1: GET /a answered the same before")


def test_request_that_differs_is_shown_against_the_nearest():
    missed = playback(call("POST /a", b'{"x":1,"y":1}'), call("POST /a", b'{"x":2}')).request(
        "POST", "/a", (), b'{"x":2,"z":3}'
    )
    assert isinstance(missed, Mismatch)
    problem = missed.problem
    assert isinstance(problem, NoMatch)
    assert problem.nearest is not None
    assert (problem.nearest.exchange, [str(each) for each in problem.nearest.differences]) == (
        "exchange 2: POST /a",
        ["body.z: recorded (absent), came 3"],
    )
    assert [each.why for each in problem.others] == ["differs in body.x, body.y, body.z"]


def test_miss_never_shows_a_secret():
    missed = playback(call("GET /a?accessToken=wiretape-1")).request(
        "GET", "/b?accessToken=hunter2hunter2", (("authorization", "Bearer abcdefgh"),)
    )
    assert isinstance(missed, Mismatch)
    assert "hunter2" not in str(missed)
    assert "abcdefgh" not in str(missed)


def test_request_to_another_origin_is_told_from_one_to_the_session():
    play = playback(call("GET https://login.example/a"), call("GET /a"))
    found = [
        play.request("GET", "/a", origin=origin).entry.index
        for origin in ("http://127.0.0.1:1", "https://login.example")
    ]
    assert found == [1, 0]


def test_many_requests_are_found_without_comparing_all_with_all():
    count = 3000
    play = playback(*(call("POST /a", b'{"n":%d}' % n) for n in range(count)))
    found = [play.request("POST", "/a", (), b'{"n":%d}' % n).entry.index for n in range(count)]
    assert found == list(range(count))


def test_requests_in_another_order_are_found_as_fast():
    count = 3000
    play = playback(*(call("POST /a", b'{"n":%d,"conversationId":"A"}' % n) for n in range(count)))
    bodies = [b'{"conversationId":"B", "n":%d}' % n for n in reversed(range(count))]
    found = [play.request("POST", "/a", (), body).entry.index for body in bodies]
    assert found == list(reversed(range(count)))


def test_url_of_the_local_server_stands_for_the_services():
    play = playback(call("POST /a", b'{"url":"https://demo.example/x.png"}'))
    body = b'{"url":"http://127.0.0.1:81/x.png"}'
    assert isinstance(play.request("POST", "/a", (), body, origin="http://127.0.0.1:81"), Played)


def test_rewound_playback_starts_again():
    play = playback(call("GET /a"))
    play.request("GET", "/a")
    play.rewind()
    assert isinstance(play.request("GET", "/a"), Played)


# ---------------------------------------------------------------- one socket


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
    assert (mismatch.number, mismatch.asked, [str(each) for each in mismatch.nearest.differences]) == (
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
        (["a", "b", "c"], "The recorded client said nothing more here"),
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


# ---------------------------------------------------------------- values that are bound


def test_value_that_the_client_invents_comes_back_in_later_lines():
    tape = '> {"event":"send","conversationId":"A"}\n< {"id":"A","x":"A b"}\n< {"url":"/h?c=A&d=1"}\n< {"A":"B"}'
    play = opened(playback(socket("/chat", tape)))
    say(play, '{"event":"send","conversationId":"mine"}')
    assert leaving(play) == ['{"id":"mine","x":"A b"}', '{"url":"/h?c=mine&d=1"}', '{"A":"B"}']


def test_value_that_the_server_named_can_stand_for_nothing_else():
    play = playback(call("POST /c", b"", answer=b'{"id":"A"}'), socket("/chat", '> {"conversationId":"A"}'))
    play.request("POST", "/c")
    mismatch = say(opened(play), '{"conversationId":"B"}')
    assert mismatch is not None
    assert mismatch.nearest is not None
    assert mismatch.nearest.differences[0].note == 'in this session the recorded "A" stands for "A"'


def test_value_is_bound_across_exchanges():
    play = playback(socket("/chat", '> {"conversationId":"A"}'), call("GET /c/A", answer=b'{"id":"A"}'))
    say(opened(play), '{"conversationId":"B"}')
    played = play.request("GET", "/c/B")
    assert isinstance(played, Played)
    assert played.rendering.payload(b'{"id":"A"}') == b'{"id":"B"}'


def test_line_without_a_bound_value_keeps_its_spelling():
    tape = '> {"conversationId":"A"}\n< { "conversationId" : "Z", "x" : 1.0e0 }'
    play = opened(playback(socket("/chat", tape)))
    say(play, '{"conversationId":"B"}')
    assert leaving(play) == ['{ "conversationId" : "Z", "x" : 1.0e0 }']


# ---------------------------------------------------------------- several sockets


def test_swapped_sockets_get_their_own_answers():
    play = playback(socket("/chat", "> a\n< for a"), socket("/chat", "> b\n< for b", at=5))
    first, second = opened(play), opened(play)
    say(first, "b")
    say(second, "a")
    assert (leaving(first), leaving(second)) == (["for b"], ["for a"])


def test_lines_that_all_candidates_share_leave_at_once():
    play = playback(socket("/chat", "< hello\n> a\n< for a"), socket("/chat", "< hello\n> b\n< for b"))
    first = opened(play)
    before = leaving(first)
    say(first, "b")
    assert (before, leaving(first)) == (["hello"], ["for b"])


def test_socket_whose_rival_is_decided_is_decided_too():
    play = playback(socket("/chat", "< one\n> a"), socket("/chat", "< two\n> b"))
    first, second = opened(play), opened(play)
    held = leaving(second)
    say(first, "b")
    assert (held, leaving(second)) == ([], ["one"])


def test_sockets_that_nothing_tells_apart_go_in_file_order():
    play = playback(socket("/chat", "> a\n< 1"), socket("/chat", "> a\n< 2"))
    first, second = opened(play), opened(play)
    say(second, "a")
    say(first, "a")
    assert (leaving(second), leaving(first)) == (["1"], ["2"])


def test_greeting_of_one_event_is_sent_and_the_pairing_stays_open():
    tapes = [f'< {{"event":"connected","id":"{n}"}}\n> {n}\n< for {n}' for n in "ab"]
    first = opened(playback(*(socket("/chat", tape) for tape in tapes)))
    greeted = leaving(first)
    say(first, "b")
    assert (greeted, leaving(first)) == (['{"event":"connected","id":"a"}'], ["for b"])


def test_two_that_are_greeted_at_once_are_greeted_by_ids_of_their_own():
    tapes = [f'< {{"event":"connected","id":"id-{n}"}}\n> {{"id":"id-{n}","say":"{n}"}}\n< for {n}' for n in "ab"]
    play = playback(*(socket("/chat", tape) for tape in tapes))
    one, two = opened(play), opened(play)
    assert (leaving(one), leaving(two)) == (
        ['{"event":"connected","id":"id-a"}'],
        ['{"event":"connected","id":"id-b"}'],
    )
    assert [say(one, '{"id":"id-a","say":"b"}'), say(two, '{"id":"id-b","say":"a"}')] == [None, None]
    assert (leaving(one), leaving(two)) == (["for b"], ["for a"])


def test_guess_without_a_common_event_takes_the_first():
    first = opened(playback(socket("/chat", "< one\n> a"), socket("/chat", "< two\n> b")))
    leaving(first)
    first.guess()
    assert (leaving(first), first.is_decided) == (["one"], True)


def test_more_open_sockets_than_recorded_are_used_up():
    play = playback(socket("/chat", "> a"), socket("/chat", "> b"))
    opened(play)
    opened(play)
    third = play.open_socket("/chat")
    assert isinstance(third, Mismatch)
    assert isinstance(third.problem, UsedUp)


def sockets_of_which_one_is_too_many() -> tuple[Playback, SocketPlayback]:
    """Three open sockets of which only two can be recorded ones, after the first two are known; the third."""
    same, rest = '> {"t":"x"}\n> {"t":"same"}\n', '> {"t":"x"}\n> {"t":"other"}'
    play = playback(*(socket("/chat", text) for text in (same + '> {"t":"0"}', same + '> {"t":"1"}', rest)))
    first, second, third = (opened(play) for _ in range(3))
    for each in (first, second, third):
        assert say(each, '{"t":"x"}') is None
        assert say(each, '{"t":"same"}') is None
    assert say(first, '{"t":"0"}') is None
    assert [each.candidates[0].entry.index for each in (first, second)] == [0, 1]
    return play, third


def test_message_of_a_socket_whose_candidates_were_taken_is_a_mismatch():
    _, third = sockets_of_which_one_is_too_many()
    assert (third.available(), third.awaited(), third.end_due()) == (0, "message", None)
    mismatch = say(third, '{"t":"1"}')
    assert mismatch is not None
    assert (mismatch.exchange, mismatch.number, mismatch.hint) == ("exchange 2: socket /chat", 3, TAKEN)


def test_socket_whose_candidates_were_taken_is_a_problem_though_its_client_sends_nothing_more():
    _, third = sockets_of_which_one_is_too_many()
    assert third.finish() is None
    problem = third.taken()
    assert problem is not None
    assert (problem.asked, problem.hint) == ("exchange 2: socket /chat", TAKEN)


def test_socket_whose_candidates_were_taken_keeps_no_place_from_later_ones():
    play, _ = sockets_of_which_one_is_too_many()
    later = opened(play)
    assert say(later, '{"t":"x"}') is None
    assert say(later, '{"t":"other"}') is None


def test_mismatch_of_an_undecided_socket_names_them_all():
    first = opened(playback(socket("/chat", '> {"t":"a"}'), socket("/chat", '> {"t":"b","u":1}')))
    mismatch = say(first, '{"t":"c"}')
    assert mismatch is not None
    assert mismatch.nearest is not None
    assert (mismatch.nearest.exchange, [each.why for each in mismatch.others]) == ("exchange 1: socket /chat", ["t, u"])


@pytest.mark.parametrize(
    "refusal",
    [
        SocketExchange(target="/chat", response=ResponsePart(status=401)),
        SocketExchange(target="/chat", aborted=Aborted(by="server", how="reset")),
    ],
)
def test_recorded_refusal_comes_before_the_socket_that_worked(refusal):
    play = playback(refusal, socket("/chat", "> a"))
    assert isinstance(play.open_socket("/chat"), Refused)
    assert isinstance(play.open_socket("/chat"), SocketPlayback)


# ---------------------------------------------------------------- the session's order


def test_line_waits_for_the_whole_session_where_the_cassette_says_so():
    play = playback(socket("/chat", "< early\n< late"), call("GET /a", at=1500), order="session")
    first = opened(play)
    before = leaving(first)
    play.request("GET", "/a")
    assert (before, leaving(first)) == (["early"], ["late"])


def test_answer_waits_for_what_the_client_said_before_it():
    play = playback(socket("/chat", "> a"), call("GET /a", at=5000), order="session")
    first = opened(play)
    played = play.request("GET", "/a")
    assert isinstance(played, Played)
    before = play.may_answer(played)
    say(first, "a")
    assert (before, play.may_answer(played)) == (False, True)


def test_socket_that_ended_holds_nobody_up():
    play = playback(socket("/chat", "> a"), call("GET /a", at=5000), order="session")
    opened(play).finish()
    played = play.request("GET", "/a")
    assert isinstance(played, Played)
    assert play.may_answer(played)


# ---------------------------------------------------------------- what is left


TURN = '> {"event":"send"}\n< {"event":"appendText"}\n< {"event":"done"}\n< {"event":"titleUpdate"}\n> close 1000'


@pytest.mark.parametrize(
    ("taken", "left"),
    [(0, (3, 0)), (1, (2, 0)), (2, (0, 1)), (3, (0, 0))],
)
def test_lines_after_the_end_of_a_turn_are_trailing(taken, left):
    play = opened(playback(socket("/chat", TURN)))
    say(play, '{"event":"send"}')
    play.take(taken)
    rest = play.finish()
    assert rest is not None
    unsent = rest.unsent if taken else rest.unsent + rest.trailing
    assert (unsent, rest.trailing if taken else 0) == left


def test_message_that_did_not_come_is_left():
    rest = opened(playback(socket("/chat", TURN))).finish()
    assert rest is not None
    assert (rest.unsaid, rest.first) == (1, lines(TURN)[0])


def test_second_turn_that_was_never_asked_for_is_left():
    play = opened(playback(socket("/chat", TURN.replace("> close 1000", "") + TURN)))
    say(play, '{"event":"send"}')
    play.take(2)
    rest = play.finish()
    assert rest is not None
    assert (rest.trailing, rest.unsaid, rest.unsent) == (1, 1, 3)


def test_exchanges_that_nobody_asked_for_are_unplayed():
    play = playback(call("GET /a"), call("GET /b"), Call(method="GET", target="/c", aborted=Aborted(by="client")))
    play.request("GET", "/b")
    assert [each.exchange for each in play.unplayed()] == ["exchange 1: GET /a", "exchange 3: GET /c"]


# ---------------------------------------------------------------- any transcript

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

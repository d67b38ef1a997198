"""Sockets that are open at once: which recorded socket each of them is."""

from __future__ import annotations

import json

import pytest

from harness.cassette.model import Aborted, ResponsePart, SocketExchange
from harness.match import compare
from harness.replay import catalogue, request_matcher
from harness.replay.candidates import TAKEN
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Refused
from harness.replay.problems import UsedUp
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import socket
from tests.support.replay.playbacks import leaving, opened, playback, say


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


def test_equal_upgrades_are_compared_once_for_each_client(monkeypatch):
    # Of N clients each may be each of N recorded sockets.
    compared = []

    def counted(recorded, *others):
        compared.append(recorded)
        return compare.match(recorded, *others)

    monkeypatch.setattr(request_matcher, "match", counted)
    monkeypatch.setattr(catalogue, "match", counted)
    played = playback(*(socket("/chat", "> hello\n< hello %d\n> go" % n, at=n) for n in range(30)))  # noqa: UP031
    clients = [opened(played, "/chat") for _ in range(30)]
    assert len(compared) == 30
    assert all(len(client.candidates) == 30 for client in clients)


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


def test_greeting_that_a_socket_was_sent_is_not_sent_to_one_that_opens_later():
    """The first socket turns out to be the one whose greeting the second was sent: so their greetings change places."""
    tapes = [f'< {{"event":"connected","id":"id-{n}"}}\n> {{"id":"id-{n}","say":"{n}"}}\n< for {n}' for n in "abc"]
    play = playback(*(socket("/chat", tape) for tape in tapes))
    one, two = opened(play), opened(play)
    leaving(one), leaving(two)
    assert say(one, '{"id":"id-a","say":"b"}') is None
    three = opened(play)
    assert leaving(three) == ['{"event":"connected","id":"id-c"}']
    assert [say(two, '{"id":"id-b","say":"c"}'), say(three, '{"id":"id-c","say":"a"}')] == [None, None]
    assert [leaving(each) for each in (one, two, three)] == [["for b"], ["for c"], ["for a"]]


_GREETED = '< {"event":"connected","id":"id-%s"}'
_TOLD = '< {"event":"told","id":"turn-%s"}\n> {"id":"turn-%s","say":"%s"}\n< for %s'


def _turn(socket_played: SocketPlayback) -> str:
    return json.loads(leaving(socket_played)[0])["id"]


def test_ids_of_later_lines_are_those_of_one_client_each():
    """The first socket turns out to be one of those whose greetings the others were sent; which one is open."""
    tapes = [
        f'{_GREETED}\n> {{"say":"{word}"}}\n{_TOLD}'.replace("%s", n) for n, word in zip("abc", "xyy", strict=True)
    ]
    play = playback(*(socket("/chat", tape) for tape in tapes))
    one, two, three = opened(play), opened(play), opened(play)
    assert [_turn(each) for each in (one, two, three)] == ["id-a", "id-b", "id-c"]
    turns: list[str] = []
    for each, word in ((one, "y"), (two, "y"), (three, "x")):
        assert say(each, f'{{"say":"{word}"}}') is None
        turns.append(_turn(each))
    assert sorted(turns) == ["turn-a", "turn-b", "turn-c"]
    for each, turn, word in zip((one, two, three), turns, "cba", strict=True):
        assert say(each, f'{{"id":"{turn}","say":"{word}"}}') is None
        assert leaving(each) == [f"for {word}"]


def test_line_that_another_client_was_sent_already_is_sent_with_another_id():
    """The second client says at once what shows it to be the one whose line the first was sent."""
    later = '< {"event":"told","id":"turn-%s"}\n> {"say":"%s"}\n> {"say":"bye"}\n< for %s\n> {"id":"turn-%s"}'
    tapes = [f'{_GREETED}\n> {{"say":"hi"}}\n{later}'.replace("%s", n) for n in "abc"]
    play = playback(*(socket("/chat", tape) for tape in tapes))
    one, two = opened(play), opened(play)
    leaving(one), leaving(two)
    assert say(one, '{"say":"hi"}') is None
    assert _turn(one) == "turn-a"
    assert [say(two, text) for text in ('{"say":"hi"}', '{"say":"a"}')] == [None, None]
    told = _turn(two)
    assert told != "turn-a"
    assert [say(two, text) for text in ('{"say":"bye"}', f'{{"id":"{told}"}}')] == [None, None]
    assert [say(one, text) for text in ('{"say":"c"}', '{"say":"bye"}', '{"id":"turn-a"}')] == [None, None, None]


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
    assert (problem.request, problem.hint) == ("exchange 2: socket /chat", TAKEN)


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

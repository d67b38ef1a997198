"""Sockets that begin alike, and are open at once: twice as many are about twice as much work."""

import pytest

from harness.match.bindings import Bindings
from tests.support.cassettes.builders import socket
from tests.support.counted_work import lines_run
from tests.support.replay.playbacks import leaving, opened, playback, say

PERHAPS_TWICE = 2.5
"""Of each socket's recorded ones the player looks at up to 64: only beyond that the work is the same for each."""


def talks(count, message):
    """What plays so many sockets to clients that are connected at once, each with a message of its own."""
    tapes = [f'< hello\n> {{"n":{message(n)}}}\n< for {message(n)}\n> bye\n< close 1000' for n in range(count)]
    play = playback(*(socket("/chat", tape, at=n) for n, tape in enumerate(tapes)))

    def work():
        open_ones = []
        for n in range(count):
            open_ones.append(one := opened(play))
            assert leaving(one) == ["hello"]
            assert say(one, f'{{"n":{message(n)}}}') is None
            assert leaving(one) == [f"for {message(n)}"]
        for one in open_ones:
            assert say(one, "bye") is None
            one.finish()
        assert play.unplayed() == []

    return work


def growth(count, message):
    """How much more work twice as many sockets are."""
    once, twice = (lines_run(talks(each, message), "/harness/") for each in (count, 2 * count))
    return twice / once


def test_sockets_with_the_same_messages():
    assert growth(128, lambda _: 0) < PERHAPS_TWICE


@pytest.mark.slow
def test_sockets_told_apart_by_their_first_message():
    assert growth(128, lambda n: n) < PERHAPS_TWICE


def test_sockets_open_at_once_share_the_bindings_of_candidates_whose_lines_bind_nothing(monkeypatch):
    copied = []
    copy = Bindings.copy
    monkeypatch.setattr(Bindings, "copy", lambda self: copied.append(self) or copy(self))
    count = 20
    play = playback(*(socket("/chat", f'< hello\n> {{"n":{n}}}\n< close 1000', at=n) for n in range(count)))
    open_ones = [opened(play) for _ in range(count)]
    assert [leaving(one) for one in open_ones] == [["hello"]] * count
    assert len(copied) <= count, "each socket has a copy for each of its candidates, which are as many as sockets"

"""`Swapping`: exchanges that turn out to be each other's, and go on as such."""

from __future__ import annotations

from typing import cast

from harness.match.volatile import Bindings
from harness.replay.catalogue import Catalogue
from harness.replay.causes import Causes
from harness.replay.dialogue import SocketPlayback
from harness.replay.entries import Entry
from harness.replay.issued import Exchanged, made_pairs
from harness.replay.played import Played


class Swapping:
    """Keeps matches, and lets exchanges change places where a match says so (see `harness.replay.issued`).

    Attributes:
        live: Number of an exchange -> the open socket that is it.
        answering: Number of an exchange -> the answer that is made of it.
    """

    def __init__(self, catalogue: Catalogue, causes: Causes | None) -> None:
        self._catalogue = catalogue
        self._causes = causes
        self.live: dict[int, SocketPlayback] = {}
        self.answering: dict[int, Played] = {}

    def keep(self, trial: Bindings, bindings: Bindings) -> None:
        """Keep what a match binds, and let answers that stand for each other now change places.

        Args:
            trial: What the match binds.
            bindings: Those of the session.
        """
        pairs = [pair for swap in cast("list[Exchanged]", trial.swaps) for pair in self._entries_of(swap, bindings)]
        trial.keep()
        for one, other in dict.fromkeys(pairs):
            if one.tape is not None and other.tape is not None:
                self._change_sockets(one, other, bindings)
            else:
                self._change_places(one, other)
        if trial.swaps:
            bindings.swaps.clear()

    def _entries_of(self, swap: Exchanged, bindings: Bindings) -> list[tuple[Entry, Entry]]:
        """The exchanges that change places: others may have done so since the trial was made."""
        owners = [(one, other, bindings.recorded(actual) or actual) for one, other, actual in swap.values]
        if all(other == owner for _, other, owner in owners):
            return list(swap.entries)
        groups = [(self._catalogue.issued.group(one), self._catalogue.issued.group(owner)) for one, _, owner in owners]
        return [(one.entry, other.entry) for one, other in groups if one and other and one is not other]

    def _change_places(self, one: Entry, other: Entry) -> None:
        mine, its = self.answering.pop(one.index, None), self.answering.pop(other.index, None)
        for answering, entry in ((mine, other), (its, one)):
            if answering is not None:
                answering.entry = entry
                self.answering[entry.index] = answering
        one.answered, other.answered = other.answered, one.answered
        if one.played != other.played:
            one.played, other.played = other.played, one.played
            self._catalogue.unplay(one if not one.played else other)
        if self._causes is not None:
            self._causes.change_places(one.index, other.index)

    def _change_sockets(self, one: Entry, other: Entry, bindings: Bindings) -> None:
        """Two recorded sockets stand for each other: the open ones that are played from them go on as the other."""
        mine, its = self.live.get(one.index), self.live.get(other.index)
        if mine is not None and its is not None:
            if mine.is_like(its):
                _exchange_made(mine, its, bindings)
                mine.change_places(its)
                self.live[one.index], self.live[other.index] = its, mine
                self._change_places(one, other)
            return
        live, fresh = (mine, other) if mine is not None else (its, one)
        if live is None or fresh.played or fresh.tape is None:
            return
        old = live.candidates[0].entry
        live.become(fresh, fresh.tape)
        self.live.pop(old.index, None)
        self.live[fresh.index] = live
        old.matched = 0
        self._change_places(one, other)

    def ended(self, socket: SocketPlayback) -> None:
        """The connection of a socket has ended."""
        if socket.candidates:
            self.live.pop(socket.candidates[0].entry.index, None)


def _exchange_made(mine: SocketPlayback, its: SocketPlayback, bindings: Bindings) -> None:
    """What the two clients made up for the same messages changes hands with their sockets."""
    said = zip(mine.tape.said[: mine.matched], its.tape.said[: its.matched], strict=False)
    pairs = [pair for one, other in said for pair in made_pairs(one.data, other.data)]
    standing = [(left, bindings.sent(right)) for one, other in pairs for left, right in ((one, other), (other, one))]
    for recorded, actual in standing:
        bindings.transpose(recorded, actual)

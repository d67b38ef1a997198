"""`Swapping`: exchanges that turn out to be each other's, and go on as such."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from harness.match.bindings import Bindings
from harness.replay.catalogue import Catalogue
from harness.replay.entries import ReplayEntry
from harness.replay.issued import Exchanged
from harness.replay.played import Played
from harness.replay.rendering import Rendering
from harness.replay.sending_order import SendingOrder
from harness.replay.socket_context import OpenSocket
from harness.replay.swap_plan import fitted, made_in


class Swapping:
    """Keeps matches, and lets exchanges change places where a match says so (see `harness.replay.issued`).

    Attributes:
        live: Number of an exchange -> the open socket that is it.
        answering: Number of an exchange -> the answer that is made of it.
    """

    def __init__(self, catalogue: Catalogue, order: SendingOrder) -> None:
        self._catalogue = catalogue
        self._order = order
        self.live: dict[int, OpenSocket] = {}
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
                self._change_sockets(one, other)
            else:
                self._change_places(one, other)
        if trial.swaps:
            bindings.swaps.clear()

    def _entries_of(self, swap: Exchanged, bindings: Bindings) -> list[tuple[ReplayEntry, ReplayEntry]]:
        """The pairs of exchanges to swap, worked out anew if others were swapped since the match was tried."""
        owners = [(one, other, bindings.recorded(actual) or actual) for one, other, actual in swap.values]
        if all(other == owner for _, other, owner in owners):
            return list(swap.entries)
        groups = [(self._catalogue.issued.group(one), self._catalogue.issued.group(owner)) for one, _, owner in owners]
        return [(one.entry, other.entry) for one, other in groups if one and other and one is not other]

    def _change_places(self, one: ReplayEntry, other: ReplayEntry) -> None:
        mine, its = self.answering.pop(one.index, None), self.answering.pop(other.index, None)
        for answering, before, entry in ((mine, one, other), (its, other, one)):
            if answering is not None:
                answering.entry = entry
                answering.rendering.own = _renamed(answering.rendering.own, before, entry)
                self.answering[entry.index] = answering
        one.answered, other.answered = other.answered, one.answered
        if one.played != other.played:
            one.played, other.played = other.played, one.played
            self._catalogue.unplay(one if not one.played else other)
        self._order.change_places(one, other)

    def _change_sockets(self, one: ReplayEntry, other: ReplayEntry) -> None:
        """Two recorded sockets stand for each other: the open ones that are played from them go on as the other."""
        shape = self._catalogue.issued.shape
        orders = fitted(one, other, shape), fitted(other, one, shape)
        if None in orders or not (one.played or other.played):
            return
        mine, its = self.live.pop(one.index, None), self.live.pop(other.index, None)
        one.matched, other.matched = other.matched, one.matched
        one.sent, other.sent = other.sent, one.sent
        one.ended, other.ended = other.ended, one.ended
        other.order, one.order = orders
        self._change_places(one, other)
        for socket, entry in ((mine, other), (its, one)):
            if socket is not None:
                socket.become(entry)
                self.live[entry.index] = socket
        for entry in (one, other):
            self._order.redo(entry, _done(entry))

    def add_senders_times(self, rendering: Rendering, entry: ReplayEntry, positions: Iterable[int]) -> None:
        """Have the times rendered that clients sent on other exchanges, and that lines of this one repeat.

        Two clients may have sent the same time when recorded. What the line waits for shows whose time it repeats.

        Args:
            rendering: That of the exchange.
            entry: The exchange.
            positions: Where the lines stand in the recording.
        """
        for cause in self._order.causes_of(entry, positions):
            # What this client sent itself takes precedence.
            rendering.own = {**self._own_values(cause), **rendering.own}

    def _own_values(self, index: int) -> Mapping[str, str]:
        """The times of the client that plays an exchange, recorded -> actual."""
        if index in self.live:
            return self.live[index].rendering.own
        return self.answering[index].rendering.own if index in self.answering else {}

    def ended(self, socket: OpenSocket) -> None:
        """Note that the connection of a socket has ended."""
        if socket.choice.candidates:
            entry = socket.choice.candidates[0].entry
            entry.ended = True
            self.live.pop(entry.index, None)


def _renamed(own: Mapping[str, str], before: ReplayEntry, after: ReplayEntry) -> dict[str, str]:
    """The values of one client, under the names that they have in the exchange that it is from now on."""
    names = dict(made_in(before, after)) if own else {}
    return {names.get(recorded, recorded): actual for recorded, actual in own.items()}


def _done(entry: ReplayEntry) -> list[int]:
    """What the client of a socket has done: positions in the recording, -1 for the upgrade."""
    tape = entry.tape_played
    if tape is None or not entry.played:
        return []
    return [-1, *(tape.original[at] for at in tape.client_positions[: entry.matched])]

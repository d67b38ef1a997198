"""`Swapping`: lets two clients exchange their recorded exchanges when a later message shows who has which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from harness.match.bindings import Bindings
from harness.replay.catalogue import Catalogue
from harness.replay.entries import ReplayEntry
from harness.replay.fitted_tapes import fitted
from harness.replay.issued import Exchanged, Renaming
from harness.replay.pairing import UndecidedSockets
from harness.replay.played import Played
from harness.replay.rendering import Rendering
from harness.replay.resuming import HEADER, line_after
from harness.replay.sending_order import SendingOrder
from harness.replay.socket_context import PlayedSocket
from harness.replay.swap_plan import made_in


class Swapping:
    """Keeps the bindings of matches, and swaps exchanges where a match requires it; see `harness.replay.issued`.

    Attributes:
        live: Number of an exchange -> the open socket that plays it.
        responding: Number of an exchange -> the response that plays it.
        undecided: The open sockets that may still be one of several recorded ones.
    """

    def __init__(self, catalogue: Catalogue, order: SendingOrder) -> None:
        self._catalogue = catalogue
        self._order = order
        self.live: dict[int, PlayedSocket] = {}
        self.responding: dict[int, Played] = {}
        self.undecided = UndecidedSockets()

    def keep(self, trial: Bindings, bindings: Bindings) -> None:
        """Take over the bindings of a match, and let the exchanges change places that the bindings name.

        Args:
            trial: The bindings of the match.
            bindings: Those of the session.
        """
        swaps = cast("list[Exchanged]", trial.swaps)
        renamings = {pair: each for swap in swaps for pair, each in self._renamings(swap, bindings)}
        trial.keep()
        for (one, other), renaming in renamings.items():
            if one.tape is None or other.tape is None:
                self._change_places(one, other)
            elif self._change_sockets(one, other) and one.played != other.played:
                # An undecided socket that could be the one that is played now can be the other one instead.
                taken, free = (one, other) if one.played else (other, one)
                self.undecided.swapped(taken, free, renaming, self._catalogue.issued.shape)
        if trial.swaps:
            bindings.swaps.clear()

    def counters_of_stream(self, entry: ReplayEntry, start: int, others: dict[bytes, bytes]) -> dict[bytes, bytes]:
        """The counters for a response to a request without a body, recorded -> actual.

        A stream that goes on has those of the call that began it: two calls at once may have changed numbers.

        Args:
            entry: The exchange of the response.
            start: Number of the line at which it begins; 0 for all of it.
            others: The counters if it goes on with no other response.
        """
        last = entry.request.header(HEADER)
        if start or not last:
            begun = self.responding.get(entry.index) if start else None
        else:
            earlier = (each for index, each in sorted(self.responding.items(), reverse=True) if index < entry.index)
            begun = next((each for each in earlier if line_after(each.exchange, last) is not None), None)
        return others if begun is None else begun.rendering.counters

    def _renamings(self, swap: Exchanged, bindings: Bindings) -> list[tuple[tuple[ReplayEntry, ReplayEntry], Renaming]]:
        """The pairs of exchanges to swap, each with the values and exchanges that change places."""
        pairs = self._entries_of(swap, bindings)
        entries = {other: one for one, other in pairs} | dict(pairs)
        return [(pair, Renaming(_names(swap, bindings), entries)) for pair in pairs]

    def _entries_of(self, swap: Exchanged, bindings: Bindings) -> list[tuple[ReplayEntry, ReplayEntry]]:
        """The pairs of exchanges to swap; computed anew if another swap came after this one was planned."""
        owners = [(one, other, bindings.recorded(actual) or actual) for one, other, actual in swap.values]
        if all(other == owner for _, other, owner in owners):
            return list(swap.entries)
        groups = [(self._catalogue.issued.group(one), self._catalogue.issued.group(owner)) for one, _, owner in owners]
        return [(one.entry, other.entry) for one, other in groups if one and other and one is not other]

    def _change_places(self, one: ReplayEntry, other: ReplayEntry) -> None:
        mine, its = self.responding.pop(one.index, None), self.responding.pop(other.index, None)
        for responding, before, entry in ((mine, one, other), (its, other, one)):
            if responding is not None:
                responding.entry = entry
                responding.rendering.own = _renamed(responding.rendering.own, before, entry)
                self.responding[entry.index] = responding
        one.responded, other.responded = other.responded, one.responded
        if one.played != other.played:
            one.played, other.played = other.played, one.played
            self._catalogue.unplay(one if not one.played else other)
        self._order.change_places(one, other)

    def _change_sockets(self, one: ReplayEntry, other: ReplayEntry) -> bool:
        """Swap two recorded sockets: each open socket that plays one continues as the other. False if it cannot be."""
        shape = self._catalogue.issued.shape
        orders = fitted(one, other, shape), fitted(other, one, shape)
        if None in orders or not (one.played or other.played):
            return False
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
        return True

    def add_senders_times(self, rendering: Rendering, entry: ReplayEntry, positions: Iterable[int]) -> None:
        """Render, in lines of an exchange, the times that clients sent on other exchanges and that the lines repeat.

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
        return self.responding[index].rendering.own if index in self.responding else {}

    def ended(self, socket: PlayedSocket) -> None:
        """Note that the connection of a socket has ended."""
        if socket.choice.candidates:
            entry = socket.choice.candidates[0].entry
            entry.ended = True
            self.live.pop(entry.index, None)


def _names(swap: Exchanged, bindings: Bindings) -> dict[str, str]:
    """Recorded value -> the recorded value with which it changes places, for all values of a swap."""
    owners = [
        (one, other if actual is None else bindings.recorded(actual) or other) for one, other, actual in swap.made
    ]
    owners += [(one, bindings.recorded(actual) or actual) for one, _, actual in swap.values]
    return {other: one for one, other in owners} | dict(owners)


def _renamed(own: Mapping[str, str], before: ReplayEntry, after: ReplayEntry) -> dict[str, str]:
    """The times of one client, keyed by the recorded times of the exchange that it has from now on."""
    names = dict(made_in(before, after)) if own else {}
    return {names.get(recorded, recorded): actual for recorded, actual in own.items()}


def _done(entry: ReplayEntry) -> list[int]:
    """The positions of what was sent on a socket so far, by the client and by the service; -1 is the upgrade."""
    tape = entry.tape_played
    if tape is None or not entry.played:
        return []
    sent = (*tape.client_positions[: entry.matched], *tape.server_positions[: entry.sent])
    return [-1, *(tape.original[at] for at in sent)]

"""Which of the open sockets can be which recorded ones: a matching of all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from harness.replay.candidates import Candidate
from harness.replay.entries import ReplayEntry

if TYPE_CHECKING:
    from harness.replay.socket_playback import SocketPlayback


class UndecidedSockets:
    """The open sockets of which nothing tells yet which recorded ones they are."""

    def __init__(self) -> None:
        self._sockets: list[SocketPlayback] = []

    def __len__(self) -> int:
        return len(self._sockets)

    def add(self, socket: SocketPlayback) -> None:
        """One more of them."""
        self._sockets.append(socket)

    def has_room_for(self, candidates: Sequence[Candidate]) -> bool:
        """Whether one more socket, which may be any of these, leaves a recorded one for each."""
        return assignable([*self._claims(), [each.entry.index for each in candidates]])

    def choose(self, socket: SocketPlayback) -> Candidate:
        """The first candidate, in file order, that leaves one for every other undecided socket."""
        in_order = sorted(socket.candidates, key=lambda each: (len(each.bindings.swaps), each.entry.index))
        leading = [each.lead for each in self._sockets if each is not socket]
        for candidate in sorted(in_order, key=lambda each: each.entry in leading):
            if assignable(self._claims(without=socket, taken=candidate.entry.index)):
                return candidate
        return in_order[0]

    def decided(self, socket: SocketPlayback, entry: ReplayEntry) -> None:
        """A socket is that one: no other one is."""
        self._sockets = [each for each in self._sockets if each is not socket]
        # All sockets lose the entry before one of them decides: otherwise a later one could decide for the same entry.
        for other in self._sockets:
            other.drop(entry)
        # A socket without candidates is a mismatch: it must not keep a place from the sockets that open later.
        self._sockets = [each for each in self._sockets if each.candidates]
        for other in list(self._sockets):
            other.decide_if_single()

    def left_of(self, entries: Sequence[ReplayEntry]) -> list[ReplayEntry]:
        """The entries without those that these sockets are, one for each."""
        left = list(entries)
        for socket in self._sockets:
            maybe = {each.entry.index for each in socket.candidates}
            taken = next((entry for entry in left if entry.index in maybe), None)
            left = [entry for entry in left if entry is not taken]
        return left

    def _claims(self, *, without: SocketPlayback | None = None, taken: int = -1) -> list[list[int]]:
        others = (socket for socket in self._sockets if socket is not without)
        return [[each.entry.index for each in socket.candidates if each.entry.index != taken] for socket in others]


def assignable(claims: Sequence[Sequence[int]]) -> bool:
    """Whether every claimant can have a number of its own from its list (a perfect matching, by augmenting paths)."""
    owner: dict[int, int] = {}

    def settle(claimant: int) -> bool:
        # Breadth first, with the way back kept: no recursion, so no limit on how many sockets are open.
        came_from: dict[int, int] = {}
        waiting = [claimant]
        while waiting:
            current = waiting.pop(0)
            for number in claims[current]:
                if number in came_from:
                    continue
                came_from[number] = current
                if number not in owner:
                    _turn_over(number, came_from, owner, claimant)
                    return True
                waiting.append(owner[number])
        return False

    return all(settle(claimant) for claimant in range(len(claims)))


def _turn_over(number: int, came_from: Mapping[int, int], owner: dict[int, int], claimant: int) -> None:
    previous = {holder: held for held, holder in owner.items()}
    while True:
        holder = came_from[number]
        owner[number] = holder
        if holder == claimant:
            return
        number = previous[holder]

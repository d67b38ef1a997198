"""Which of the open sockets can be which recorded ones: a matching of all of them at once."""

from __future__ import annotations

from collections.abc import KeysView, Sequence

from harness.replay.assignment import Assignment
from harness.replay.candidates import Candidate
from harness.replay.entries import ReplayEntry
from harness.replay.fitted_tapes import Shape
from harness.replay.issued import Renaming
from harness.replay.socket_choice import SocketChoice


class UndecidedSockets:
    """The open sockets that may still be one of several recorded ones."""

    def __init__(self) -> None:
        self._choices: list[SocketChoice] = []
        self._assignment = Assignment[SocketChoice]()

    def __len__(self) -> int:
        return len(self._choices)

    def add(self, choice: SocketChoice) -> None:
        """Add an undecided socket."""
        self._choices.append(choice)

    def has_room_for(self, candidates: Sequence[Candidate]) -> bool:
        """Whether one more socket, which may be any of these, leaves a recorded one for each."""
        return self._assignment.is_possible(self._claims(), more=[each.entry.index for each in candidates])

    def choose(self, choice: SocketChoice, line: int | None = None) -> Candidate:
        """The first candidate that leaves one for every other undecided socket: by headers, then in file order.

        Args:
            choice: The socket.
            line: Number of the line that it is sent next: preferably the line of the recorded socket that it was sent
                so far, and never one that another socket was sent, as two clients would get the same ids. None if the
                socket is decided now.
        """
        others = [each for each in self._choices if each is not choice]
        taken = {_last_lead(each) if line is None else each.leads.get(line) for each in others}
        lead = None if line is None else _last_lead(choice)

        def rank(candidate: Candidate) -> tuple[bool, bool, tuple[int, int], int, int]:
            entry = candidate.entry
            is_other = lead is not None and entry is not lead
            return entry in taken, is_other, candidate.doubt, len(candidate.swaps), entry.index

        in_order = sorted(choice.candidates, key=rank)
        if lead is not None and in_order[0].entry is lead and lead not in taken:
            return in_order[0]
        claims = self._claims(without=choice)
        for candidate in in_order:
            if self._assignment.is_possible(claims, taken=candidate.entry.index):
                return candidate
        return in_order[0]

    def decided(self, choice: SocketChoice, entry: ReplayEntry) -> None:
        """Remove a socket that turned out to be a recorded one, and that recorded one from all others."""
        self._choices = [each for each in self._choices if each is not choice]
        # All sockets lose the entry before one of them decides: otherwise a later one could decide for the same entry.
        for other in self._choices:
            for number, lead in other.leads.items():
                # The two swap: the other socket counts as sent the line that this socket was sent.
                other.leads[number] = choice.leads.get(number, lead) if lead is entry else lead
            other.drop(entry)
        # A socket without candidates is a mismatch: it must not keep a place from the sockets that open later.
        self._choices = [each for each in self._choices if each.indices]
        for other in list(self._choices):
            other.decide_if_single()

    def ahead_of(self, choice: SocketChoice, entry: ReplayEntry) -> list[tuple[ReplayEntry, int]]:
        """Which lines of a recorded socket were sent to other sockets before this one turned out to be it.

        Args:
            choice: The socket that turns out to be the recorded one.
            entry: The recorded one.

        Returns:
            For each such line another recorded socket, whose line of that number no socket was sent yet, and the
            number: ``choice`` gets the values of that line, and the other sockets count as having got it.
        """
        found: list[tuple[ReplayEntry, int]] = []
        for other in self._choices:
            ahead = [number for number, lead in other.leads.items() if lead is entry and number not in choice.leads]
            if other is choice or not ahead:
                continue
            sent = {each.leads.get(number) for each in self._choices for number in ahead}
            free = (each.entry for each in other.candidates if each.entry is not entry and each.entry not in sent)
            instead = next(free, None)
            if instead is not None:
                found += [(instead, number) for number in ahead]
                other.leads.update(dict.fromkeys(ahead, instead))
        return found

    def swapped(self, taken: ReplayEntry, free: ReplayEntry, renaming: Renaming, shape: Shape) -> None:
        """Let each socket that could be one recorded socket be the other one, as the two were swapped.

        Args:
            taken: The recorded socket that another one plays now.
            free: The one that it played before.
            renaming: What changed places with them.
            shape: Returns a message without issued and generated values.
        """
        for choice in list(self._choices):
            if not choice.is_decided:
                choice.swap(taken, free, renaming, shape)
        self._choices = [each for each in self._choices if each.indices]

    def left_of(self, entries: Sequence[ReplayEntry]) -> list[ReplayEntry]:
        """The exchanges that are left when each undecided socket takes one of its candidates."""
        left = list(entries)
        for choice in self._choices:
            maybe = {each.entry.index for each in choice.candidates}
            taken = next((entry for entry in left if entry.index in maybe), None)
            left = [entry for entry in left if entry is not taken]
        return left

    def _claims(self, *, without: SocketChoice | None = None) -> dict[SocketChoice, KeysView[int]]:
        return {each: each.indices for each in self._choices if each is not without}


def _last_lead(choice: SocketChoice) -> ReplayEntry | None:
    return next(reversed(choice.leads.values()), None)

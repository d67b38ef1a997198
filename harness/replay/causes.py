"""`Causes`: what a service pushes on one exchange because of what clients do on others.

An event stream, a long poll, or another client's socket carries what was sent elsewhere. Played without regard to that,
a line would arrive before any client had sent what it repeats. `harness.replay.cause_guesses` guesses from the cassette
which line waits for what; this class knows which of it has happened.

A line that waits longer than a client may take is sent anyway, and the report says for what it waited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, TypeAlias

from harness.replay.entries import ReplayEntry

Action: TypeAlias = tuple[int, int]
"""What a client did: number of the exchange, and position of its message in the transcript; -1 for the request.

The position may also be that of a line of the service on a socket: what it does once a client has done something.
"""
Needs: TypeAlias = Mapping[int, Mapping[int, AbstractSet[Action]]]
"""Number of an exchange -> position of a line -> the actions of clients that the line waits for."""
RESPONSE: Final = -2
"""Position of a response that is not a stream, among what a service pushes."""


class Causes:
    """Keeps which actions of clients have happened, and so which lines of one cassette may be sent.

    Args:
        needs: The actions that each line waits for.
    """

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._acting = frozenset(index for each in needs.values() for actions in each.values() for index, _ in actions)
        self._done: set[Action] = set()
        self._released: set[int] = set()

    def done(self, index: int, position: int) -> bool:
        """Note an action of a client.

        Returns:
            Whether any line of the cassette waits for actions.
        """
        self._done.add((index, position))
        return bool(self._needs)

    def change_places(self, one: int, other: int) -> None:
        """Count what was done on either of two exchanges as done on the other one."""
        names = {one: other, other: one}
        self._done = {(names.get(index, index), position) for index, position in self._done}

    def redo(self, index: int, positions: Iterable[int]) -> None:
        """Replace what was done on an exchange by the actions at these positions."""
        self._done = {each for each in self._done if each[0] != index} | {(index, each) for each in positions}

    def is_awaited(self, index: int) -> bool:
        """Whether any line of the cassette waits for an action on that exchange."""
        return index in self._acting

    def has_waiting_lines(self, index: int) -> bool:
        """Whether any line of the exchange's service waits for an action on another exchange."""
        return index in self._needs and index not in self._released

    def may_send(self, index: int, position: int) -> bool:
        """Whether every action has happened that a line at this position of an exchange waits for."""
        return not self._missing(index, position)

    def may_respond(self, entry: ReplayEntry) -> bool:
        """Whether every action has happened that the exchange's response waits for; a stream waits line by line."""
        return self.may_send(entry.index, RESPONSE)

    def needs(self, index: int, position: int) -> frozenset[int]:
        """Numbers of the exchanges with the actions that a line waits for."""
        return frozenset(action[0] for action in self._needs.get(index, {}).get(position, ()))

    def awaited(self, index: int) -> int | None:
        """Number of an exchange that some line of this one still waits for; None if there is none."""
        needs = self._needs.get(index, {})
        missing = sorted(each for wanted in needs.values() for each in wanted - self._done)
        return missing[0][0] if missing else None

    def release(self, index: int) -> None:
        """Let the lines of an exchange wait for no more actions, because one did not come in time."""
        self._released.add(index)

    def _missing(self, index: int, position: int) -> AbstractSet[Action]:
        if index in self._released:
            return frozenset()
        return self._needs.get(index, {}).get(position, frozenset()) - self._done

"""`Assignment`: whether each claimant can have a number of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Generic, TypeVar

Claimant = TypeVar("Claimant")


class Assignment(Generic[Claimant]):
    """Finds a perfect matching of claimants and the numbers that they claim, by augmenting paths.

    It keeps the last matching, and changes only what the next question requires: of a thousand claims few change.
    """

    def __init__(self) -> None:
        self._held: dict[Claimant | None, int] = {}

    def is_possible(
        self,
        claims: Mapping[Claimant, Collection[int]],
        *,
        more: Sequence[int] | None = None,
        taken: int | None = None,
    ) -> bool:
        """Whether every claimant can have a number of its own among those that it claims.

        Args:
            claims: Of each claimant, the numbers.
            more: The numbers of one claimant more.
            taken: A number that no claimant can have.
        """
        every: dict[Claimant | None, Collection[int]] = {**claims}
        if more is not None:
            every[None] = more
        held = {one: at for one, at in self._held.items() if at != taken and one in every and at in every[one]}
        matching = _Matching(every, taken, held)
        possible = all(matching.settle(claimant) for claimant in every if claimant not in held)
        self._held = matching.held
        self._held.pop(None, None)
        return possible


class _Matching(Generic[Claimant]):
    """A matching under construction: which number each claimant has."""

    def __init__(
        self, claims: Mapping[Claimant, Collection[int]], taken: int | None, held: dict[Claimant, int]
    ) -> None:
        self.held = held
        self._claims = claims
        self._taken = taken
        self._owners = {number: claimant for claimant, number in held.items()}

    def settle(self, claimant: Claimant) -> bool:
        """Assign a number to one more claimant, moving others if necessary; returns whether one was found."""
        # Breadth first, with the way back kept: no recursion, so no limit on how many sockets are open.
        came_from: dict[int, Claimant] = {}
        waiting = [claimant]
        for current in waiting:
            for number in self._claims[current]:
                if number in came_from or number == self._taken:
                    continue
                came_from[number] = current
                if number not in self._owners:
                    self._turn_over(number, came_from, claimant)
                    return True
                waiting.append(self._owners[number])
        return False

    def _turn_over(self, number: int, came_from: Mapping[int, Claimant], claimant: Claimant) -> None:
        while True:
            holder = came_from[number]
            self._owners[number] = holder
            self.held[holder], number = number, self.held.get(holder, number)
            if holder is claimant:
                return

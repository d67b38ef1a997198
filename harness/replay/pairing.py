"""Which of the open sockets can be which recorded ones: a matching of all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


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

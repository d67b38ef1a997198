"""Which generations something belongs to: from one on, until another (docs/protocol.md §5)."""

from __future__ import annotations

from typing import Final

from provider.wire.generations import GENERATIONS

_ORDER: Final = {name: number for number, name in enumerate(GENERATIONS)}
FIRST: Final = next(iter(GENERATIONS))
"""The oldest generation."""


def within(generation: str, since: str, until: str | None = None) -> bool:
    """Whether a generation is not older than ``since``, and not younger than ``until``.

    Raises:
        KeyError: One of them is no generation.
    """
    number = _ORDER[generation]
    return _ORDER[since] <= number and (until is None or number <= _ORDER[until])


def generations(since: str, until: str | None = None) -> tuple[str, ...]:
    """The names of all generations `within` these, oldest first."""
    return tuple(name for name in _ORDER if within(name, since, until))

"""`Patches`: attributes of others that are replaced for a time, and put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

_ABSENT: Final = object()


class Patches:
    """What was replaced. Whoever has replaced one of ours in the meantime keeps theirs."""

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, object, object]] = []
        self._made: dict[tuple[int, str], tuple[object, object]] = {}

    def replace(self, owner: Any, name: str, make: Callable[[Any], object]) -> None:
        """Replace an attribute by what ``make`` makes of it; one that is not there is left alone.

        Args:
            owner: A module or a class; what a class inherits is replaced for itself alone.
            make: Gets what was there.
        """
        old = getattr(owner, name, _ABSENT)
        if old is _ABSENT:
            return
        key = (id(owner), name)
        known = self._made.get(key)
        if known is None or known[0] is not old:
            known = self._made[key] = (old, make(old))
        new = known[1]
        own = owner.__dict__.get(name, _ABSENT)
        setattr(owner, name, new)
        self._replaced.append((owner, name, own, new))

    def restore(self) -> None:
        """Put everything back, the latest first."""
        while self._replaced:
            owner, name, old, new = self._replaced.pop()
            if owner.__dict__.get(name, _ABSENT) is not new:
                continue
            if old is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, old)

"""Comparing two single values: by their place, by what is bound to them, or as they stand."""

from __future__ import annotations

from collections.abc import Callable

from harness.match.places import Place
from harness.match.structure import Finding
from harness.match.volatile import BOUND_KINDS, STAND_IN, Bindings, fits


def same_text(text: str) -> str:
    """A text as it stands: no origin of it means another one."""
    return text


class ValueComparison:
    """Compares single values, and notes what a match at a place binds.

    Attributes:
        bindings: Grows with each match at a volatile place, or at the place of a secret that has a stand-in.
        home: Makes a text's origins comparable: the local server's and those of the service become one.
    """

    __slots__ = ("bindings", "home")

    def __init__(self, bindings: Bindings, home: Callable[[str], str] = same_text) -> None:
        self.bindings = bindings
        self.home = home

    def finding(self, path: str, place: Place | None, recorded: object, actual: object) -> Finding | None:
        """How two values differ, or None if the actual one may stand for the recorded one."""
        if place is None:
            return self._plain(path, recorded, actual)
        if place.secret:
            return _secret_finding(path, place, recorded, actual, self.bindings)
        if isinstance(recorded, str) and isinstance(actual, str):
            return _volatile_finding(path, place, recorded, actual, self.bindings)
        if place.kind in {"id", "time"} and _is_number(recorded) and _is_number(actual):
            return None
        return self._plain(path, recorded, actual)

    def _plain(self, path: str, recorded: object, actual: object) -> Finding | None:
        if recorded == actual and isinstance(recorded, bool) == isinstance(actual, bool):
            return None
        same = isinstance(recorded, str) and isinstance(actual, str) and self._stands_for(recorded, actual)
        return None if same else Finding(path, recorded, actual)

    def _stands_for(self, recorded: str, actual: str) -> bool:
        return self.bindings.actual(recorded) == actual or self.home(recorded) == self.home(actual)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _secret_finding(path: str, place: Place, recorded: object, actual: object, bindings: Bindings) -> Finding | None:
    if (
        isinstance(recorded, str)
        and isinstance(actual, str)
        and fits(place.kind, recorded)
        and fits(place.kind, actual)
    ):
        if STAND_IN in recorded and recorded != actual:
            bindings.bind_loosely(recorded, actual)
        return None
    if recorded == actual:
        return None
    if _is_number(recorded) and _is_number(actual):
        return None
    return Finding(path, recorded, actual, secret=True)


def _volatile_finding(path: str, place: Place, recorded: str, actual: str, bindings: Bindings) -> Finding | None:
    if place.kind not in BOUND_KINDS:
        same = recorded == actual or fits(place.kind, actual)
        return None if same else Finding(path, recorded, actual, note=f"not of the kind `{place.kind}`")
    bound, owner = bindings.actual(recorded), bindings.recorded(actual)
    if bound is None and owner is None:
        if recorded != actual and not fits(place.kind, actual):
            return Finding(path, recorded, actual, note=f"not of the kind `{place.kind}`")
        bindings.bind(recorded, actual)
        return None
    if bound == actual:
        return None
    if bound is not None:
        return Finding(path, recorded, actual, note=f'in this session the recorded "{recorded}" stands for "{bound}"')
    return Finding(path, recorded, actual, note=f'in this session "{actual}" stands for the recorded "{owner}"')

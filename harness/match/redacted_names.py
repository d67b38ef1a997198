"""Finds the actual names of JSON fields whose recorded names hold placeholders."""

from __future__ import annotations

from collections.abc import Sequence

from harness.match.bindings import Bindings
from harness.match.placeholders import captured, may_hold, replaced


def actual_names(recorded: Sequence[str], actual: Sequence[str], bindings: Bindings) -> dict[str, str]:
    """Find the actual name of each recorded name that holds a placeholder; returns recorded -> actual name.

    A name whose placeholders are bound already comes first; the others take the first name that fits.

    Args:
        recorded: The names that only the recorded object has, in its order.
        actual: The names that only the actual object has, in its order.
        bindings: Those of the session; unchanged.
    """
    free = list(actual)
    found: dict[str, str] = {}
    redacted = [name for name in recorded if may_hold(name)]
    for name in redacted:
        expected = replaced(name, lambda placeholder: bindings.actual(placeholder) or placeholder)
        if expected in free:
            found[name] = expected
            free.remove(expected)
    for name in redacted:
        fitting = next((each for each in free if name not in found and _fits(name, each, bindings)), None)
        if fitting is not None:
            found[name] = fitting
            free.remove(fitting)
    return found


def _fits(name: str, actual: str, bindings: Bindings) -> bool:
    values = captured(name, actual)
    return bool(values) and not any(bindings.contradicts(each.placeholder, each.value) for each in values or ())

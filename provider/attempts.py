"""`Attempt`: one failed attempt of a turn, which the client repeated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """A failed attempt that the client repeats after a wait.

    Attributes:
        step: The step that failed, e.g. ``"GET /c/api/user"``.
        reason: Why, e.g. ``"status 429"`` or ``"no connection"``.
        seconds: The wait before the next attempt.
    """

    step: str
    reason: str
    seconds: float

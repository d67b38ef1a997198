"""Answers to challenges as the service's own page computes them. No check that is meant for a human is one of them."""

from __future__ import annotations

from typing import Final

from provider import clock
from provider.challenges import ChallengeAsked
from provider.wire.challenges import solve_copilot, solve_hashcash

PATIENCE: Final = 20.0
"""Seconds that one answer may take to compute."""


def compute(challenge: ChallengeAsked, *, within: float = PATIENCE) -> str | None:
    """The answer as the service's own page computes it; None for what no program can, or not in that time.

    Blocks for up to so many seconds: not for an event loop.
    """
    end = clock.monotonic() + within
    try:
        match challenge.method, challenge.parameter:
            case "hashcash", str(parameter):
                return solve_hashcash(parameter, lambda: clock.monotonic() < end)
            case "copilot", str() | int() | float() as parameter:
                return solve_copilot(parameter)
            case _:
                return None
    except ValueError:
        return None  # a parameter of another shape, or a difficulty out of bounds

"""Answers to challenges: those of the app's hook, and those that the service's page computes.

No check that is meant for a human is automated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final

from provider import clock
from provider.challenges import ChallengeAsked
from provider.errors import UsageError
from provider.options import Options
from provider.transport.errors import DeadlineError
from provider.wire.challenges import solve_copilot, solve_hashcash

MAX_COMPUTING: Final = 20.0
"""Seconds that computing one answer may take."""


def answer(challenge: ChallengeAsked, options: Options, within: float) -> str | None:
    """Return the answer of the app's hook, else the computed one where that is switched on, else None.

    Args:
        within: Seconds left for the whole call.

    Raises:
        UsageError: The hook returns something else than text; coroutines are for the asyncio client.
    """
    hook = options.on_challenge
    own = None if hook is None else hook(challenge)
    if own is not None and not isinstance(own, str):
        raise UsageError(
            "The hook on_challenge returned something else than text or None",
            step="challenge",
            hint="Return the answer as str, or None. A coroutine function needs AsyncCopilotClient.",
        )
    return compute(challenge, within=within) if own is None and options.answer_challenges else own


async def answer_async(challenge: ChallengeAsked, options: Options, within: float) -> str | None:
    """`answer` for asyncio; the hook may be a coroutine function.

    Raises:
        DeadlineError: The hook's coroutine takes longer than ``within`` seconds.
    """
    hook = options.on_challenge
    own = None if hook is None else hook(challenge)
    if isinstance(own, Awaitable):
        try:
            async with asyncio.timeout(within):
                own = await own
        except TimeoutError as error:
            raise DeadlineError(
                f"The hook on_challenge did not return within the {within:g} s left for the call"
            ) from error
    if own is None and options.answer_challenges:
        own = await asyncio.to_thread(compute, challenge, within=within)
    return own


def compute(challenge: ChallengeAsked, *, within: float = MAX_COMPUTING) -> str | None:
    """Compute the answer as the service's page does; None where no program can, or not in time.

    Args:
        within: Seconds, `MAX_COMPUTING` at most. This blocks so long: never call it in an event loop's thread.
    """
    end = clock.monotonic() + min(within, MAX_COMPUTING)
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

"""Calls the hooks of an app. Their exceptions are the app's own, and end the flow."""

from __future__ import annotations

import asyncio
import inspect

from provider.effects import RunHook
from provider.errors import UsageError
from provider.transport.errors import DeadlineError


def run_hook(effect: RunHook) -> None:
    """Call a hook.

    Raises:
        UsageError: It is a coroutine function.
    """
    result = effect.hook(effect.value)
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()  # otherwise Python warns that nobody awaited it
        hint = "Use a plain function, or AsyncCopilotClient."
        raise UsageError(
            f"The hook {effect.name} is a coroutine function, which this client cannot await", step="hook", hint=hint
        )


async def run_hook_async(effect: RunHook, within: float) -> None:
    """Call a hook, and await what it returns if that can be awaited.

    Args:
        within: Seconds left for the whole call.

    Raises:
        DeadlineError: Its coroutine takes longer.
    """
    result = effect.hook(effect.value)
    if not inspect.isawaitable(result):
        return
    scope = asyncio.timeout(within)
    try:
        async with scope:
            await result
    except TimeoutError as error:
        if not scope.expired():
            raise  # the hook's own
        raise DeadlineError(
            f"The hook {effect.name} did not return within the {within:g} s left for the call"
        ) from error

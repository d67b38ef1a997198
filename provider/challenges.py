"""Challenges of the service, and an app's hook that answers them (docs/protocol.md §4.7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec


class ChallengeAsked(msgspec.Struct, frozen=True):
    """A challenge that the service wants answered before it goes on.

    Attributes:
        method: ``hashcash``, ``copilot``, ``cloudflare``, something newer, or None.
        parameter: The method's input; None where it has none.
    """

    method: str | None = None
    parameter: str | int | float | None = None


Hook: TypeAlias = Callable[[ChallengeAsked], str | Awaitable[str | None] | None]
"""Returns an app's own answer, or None to leave it to the client; a coroutine function only in the asyncio client."""

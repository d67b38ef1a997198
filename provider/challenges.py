"""What a challenge asks, and who may answer it (docs/protocol.md §4.7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec


class ChallengeAsked(msgspec.Struct, frozen=True):
    """What the service wants answered before it goes on.

    Attributes:
        method: ``hashcash``, ``copilot``, ``cloudflare``, something newer, or None.
        parameter: What it is about; None where it needs nothing.
    """

    method: str | None = None
    parameter: str | int | float | None = None


Hook: TypeAlias = Callable[[ChallengeAsked], "str | Awaitable[str | None] | None"]
"""An app's own answer; None leaves it to what is switched on. May be a coroutine function for the asyncio client."""

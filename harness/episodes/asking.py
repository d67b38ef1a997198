"""What `Episodes` asks first: a `Player`, or anything else that says when it has no answer."""

from __future__ import annotations

from typing import Protocol

from fake_server.stage import Answer, Request
from harness.replay.player import Player
from harness.replay.report import Report


class Tries(Protocol):
    """The part of `harness.replay.player.Player` that is used."""

    async def try_handle(self, request: Request) -> Answer | None:
        """The recorded answer, or None, and then no problem is noted, if nothing recorded answers."""
        ...

    def report(self) -> Report:
        """What was played so far, and what did not go as recorded."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


TryingPlayer = Player
"""The player that is usually taken."""

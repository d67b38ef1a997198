"""What stages raised: kept for whoever runs the server, and logged without anything that a client sent."""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from typing import Final

_logger = logging.getLogger("fake_server.host")
_KEPT: Final = 100


class Failures:
    """The first errors of stages, in order.

    Attributes:
        errors: At most 100 of them, so that a server which runs for long does not grow.
        unread: Why the server refused what it could not read as a request -> how often.
        strangers: Who was not let in, and how to let them in -> how often.
    """

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.unread: Counter[str] = Counter()
        self.strangers: Counter[str] = Counter()

    def refused(self, why: str) -> None:
        """A request could not be read; the text holds nothing of what came."""
        if why in self.unread or len(self.unread) < _KEPT:
            self.unread[why] += 1

    def turned_away(self, who: str) -> None:
        """A page or a name was not let in; the text is fit for a terminal."""
        if who in self.strangers or len(self.strangers) < _KEPT:
            self.strangers[who] += 1

    def report(self, error: Exception, connection: int, what: str) -> None:
        """Keep it, and log its type and place. Its text may hold payloads, and is left out."""
        if len(self.errors) < _KEPT:
            self.errors.append(error)
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"
        _logger.error("connection %d, %s: %s at %s", connection, what, type(error).__name__, place)

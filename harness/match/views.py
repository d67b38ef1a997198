"""`RequestView`: a request as functions of the user's see it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from harness.match.asked import Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A request, redacted. Change it with `dataclasses.replace`.

    Attributes:
        method: Upper case; ``SOCKET`` for the upgrade to a WebSocket.
        target: Path and query, or an absolute URL where it goes to another origin than the session's.
        headers: Names in lower case, repeats kept.
        body: Whole.
    """

    method: str
    target: str
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the target's question mark, as sent."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """The first header of that lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: It is none.
        """
        return json.loads(self.body)

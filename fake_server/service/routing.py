"""What an endpoint is: where it stands, in which generations, and who answers it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from fake_server.service.callers import Caller
from fake_server.service.dialect import FIRST, within
from fake_server.service.service import Service
from fake_server.stage import Request, Response

ANY_METHOD: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request that has been let in.

    Attributes:
        detail: What the path names, e.g. a conversation's id; empty for paths that name nothing.
    """

    service: Service
    request: Request
    caller: Caller
    detail: str = ""


Handler: TypeAlias = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint.

    Attributes:
        method: In upper case, or `ANY_METHOD`.
        path: The whole path; one group is handed to the handler.
        place: What faults call it; empty where none strike and anybody may come.
        handler: Who answers.
        shown: The path as docs/protocol.md writes it, e.g. ``/c/api/conversations/{id}/history``.
        rests_on: Paragraph of docs/protocol.md; empty for what is the fake's own.
        confidence: How sure that is, as docs/protocol.md marks it, e.g. ``[3]``, ``[inf]``; empty for the fake's own.
        since: First generation that has it.
        until: Last one; None if it is there still.
    """

    method: str
    path: re.Pattern[str]
    place: str
    handler: Handler
    shown: str
    rests_on: str
    confidence: str
    since: str = FIRST
    until: str | None = None

    def is_in(self, generation: str) -> bool:
        """Whether a generation has it."""
        return within(generation, self.since, self.until)

    def takes(self, method: str) -> bool:
        """Whether it answers that method; HEAD is answered like GET."""
        return self.method in (ANY_METHOD, "GET" if method == "HEAD" else method)


def methods_of(routes: list[Route]) -> str:
    """All methods of endpoints that share a path, for the header ``Allow``."""
    methods = {method: None for route in routes for method in (route.method, *(("HEAD",) * (route.method == "GET")))}
    return ", ".join((*methods, "OPTIONS"))

"""The entry of an endpoint in the table of routes, and the context that its handler gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from fake_server.service.callers import Caller
from fake_server.service.rules import Rule
from fake_server.service.service import Service
from fake_server.stage import Request, Response

ANY_METHOD: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """One admitted request.

    Attributes:
        path_param: The path's parameter, e.g. a conversation's id; empty for paths without one.
    """

    service: Service
    request: Request
    caller: Caller
    path_param: str = ""


Handler: TypeAlias = Callable[[RequestContext], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint.

    Attributes:
        method: In upper case, or `ANY_METHOD`.
        path_template: The path as docs/protocol.md writes it, e.g. ``/c/api/conversations/{id}/history``.
        path: Matches the whole path; its one group is the path's parameter.
        place: The endpoint's name for faults; empty for an endpoint without faults that admits everybody.
        handler: Makes the response.
        rule: What the endpoint does, its source, and the generations that have it.
    """

    method: str
    path_template: str
    path: re.Pattern[str]
    place: str
    handler: Handler
    rule: Rule

    @property
    def name(self) -> str:
        """Method and path: ``GET /c/api/user``."""
        return f"{'ANY' if self.method == ANY_METHOD else self.method} {self.path_template}"

    def has_method(self, method: str) -> bool:
        """Whether the endpoint handles a method; HEAD is handled like GET."""
        return self.method in (ANY_METHOD, "GET" if method == "HEAD" else method)


def allowed_methods(routes: Iterable[Route]) -> str:
    """The methods of endpoints that share a path, for the header ``Allow``."""
    methods = {method: None for route in routes for method in (route.method, *(("HEAD",) * (route.method == "GET")))}
    return ", ".join((*methods, "OPTIONS"))

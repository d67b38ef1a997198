"""Every request but the chat socket's: one table of endpoints (docs/protocol.md §3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from fake_server.service import endpoints
from fake_server.service.access import refuse_request
from fake_server.service.callers import Caller
from fake_server.service.cors import answer_options, let_read
from fake_server.service.dialect import FIRST
from fake_server.service.pages import serving, signing_in
from fake_server.service.refusals import refusal
from fake_server.service.routing import ANY_METHOD, Handler, Route, Visit, methods_of
from fake_server.service.rules import turn_away
from fake_server.service.service import Service
from fake_server.service.uploads import attach
from fake_server.stage import Answer, Request, Response
from provider.wire import endpoints as paths

ABOUT: Final = "/.wiretape"
"""Says that this is a fake, so that no recording of it passes for one of the real service; beneath it stands what is
the fake's own."""
_FILES: Final = "files"
"""The place of what anybody may look at, with any token."""


def answer(service: Service, request: Request, caller: Caller) -> Answer:
    """The answer to one request."""
    answered = _answer(service, request, caller)
    return let_read(request, answered, service.config.origins) if isinstance(answered, Response) else answered


def find_routes(generation: str, path: str) -> list[tuple[Route, str]]:
    """The endpoints at a path in a generation, each with what the path names."""
    matching = ((route, route.path.fullmatch(path)) for route in ROUTES if route.is_in(generation))
    return [(route, unquote(found[1]) if found.re.groups else "") for route, found in matching if found]


def place_of(request: Request) -> str:
    """Which of `fake_server.service.refusals.PLACES` a request goes to; empty if none."""
    if request.path == paths.CHAT:
        return "upgrade"
    found = (route.place for route in ROUTES if route.takes(request.method) and route.path.fullmatch(request.path))
    return next(found, "")


def _answer(service: Service, request: Request, caller: Caller) -> Answer:
    matching = find_routes(service.config.generation, request.path)
    if not matching:
        return turn_away("unknown")
    for route, detail in matching:
        if route.takes(request.method):
            return _serve(route, Visit(service=service, request=request, caller=caller, detail=detail))
    methods = methods_of([route for route, _ in matching])
    if request.method == "OPTIONS":
        return answer_options(request, methods, service.config.origins)
    return turn_away("method", allow=methods)


def _serve(route: Route, visit: Visit) -> Answer:
    if route.place:
        how = visit.service.failure(route.place, visit.caller)
        if how is not None:
            return refusal(how)
        refused = None if route.place == _FILES else refuse_request(visit.service, visit.caller)
        if refused is not None:
            return refused
    return route.handler(visit)


def _route(  # noqa: PLR0913  # a row of the table
    method: str,
    shown: str,
    place: str,
    handler: Handler,
    rests_on: str,
    confidence: str,
    *,
    since: str = FIRST,
    until: str | None = None,
    path: str | None = None,
) -> Route:
    pattern = path or re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(shown))
    return Route(
        method=method,
        path=re.compile(pattern),
        place=place,
        handler=handler,
        shown=shown,
        rests_on=rests_on,
        confidence=confidence,
        since=since,
        until=until,
    )


_ONE: Final = paths.CONVERSATIONS + "/{id}"
_BUNDLE_ONLY: Final = (
    _ONE + "/autosuggest",
    paths.CONVERSATIONS + "/search/status",
    paths.API + "/activation/homepage",
    paths.API + "/messages/{id}",
    paths.API + "/react",
    paths.API + "/feedback",
    paths.SHARES + "/{id}/continue",
    paths.API + "/join/{token}",
)


def _bundle_only() -> Iterable[Route]:
    for shown in _BUNDLE_ONLY:
        yield _route(ANY_METHOD, shown, "", endpoints.tell_nothing, "§3.1", "[1]", since="2026")


ROUTES: Final = (
    _route("GET", "/", "", endpoints.show_page, "§3.1", "[3]"),
    _route("GET", ABOUT, "", endpoints.tell_fake, "", ""),
    _route("GET", ABOUT + "/sign-in", "", serving.show_sign_in, "", ""),
    _route("POST", ABOUT + "/sign-in", "", signing_in.sign_in, "", ""),
    _route("DELETE", ABOUT + "/sign-in", "", signing_in.sign_out, "", ""),
    _route("POST", ABOUT + "/expire", "", signing_in.expire, "", ""),
    _route("GET", ABOUT + "/pages/{name}", "", serving.show_asset, "", ""),
    _route("GET", paths.USER, "user", endpoints.tell_user, "§3.2", "[5]"),
    _route("GET", paths.USER_SETTINGS, "user", endpoints.tell_settings, "§3.1", "[1]", since="2025-10"),
    _route("GET", paths.CONFIG, "config", endpoints.tell_config, "§3.6", "[2]", since="2026"),
    _route("POST", paths.START, "start", endpoints.start, "§3.5", "[5]", since="2025-10"),
    _route("POST", paths.TEMPORARY_SESSION, "session", endpoints.open_temporary, "§2.1", "[2]", since="2026"),
    _route("GET", paths.CONVERSATIONS, "conversations", endpoints.list_all, "§3.1", "[3]"),
    _route("POST", paths.CONVERSATIONS, "conversations", endpoints.open_one, "§3.1", "[8+]"),
    _route("DELETE", _ONE, "conversations", endpoints.delete_one, "§3.1", "[2]"),
    _route("GET", _ONE + "/history", "history", endpoints.tell_history, "§3.4", "[4]"),
    _route("POST", _ONE + "/shares", "conversations", endpoints.share_one, "§3.1", "[inf]"),
    _route("GET", paths.CONVERSATION_SHARES + "/{id}", _FILES, endpoints.show_share, "§3.4", "[1]"),
    _route(
        "GET",
        paths.SHARES + "/{id}",
        "history",
        endpoints.show_share_to_members,
        "§3.1",
        "[1]",
        since="2026",
    ),
    _route("POST", paths.ATTACHMENTS, "attachments", attach, "§3.3", "[4]"),
    _route(
        "GET",
        "/attachments/{id}.png",
        _FILES,
        endpoints.show_attachment,
        "§3.3",
        "[1]",
        path=r"/attachments/([\w-]+)(?:\.\w+)?",
    ),
    _route(
        "GET",
        "/th/id/BCO.{uuid}.png",
        _FILES,
        endpoints.show_image,
        "§3.9",
        "[2]",
        path=r"/th/id/BCO\.([0-9a-f-]{36})\.png",
    ),
    _route("POST", paths.CLARITY, "", endpoints.take_telemetry, "§3.1", "[1]", until="2025-03"),
    *_bundle_only(),
)
"""All endpoints. The chat socket is `fake_server.service.chat_socket`'s."""

"""Every request but the chat socket's: one table of endpoints (docs/protocol.md §3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from fake_server.service import rest_account, rest_conversations, rest_files, rest_sessions
from fake_server.service.admission import refuse_request
from fake_server.service.callers import Caller
from fake_server.service.eras import FIRST
from fake_server.service.grounds import turn_away
from fake_server.service.pages import serving, signing_in
from fake_server.service.refusals import refusal
from fake_server.service.routing import ANY_METHOD, Handler, Route, Visit, methods_of
from fake_server.service.service import Service
from fake_server.service.sharing import answer_options, let_read
from fake_server.service.uploads import attach
from fake_server.stage import Answer, Request, Response
from provider.wire import endpoints

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
    if request.path == endpoints.CHAT:
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


_ONE: Final = endpoints.CONVERSATIONS + "/{id}"
_BUNDLE_ONLY: Final = (
    _ONE + "/autosuggest",
    endpoints.CONVERSATIONS + "/search/status",
    endpoints.API + "/activation/homepage",
    endpoints.API + "/messages/{id}",
    endpoints.API + "/react",
    endpoints.API + "/feedback",
    endpoints.SHARES + "/{id}/continue",
    endpoints.API + "/join/{token}",
)


def _bundle_only() -> Iterable[Route]:
    for shown in _BUNDLE_ONLY:
        yield _route(ANY_METHOD, shown, "", rest_conversations.tell_nothing, "§3.1", "[1]", since="2026")


ROUTES: Final = (
    _route("GET", "/", "", rest_account.show_page, "§3.1", "[3]"),
    _route("GET", ABOUT, "", rest_account.tell_fake, "", ""),
    _route("GET", ABOUT + "/sign-in", "", serving.show_sign_in, "", ""),
    _route("POST", ABOUT + "/sign-in", "", signing_in.sign_in, "", ""),
    _route("DELETE", ABOUT + "/sign-in", "", signing_in.sign_out, "", ""),
    _route("POST", ABOUT + "/expire", "", signing_in.expire, "", ""),
    _route("GET", ABOUT + "/pages/{name}", "", serving.show_asset, "", ""),
    _route("GET", endpoints.USER, "user", rest_account.tell_user, "§3.2", "[5]"),
    _route("GET", endpoints.USER_SETTINGS, "user", rest_account.tell_settings, "§3.1", "[1]", since="2025-10"),
    _route("GET", endpoints.CONFIG, "config", rest_account.tell_config, "§3.6", "[2]", since="2026"),
    _route("POST", endpoints.START, "start", rest_sessions.start, "§3.5", "[5]", since="2025-10"),
    _route("POST", endpoints.TEMPORARY_SESSION, "session", rest_sessions.open_temporary, "§2.1", "[2]", since="2026"),
    _route("GET", endpoints.CONVERSATIONS, "conversations", rest_conversations.list_all, "§3.1", "[3]"),
    _route("POST", endpoints.CONVERSATIONS, "conversations", rest_conversations.open_one, "§3.1", "[8+]"),
    _route("DELETE", _ONE, "conversations", rest_conversations.delete_one, "§3.1", "[2]"),
    _route("GET", _ONE + "/history", "history", rest_conversations.tell_history, "§3.4", "[4]"),
    _route("POST", _ONE + "/shares", "conversations", rest_conversations.share_one, "§3.1", "[inf]"),
    _route("GET", endpoints.CONVERSATION_SHARES + "/{id}", _FILES, rest_conversations.show_share, "§3.4", "[1]"),
    _route(
        "GET",
        endpoints.SHARES + "/{id}",
        "history",
        rest_conversations.show_share_to_members,
        "§3.1",
        "[1]",
        since="2026",
    ),
    _route("POST", endpoints.ATTACHMENTS, "attachments", attach, "§3.3", "[4]"),
    _route(
        "GET",
        "/attachments/{id}.png",
        _FILES,
        rest_files.show_attachment,
        "§3.3",
        "[1]",
        path=r"/attachments/([\w-]+)(?:\.\w+)?",
    ),
    _route(
        "GET",
        "/th/id/BCO.{uuid}.png",
        _FILES,
        rest_files.show_image,
        "§3.9",
        "[2]",
        path=r"/th/id/BCO\.([0-9a-f-]{36})\.png",
    ),
    _route("POST", endpoints.CLARITY, "", rest_account.take_telemetry, "§3.1", "[1]", until="2025-03"),
    *_bundle_only(),
)
"""All endpoints. The chat socket is `fake_server.service.chat`'s."""

"""The table of endpoints, and the response to every request but the chat socket's (docs/protocol.md §3)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from fake_server.service import endpoints
from fake_server.service.access import FILES, UPGRADE, admit
from fake_server.service.callers import Caller
from fake_server.service.cors import add_cors_headers, preflight_response
from fake_server.service.dialect import FIRST
from fake_server.service.pages import serving, signing_in
from fake_server.service.refusals import reject
from fake_server.service.routing import ANY_METHOD, Handler, RequestContext, Route, allowed_methods
from fake_server.service.rules import Rule
from fake_server.service.service import Service
from fake_server.service.uploads import attach
from fake_server.stage import Answer, Request, Response
from provider.wire import endpoints as paths

ABOUT: Final = "/.wiretape"
"""Identifies the fake, so that no recording of it passes for one of the real service; its own endpoints are below."""
_ENDPOINT_PREFIX: Final = re.compile(r"^``[^`]*``( of any ``[^`]*``)?[:.]\s*")
"""A handler's docstring begins with its endpoint, which the route names already."""


def respond(service: Service, request: Request, caller: Caller) -> Answer:
    """Answer one request, CORS headers included."""
    answer = _respond(service, request, caller)
    return add_cors_headers(request, answer, service.config.origins) if isinstance(answer, Response) else answer


def find_routes(generation: str, path: str) -> list[tuple[Route, str]]:
    """The endpoints at a path in a generation, each with the path's parameter."""
    matching = ((route, route.path.fullmatch(path)) for route in ROUTES if route.rule.is_in(generation))
    return [(route, unquote(found[1]) if found.re.groups else "") for route, found in matching if found]


def place_of(request: Request) -> str:
    """The request's place, one of `fake_server.service.refusals.PLACES`; empty if it has none."""
    if request.path == paths.CHAT:
        return UPGRADE
    found = (route.place for route in ROUTES if route.has_method(request.method) and route.path.fullmatch(request.path))
    return next(found, "")


def _respond(service: Service, request: Request, caller: Caller) -> Answer:
    matching = find_routes(service.config.generation, request.path)
    if not matching:
        return reject("unknown")
    for route, path_param in matching:
        if route.has_method(request.method):
            context = RequestContext(service=service, request=request, caller=caller, path_param=path_param)
            refusal = admit(service, route.place, caller) if route.place else None
            return refusal or route.handler(context)
    methods = allowed_methods(route for route, _ in matching)
    if request.method == "OPTIONS":
        return preflight_response(request, methods, service.config.origins)
    return reject("method", allow=methods)


def _route(  # noqa: PLR0913  # a row of the table
    method: str,
    template: str,
    place: str,
    handler: Handler,
    paragraph: str = "",
    confidence: str = "",
    *,
    since: str = FIRST,
    until: str | None = None,
    path: str | None = None,
) -> Route:
    pattern = path or re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(template))
    about = _summary(handler)
    return Route(
        method=method,
        path_template=template,
        path=re.compile(pattern),
        place=place,
        handler=handler,
        rule=Rule(about=about, paragraph=paragraph, confidence=confidence, since=since, until=until),
    )


def _summary(handler: Handler) -> str:
    """The first paragraph of a handler's docstring, in one line."""
    text = _ENDPOINT_PREFIX.sub("", inspect.cleandoc(handler.__doc__ or "")).partition("\n\n")[0]
    return " ".join(text.split()).replace("``", "`").rstrip(".")


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
    for template in _BUNDLE_ONLY:
        yield _route(ANY_METHOD, template, "", endpoints.unknown_endpoint, "§3.1", "[1]", since="2026")


ROUTES: Final = (
    _route("GET", "/", "", endpoints.get_start_page, "§3.1", "[3]"),
    _route("GET", ABOUT, "", endpoints.get_about),
    _route("GET", ABOUT + "/sign-in", "", serving.get_sign_in_page),
    _route("POST", ABOUT + "/sign-in", "", signing_in.sign_in),
    _route("DELETE", ABOUT + "/sign-in", "", signing_in.sign_out),
    _route("POST", ABOUT + "/expire", "", signing_in.expire_tokens),
    _route("GET", ABOUT + "/pages/{name}", "", serving.get_asset),
    _route("GET", paths.USER, "user", endpoints.get_user, "§3.2", "[5]"),
    _route("GET", paths.USER_SETTINGS, "user", endpoints.get_settings, "§3.1", "[1]", since="2025-10"),
    _route("GET", paths.CONFIG, "config", endpoints.get_config, "§3.6", "[2]", since="2026"),
    _route("POST", paths.START, "start", endpoints.start_session, "§3.5", "[5]", since="2025-10"),
    _route("POST", paths.TEMPORARY_SESSION, "session", endpoints.create_temporary_session, "§2.1", "[2]", since="2026"),
    _route("GET", paths.CONVERSATIONS, "conversations", endpoints.list_conversations, "§3.1", "[3]"),
    _route("POST", paths.CONVERSATIONS, "conversations", endpoints.create_conversation, "§3.1", "[8+]"),
    _route("DELETE", _ONE, "conversations", endpoints.delete_conversation, "§3.1", "[2]"),
    _route("GET", _ONE + "/history", "history", endpoints.get_history, "§3.4", "[4]"),
    _route("POST", _ONE + "/shares", "conversations", endpoints.share_conversation, "§3.1", "[inf]"),
    _route("GET", paths.CONVERSATION_SHARES + "/{id}", FILES, endpoints.get_share, "§3.4", "[1]"),
    _route(
        "GET",
        paths.SHARES + "/{id}",
        "history",
        endpoints.get_member_share,
        "§3.1",
        "[1]",
        since="2026",
    ),
    _route("POST", paths.ATTACHMENTS, "attachments", attach, "§3.3", "[4]"),
    _route(
        "GET",
        "/attachments/{id}.png",
        FILES,
        endpoints.get_attachment,
        "§3.3",
        "[1]",
        path=r"/attachments/([\w-]+)(?:\.\w+)?",
    ),
    _route(
        "GET",
        "/th/id/BCO.{uuid}.png",
        FILES,
        endpoints.get_image,
        "§3.9",
        "[2]",
        path=r"/th/id/BCO\.([0-9a-f-]{36})\.png",
    ),
    _route("POST", paths.CLARITY, "", endpoints.collect_telemetry, "§3.1", "[1]", until="2025-03"),
    *_bundle_only(),
)
"""All endpoints but the chat socket, which `fake_server.service.chat_socket` handles."""

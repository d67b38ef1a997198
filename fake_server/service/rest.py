"""Every request but the chat socket's: one table of endpoints (docs/protocol.md §3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from fake_server.service.callers import Caller
from fake_server.service.conversations import Conversation
from fake_server.service.images import draw_png, image_type
from fake_server.service.naming import Names, anonymous_cookie, is_anonymous_cookie, is_image_id
from fake_server.service.refusals import page, refusal, refuse, reply
from fake_server.service.service import Service
from fake_server.service.uploads import attach
from fake_server.stage import Answer, Request, Response
from provider.wire import endpoints
from provider.wire.message import Headers

ABOUT: Final = "/.wiretape"
"""Says that this is a fake, so that no recording of it passes for one of the real service."""
_FULL_WIDTH: Final = 64
_MOST_WIDTH: Final = 512
_COOKIE_SECONDS: Final = 390 * 86_400
_PAGE: Final = (
    b'<!DOCTYPE html><html lang="en"><head><title>A fake Copilot</title></head><body><h1>A fake Copilot</h1>'
    b"<p>Point a client at this address: <code>COPILOT_BASE_URL</code>.</p></body></html>"
)

Handler = Callable[[Service, Request, Caller, str], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    Attributes:
        path: The whole path; one group is handed to the handler.
        place: What faults call it; empty where none strike and anybody may come.
        since_start: Only in generations that have ``/start``.
    """

    method: str
    path: re.Pattern[str]
    place: str
    handler: Handler
    since_start: bool = False


def answer(service: Service, request: Request, caller: Caller) -> Answer:
    """The answer to one request."""
    path = request.path
    matching = [
        (route, found)
        for route in ROUTES
        if (found := route.path.fullmatch(path)) and (service.dialect.has_start or not route.since_start)
    ]
    if not matching:
        return refuse(404)
    wanted = "GET" if request.method == "HEAD" else request.method
    for route, found in matching:
        if route.method == wanted:
            return _serve(service, request, caller, route, unquote(found[1]) if found.re.groups else "")
    return reply({"status": 405}, 405, (("allow", ", ".join(route.method for route, _ in matching)),))


def place_of(request: Request) -> str:
    """Which of `fake_server.service.refusals.PLACES` a request goes to; empty if none."""
    if request.path == endpoints.CHAT:
        return "upgrade"
    wanted = "GET" if request.method == "HEAD" else request.method
    found = (route.place for route in ROUTES if route.method == wanted and route.path.fullmatch(request.path))
    return next(found, "")


def _serve(service: Service, request: Request, caller: Caller, route: Route, detail: str) -> Answer:
    if route.place:
        how = service.failure(route.place, caller)
        if how is not None:
            return refusal(how)
        if not caller.welcome and route.place != "files":
            return refuse(401)
    return route.handler(service, request, caller, detail)


# -------------------------------------------------------------------- who and what
def _about(service: Service, _: Request, __: Caller, ___: str) -> Response:
    return reply({"fake": "copilot", "generation": service.generation.name, "seed": service.config.seed})


def _start_page(_: Service, __: Request, ___: Caller, ____: str) -> Response:
    return page(_PAGE)


def _user(service: Service, _: Request, caller: Caller, __: str) -> Response:
    name = service.config.first_name if caller.signed_in else None
    user_id = Names(service.config.seed, "user", caller.key).nanoid()
    return reply({"id": user_id, "firstName": name, **service.dialect.user})


def _config(service: Service, _: Request, __: Caller, ___: str) -> Response:
    return reply(
        {
            "maxTextMessageLength": service.generation.max_text,
            "maxPageContentLength": 120_000,
            "maxPageTitleLength": 1000,
            "messagePreview": {"minTextLength": 10, "textDeltaPercent": 20, "debounceInMilliseconds": 500},
            "messageRecoveryInMinutes": 5,
            "pageLimit": 20,
            "voices": [],
        }
    )


# -------------------------------------------------------------------- sessions
def _start(service: Service, request: Request, caller: Caller, _: str) -> Response:
    if service.config.strict and caller.cookie and not is_anonymous_cookie(service.config.seed, caller.cookie):
        return refuse(401)
    conversation = _current(service, request, caller) or service.memory.new_conversation(caller.key)
    body = {
        "currentConversationId": conversation.id,
        "userId": Names(service.config.seed, "user", caller.key).nanoid(),
        "isNewUser": not caller.signed_in and caller.cookie is None,
        "isBlocked": False,
        "banExpiresAt": None,
        "remainingTurns": 1000,
        "features": [],
        "cohortStatus": "none",
    }
    return reply(body, 200, (("x-copilot-conversation-id", conversation.id), *_cookie(service, caller)))


def _current(service: Service, request: Request, caller: Caller) -> Conversation | None:
    """The caller's last conversation, if they do not want a new one."""
    try:
        wishes: Any = msgspec.json.decode(request.body or b"{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if not isinstance(wishes, dict) or wishes.get("startNewConversation") is not False:
        return None
    return next(iter(service.memory.conversations_of(caller.key)), None)


def _cookie(service: Service, caller: Caller) -> Headers:
    if caller.signed_in or caller.cookie:
        return ()
    names = service.memory.names("cookie", caller.key)
    value = anonymous_cookie(service.config.seed, names, service.dialect.start)
    attributes = f"Max-Age={_COOKIE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=Lax"
    return (("set-cookie", f"{endpoints.ANONYMOUS_COOKIE}={value}; {attributes}"),)


def _temporary_session(service: Service, _: Request, caller: Caller, __: str) -> Response:
    return reply({"sessionKey": service.memory.new_session_key(caller.key)})


# -------------------------------------------------------------------- conversations
def _open(service: Service, _: Request, caller: Caller, __: str) -> Response:
    return reply({"id": service.memory.new_conversation(caller.key).id})


def _list(service: Service, _: Request, caller: Caller, __: str) -> Response:
    results = [each.summary() for each in service.memory.conversations_of(caller.key)]
    return reply({"results": results, "next": None})


def _find(service: Service, caller: Caller, conversation_id: str) -> Conversation | None:
    """A conversation that the caller may see: their own, or one that an anonymous caller opened."""
    found = service.memory.conversation(conversation_id)
    return found if found and (found.owner == caller.key or not found.owner.startswith("account-")) else None


def _history(service: Service, _: Request, caller: Caller, conversation_id: str) -> Response:
    found = _find(service, caller, conversation_id)
    return reply({"results": found.history(), "next": None}) if found else refuse(404)


def _delete(service: Service, _: Request, caller: Caller, conversation_id: str) -> Response:
    if _find(service, caller, conversation_id) is None:
        return refuse(404)
    service.memory.delete(conversation_id)
    return reply({})


# -------------------------------------------------------------------- files
def _attachment(service: Service, _: Request, __: Caller, attachment_id: str) -> Response:
    found = service.memory.attachment(attachment_id)
    if found is None:
        return refuse(404)
    # Whatever was uploaded is shown as a file, never as a page of this server's.
    headers = (("content-type", found.content_type), ("x-content-type-options", "nosniff"))
    return Response(headers=(*headers, ("content-security-policy", "sandbox")), body=found.body)


def _image(service: Service, request: Request, _: Caller, image_id: str) -> Response:
    if not is_image_id(service.config.seed, image_id):
        return refuse(404)
    brought = service.memory.picture(image_id)
    if brought is not None:
        return Response(headers=(("content-type", image_type(brought)),), body=brought)
    asked = endpoints.query_values(request.target).get("w", "")
    width = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else _FULL_WIDTH
    body = draw_png(image_id, min(max(width, 1), _MOST_WIDTH))
    return Response(headers=(("content-type", "image/png"),), body=body)


def _route(method: str, path: str, place: str, handler: Handler, *, since_start: bool = False) -> Route:
    return Route(method, re.compile(path), place, handler, since_start)


ROUTES: Final = (
    _route("GET", "/", "", _start_page),
    _route("GET", re.escape(ABOUT), "", _about),
    _route("GET", endpoints.USER, "user", _user),
    _route("GET", endpoints.CONFIG, "config", _config),
    _route("POST", endpoints.START, "start", _start, since_start=True),
    _route("POST", endpoints.TEMPORARY_SESSION, "session", _temporary_session, since_start=True),
    _route("GET", endpoints.CONVERSATIONS, "conversations", _list),
    _route("POST", endpoints.CONVERSATIONS, "conversations", _open),
    _route("DELETE", endpoints.CONVERSATIONS + "/([^/]+)", "conversations", _delete),
    _route("GET", endpoints.CONVERSATIONS + "/([^/]+)/history", "history", _history),
    _route("POST", endpoints.ATTACHMENTS, "attachments", attach),
    _route("GET", r"/attachments/([\w-]+)(?:\.\w+)?", "files", _attachment),
    _route("GET", r"/th/id/BCO\.([0-9a-f-]{36})\.png", "files", _image),
)
"""All endpoints. The chat socket is `fake_server.service.chat`'s."""

"""The start page, and what the service tells of a caller and of itself (docs/protocol.md §3.2, §3.6)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_server.service.conversations import Conversation, PageError, page_of
from fake_server.service.deterministic import Names, anonymous_cookie, device_cookies, is_image_id
from fake_server.service.dialect import within
from fake_server.service.images import draw_png, image_type
from fake_server.service.pages.serving import show_chat
from fake_server.service.refusals import reply
from fake_server.service.routing import Visit
from fake_server.service.rules import turn_away
from fake_server.stage import Response
from provider.websocket import Headers
from provider.wire.endpoints import ANONYMOUS_COOKIE, query_values

_GIVES_IDENTITY_UNTIL: Final = "2025-03"
"""The page gives the anonymous cookie before ``/start`` does (§2.1: it is older than ``/start``; inferred)."""


def show_page(visit: Visit) -> Response:
    """``GET /``: a page to chat at, and cookies for browsers that have none yet (§2.2)."""
    cookies = ()
    if "MUID" not in visit.request.cookies():
        device = device_cookies(visit.service.memory.names("device", visit.caller.key))
        cookies = tuple(("set-cookie", f"{name}={value}; Path=/; SameSite=Lax") for name, value in device.items())
    if within(visit.service.config.generation, _GIVES_IDENTITY_UNTIL, _GIVES_IDENTITY_UNTIL):
        cookies = (*cookies, *give_cookie(visit))
    return show_chat(visit.service, cookies)


def tell_fake(visit: Visit) -> Response:
    """What this is: so that no recording of it passes for one of the real service."""
    service = visit.service
    return reply({"fake": "copilot", "generation": service.generation.name, "seed": service.config.seed})


def tell_user(visit: Visit) -> Response:
    """``GET /c/api/user`` of any ``api-version``: the name is null for anonymous callers."""
    service, caller = visit.service, visit.caller
    name = (caller.account or service.config.first_name) if caller.signed_in else None
    user_id = Names(service.config.seed, "user", caller.key).nanoid()
    return reply({"id": user_id, "firstName": name, **service.dialect.user})


def tell_settings(_: Visit) -> Response:
    """``GET /c/api/user/settings``: its answer was never recorded, so it is an empty object (inferred)."""
    return reply({})


def tell_config(visit: Visit) -> Response:
    """``GET /c/api/config``: the names are seen, of the values only the longest text."""
    return reply(
        {
            "maxTextMessageLength": visit.service.generation.max_text,
            "maxPageContentLength": 120_000,
            "maxPageTitleLength": 1000,
            "messagePreview": {"minTextLength": 10, "textDeltaPercent": 20, "debounceInMilliseconds": 500},
            "messageRecoveryInMinutes": 5,
            "pageLimit": 20,
            "voices": [],
        }
    )


def take_telemetry(visit: Visit) -> Response:
    """``POST /cl/eus-sc/collect``: whatever was collected is answered with a word and a token (§3.1)."""
    token = visit.service.memory.new_clarity_token(visit.caller.key)
    body = f'clarity [{{"value":"{token}"}}]'.encode()
    return Response(headers=(("content-type", "text/plain; charset=utf-8"),), body=body)


_COOKIE_SECONDS: Final = 390 * 86_400


def start(visit: Visit) -> Response:
    """``POST /c/api/start``: any body, and none, is taken; ``startNewConversation: false`` keeps the last one."""
    service, caller = visit.service, visit.caller
    conversation = _current(visit) or service.memory.new_conversation(caller.key)
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
    return reply(body, 200, (("x-copilot-conversation-id", conversation.id), *give_cookie(visit)))


def _current(visit: Visit) -> Conversation | None:
    """The caller's last conversation, if they do not want a new one."""
    try:
        wishes: Any = msgspec.json.decode(visit.request.body or b"{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if not isinstance(wishes, dict) or wishes.get("startNewConversation") is not False:
        return None
    return next(iter(visit.service.memory.conversations_of(visit.caller.key)), None)


def give_cookie(visit: Visit) -> Headers:
    """The anonymous cookie, for callers who have none and are not signed in: a JWT that lasts 390 days."""
    service, caller = visit.service, visit.caller
    if caller.signed_in or caller.cookie:
        return ()
    names = service.memory.names("cookie", caller.key)
    value = anonymous_cookie(service.config.seed, names, service.clock.now)
    attributes = f"Max-Age={_COOKIE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=Lax"
    return (("set-cookie", f"{ANONYMOUS_COOKIE}={value}; {attributes}"),)


def open_temporary(visit: Visit) -> Response:
    """``POST /c/api/user/sessions/temporary``: a key for six hours."""
    return reply({"sessionKey": visit.service.memory.new_session_key(visit.caller.key)})


_TYPE: Final = "chat"


def open_one(visit: Visit) -> Response:
    """``POST /c/api/conversations``: whatever the body is, also a form of length 0."""
    return reply({"id": visit.service.memory.new_conversation(visit.caller.key).id})


def list_all(visit: Visit) -> Response:
    """``GET /c/api/conversations``: the caller's, the last used first; ``types`` without ``chat`` leaves none."""
    types = query_values(visit.request.target).get("types")
    wanted = types is None or _TYPE in types.split(",")
    mine = visit.service.memory.conversations_of(visit.caller.key) if wanted else []
    return _page(visit, [each.summary() for each in mine])


def tell_history(visit: Visit) -> Response:
    """``GET /c/api/conversations/{id}/history``: newest first; authors as the generation writes them."""
    found = _find(visit)
    return _page(visit, found.history()) if found else turn_away("unknown")


def delete_one(visit: Visit) -> Response:
    """``DELETE /c/api/conversations/{id}``: it is forgotten."""
    found = _find(visit)
    if found is None:
        return turn_away("unknown")
    visit.service.memory.delete(found.id)
    return reply({})


def share_one(visit: Visit) -> Response:
    """``POST /c/api/conversations/{id}/shares``: how a page shares was never seen; this way is inferred."""
    found = _find(visit)
    return reply({"id": visit.service.memory.share(found)}) if found else turn_away("unknown")


def show_share(visit: Visit) -> Response:
    """``GET /c/api/conversations/shares/{id}``: what was shared, for anybody."""
    found = visit.service.memory.shared(visit.detail)
    return reply(found.share()) if found else turn_away("unknown")


def show_share_to_members(visit: Visit) -> Response:
    """``GET /c/api/shares/{id}``: the other path that is told of; anonymous callers are refused there (inferred)."""
    return show_share(visit) if visit.caller.signed_in else turn_away("sign-in")


def tell_nothing(_: Visit) -> Response:
    """Endpoints that only the page's code names: no source shows what they answer, so they are unknown here."""
    return turn_away("unknown")


def _find(visit: Visit) -> Conversation | None:
    """A conversation that the caller may see: their own, or one that an anonymous caller opened."""
    found = visit.service.memory.conversation(visit.detail)
    if found and (found.owner == visit.caller.key or not found.owner.startswith("account-")):
        return found
    return None


def _page(visit: Visit, items: list[dict[str, object]]) -> Response:
    try:
        return reply(page_of(items, visit.request.target, visit.service.config.page_size))
    except PageError as error:
        return turn_away("page", message=str(error))


_FULL_WIDTH: Final = 64
_MOST_WIDTH: Final = 512


def show_attachment(visit: Visit) -> Response:
    """``GET /attachments/{id}.png``: an upload, until it expires."""
    found = visit.service.memory.attachment(visit.detail)
    if found is None:
        return turn_away("unknown")
    # Whatever was uploaded is shown as a file, never as a page of this server's.
    headers = (("content-type", found.content_type), ("x-content-type-options", "nosniff"))
    return Response(headers=(*headers, ("content-security-policy", "sandbox")), body=found.body)


def show_image(visit: Visit) -> Response:
    """``GET /th/id/BCO.{uuid}.png``: a generated image, at the width ``w``; no cookie is needed."""
    service, image_id = visit.service, visit.detail
    if not is_image_id(service.config.seed, image_id):
        return turn_away("unknown")
    brought = service.memory.picture(image_id)
    if brought is not None:
        return Response(headers=(("content-type", image_type(brought)),), body=brought)
    asked = query_values(visit.request.target).get("w", "")
    width = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else _FULL_WIDTH
    body = draw_png(image_id, min(max(width, 1), _MOST_WIDTH))
    return Response(headers=(("content-type", "image/png"),), body=body)

"""The handlers of the REST endpoints: account, sessions, conversations and files (docs/protocol.md §2, §3).

The first paragraph of each docstring is the endpoint's row in ``--explain``.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_server.service.conversations import PageError, StoredConversation, page_of
from fake_server.service.deterministic import SeededIds, anonymous_cookie, device_cookies, is_image_id
from fake_server.service.dialect import applies_to
from fake_server.service.images import draw_png, image_type
from fake_server.service.pages.serving import chat_page
from fake_server.service.refusals import reject, reply
from fake_server.service.routing import RequestContext
from fake_server.stage import Response
from provider.websocket import Headers
from provider.wire.endpoints import ANONYMOUS_COOKIE

_PAGE_SETS_COOKIE: Final = "2025-03"
"""In this generation the start page sets the anonymous cookie (§2.1: it is older than ``/start``; inferred)."""
_COOKIE_SECONDS: Final = 390 * 86_400
_CHAT_TYPE: Final = "chat"
_FULL_WIDTH: Final = 64
_MOST_WIDTH: Final = 512
"""Widths of an image in pixels: without ``w``, and at most."""


# ---------------------------------------------------------------- the page, the account, the service
def get_start_page(context: RequestContext) -> Response:
    """``GET /``: the chat page, and cookies for browsers without them (§2.2)."""
    cookies = ()
    if "MUID" not in context.request.cookies():
        device = device_cookies(context.service.store.ids("device", context.caller.key))
        cookies = tuple(("set-cookie", f"{name}={value}; Path=/; SameSite=Lax") for name, value in device.items())
    if applies_to(context.service.config.generation, _PAGE_SETS_COOKIE, _PAGE_SETS_COOKIE):
        cookies = (*cookies, *_anonymous_cookie(context))
    return chat_page(context.service, cookies)


def get_about(context: RequestContext) -> Response:
    """``GET /.wiretape``: identify the fake, so that no recording of it passes for one of the service."""
    service = context.service
    return reply({"fake": "copilot", "generation": service.generation.name, "seed": service.config.seed})


def get_user(context: RequestContext) -> Response:
    """``GET /c/api/user`` of any ``api-version``: the name is null for anonymous callers."""
    service, caller = context.service, context.caller
    name = (caller.account or service.config.first_name) if caller.signed_in else None
    user_id = SeededIds(service.config.seed, "user", caller.key).nanoid()
    return reply({"id": user_id, "firstName": name, **service.dialect.user})


def get_settings(_: RequestContext) -> Response:
    """``GET /c/api/user/settings``: an empty object (inferred: no capture has the response)."""
    return reply({})


def get_config(context: RequestContext) -> Response:
    """``GET /c/api/config``: the known names; only the value of the longest text is known."""
    return reply(
        {
            "maxTextMessageLength": context.service.generation.max_text,
            "maxPageContentLength": 120_000,
            "maxPageTitleLength": 1000,
            "messagePreview": {"minTextLength": 10, "textDeltaPercent": 20, "debounceInMilliseconds": 500},
            "messageRecoveryInMinutes": 5,
            "pageLimit": 20,
            "voices": [],
        }
    )


def collect_telemetry(context: RequestContext) -> Response:
    """``POST /cl/eus-sc/collect``: for any body, a word and a token (§3.1)."""
    token = context.service.store.new_clarity_token(context.caller.key)
    body = f'clarity [{{"value":"{token}"}}]'.encode()
    return Response(headers=(("content-type", "text/plain; charset=utf-8"),), body=body)


# ---------------------------------------------------------------- sessions
def start_session(context: RequestContext) -> Response:
    """``POST /c/api/start``: any body or none; ``startNewConversation: false`` returns the last conversation."""
    service, caller = context.service, context.caller
    conversation = _current(context) or service.store.new_conversation(caller.key)
    body = {
        "currentConversationId": conversation.id,
        "userId": SeededIds(service.config.seed, "user", caller.key).nanoid(),
        "isNewUser": not caller.signed_in and caller.cookie is None,
        "isBlocked": False,
        "banExpiresAt": None,
        "remainingTurns": 1000,
        "features": [],
        "cohortStatus": "none",
    }
    return reply(body, 200, (("x-copilot-conversation-id", conversation.id), *_anonymous_cookie(context)))


def create_temporary_session(context: RequestContext) -> Response:
    """``POST /c/api/user/sessions/temporary``: a session key for six hours."""
    return reply({"sessionKey": context.service.store.new_session_key(context.caller.key)})


def _current(context: RequestContext) -> StoredConversation | None:
    """The caller's last conversation, unless the request starts a new one."""
    try:
        wishes: Any = msgspec.json.decode(context.request.body or b"{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if not isinstance(wishes, dict) or wishes.get("startNewConversation") is not False:
        return None
    return next(iter(context.service.store.conversations_of(context.caller.key)), None)


def _anonymous_cookie(context: RequestContext) -> Headers:
    """A ``set-cookie`` header with a JWT for 390 days, for an anonymous caller without a cookie; none for others."""
    service, caller = context.service, context.caller
    if caller.signed_in or caller.cookie:
        return ()
    ids = service.store.ids("cookie", caller.key)
    value = anonymous_cookie(service.config.seed, ids, service.clock.now)
    attributes = f"Max-Age={_COOKIE_SECONDS}; Path=/; Secure; HttpOnly; SameSite=Lax"
    return (("set-cookie", f"{ANONYMOUS_COOKIE}={value}; {attributes}"),)


# ---------------------------------------------------------------- conversations
def create_conversation(context: RequestContext) -> Response:
    """``POST /c/api/conversations``: accepts any body, also a form of length 0."""
    return reply({"id": context.service.store.new_conversation(context.caller.key).id})


def list_conversations(context: RequestContext) -> Response:
    """``GET /c/api/conversations``: the caller's, last used first; none for ``types`` without ``chat``."""
    types = context.request.query().get("types")
    wanted = types is None or _CHAT_TYPE in types.split(",")
    mine = context.service.store.conversations_of(context.caller.key) if wanted else []
    return _page(context, [each.summary() for each in mine])


def get_history(context: RequestContext) -> Response:
    """``GET /c/api/conversations/{id}/history``: messages, newest first, with authors in the generation's form."""
    found = _find(context)
    return _page(context, found.history()) if found else reject("unknown")


def delete_conversation(context: RequestContext) -> Response:
    """``DELETE /c/api/conversations/{id}``: delete the conversation."""
    found = _find(context)
    if found is None:
        return reject("unknown")
    context.service.store.delete(found.id)
    return reply({})


def share_conversation(context: RequestContext) -> Response:
    """``POST /c/api/conversations/{id}/shares``: share the conversation (inferred: no capture has the request)."""
    found = _find(context)
    return reply({"id": context.service.store.share(found)}) if found else reject("unknown")


def get_share(context: RequestContext) -> Response:
    """``GET /c/api/conversations/shares/{id}``: the shared messages, for any caller."""
    found = context.service.store.shared(context.path_param)
    return reply(found.share()) if found else reject("unknown")


def get_member_share(context: RequestContext) -> Response:
    """``GET /c/api/shares/{id}``: the other known path of a share; refuses anonymous callers (inferred)."""
    return get_share(context) if context.caller.signed_in else reject("sign-in")


def unknown_endpoint(_: RequestContext) -> Response:
    """Refuse endpoints that are known only from the page's code: no source has their responses."""
    return reject("unknown")


def _find(context: RequestContext) -> StoredConversation | None:
    """The path's conversation, if the caller may read it: the caller's own, or an anonymous caller's."""
    found = context.service.store.conversation(context.path_param)
    if found and (found.owner == context.caller.key or not found.owner.startswith("account-")):
        return found
    return None


def _page(context: RequestContext, items: list[dict[str, object]]) -> Response:
    try:
        return reply(page_of(items, context.request.query(), context.service.config.page_size))
    except PageError as error:
        return reject("page", message=str(error))


# ---------------------------------------------------------------- files
def get_attachment(context: RequestContext) -> Response:
    """``GET /attachments/{id}.png``: an uploaded image, until it expires."""
    found = context.service.store.attachment(context.path_param)
    if found is None:
        return reject("unknown")
    # A browser must show an uploaded file as a file, never as a page of this server.
    headers = (("content-type", found.content_type), ("x-content-type-options", "nosniff"))
    return Response(headers=(*headers, ("content-security-policy", "sandbox")), body=found.body)


def get_image(context: RequestContext) -> Response:
    """``GET /th/id/BCO.{uuid}.png``: a generated image of width ``w``; needs no cookie."""
    service, image_id = context.service, context.path_param
    if not is_image_id(service.config.seed, image_id):
        return reject("unknown")
    picture = service.store.picture(image_id)
    if picture is not None:
        return Response(headers=(("content-type", image_type(picture)),), body=picture)
    asked = context.request.query().get("w", "")
    width = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else _FULL_WIDTH
    body = draw_png(image_id, min(max(width, 1), _MOST_WIDTH))
    return Response(headers=(("content-type", "image/png"),), body=body)

"""Sessions: ``/start``, temporary sessions, and the anonymous cookie (docs/protocol.md §2.1, §3.5)."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fake_server.service.conversations import Conversation
from fake_server.service.naming import Names, anonymous_cookie
from fake_server.service.refusals import reply
from fake_server.service.routing import Visit
from fake_server.stage import Response
from provider.websocket import Headers
from provider.wire.endpoints import ANONYMOUS_COOKIE

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

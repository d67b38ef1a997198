"""The start page, and what the service tells of a caller and of itself (docs/protocol.md §3.2, §3.6)."""

from __future__ import annotations

from typing import Final

from fake_server.service.eras import within
from fake_server.service.naming import Names, device_cookies
from fake_server.service.pages.serving import show_chat
from fake_server.service.refusals import reply
from fake_server.service.rest_sessions import give_cookie
from fake_server.service.routing import Visit
from fake_server.stage import Response

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

"""Whom the service lets in: tokens, anonymous cookies and temporary sessions (docs/protocol.md §2)."""

from __future__ import annotations

from fake_server.service.callers import Caller
from fake_server.service.deterministic import is_anonymous_cookie
from fake_server.service.rules import holds, turn_away
from fake_server.service.service import Service
from fake_server.stage import Response


def refuse_request(service: Service, caller: Caller) -> Response | None:
    """Why a caller's request is turned away, as an answer; None if it is let in."""
    ground = caller.ground or _anonymous_ground(service, caller)
    return turn_away(ground) if ground else None


def refuse_upgrade(service: Service, caller: Caller) -> Response | None:
    """Why a caller's socket is turned away, as an answer; None if it is let in.

    Anonymous callers of 2026 need a temporary session for it (§2.1).
    """
    refused = refuse_request(service, caller)
    if refused or caller.signed_in or caller.session_key or not service.generation.anonymous_session:
        return refused
    return turn_away("session-key") if holds("session-key", service.config) else None


def _anonymous_ground(service: Service, caller: Caller) -> str:
    config = service.config
    if caller.signed_in:
        return ""
    if (
        caller.cookie
        and holds("cookie", config)
        and not is_anonymous_cookie(config.seed, caller.cookie, service.clock.now)
    ):
        return "cookie"
    if caller.session_key and holds("session-key", config) and not service.memory.knows_session_key(caller.session_key):
        return "session-key"
    return ""

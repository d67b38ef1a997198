"""Which requests and upgrades the service admits (docs/protocol.md §2)."""

from __future__ import annotations

from typing import Final

from fake_server.service.callers import Caller
from fake_server.service.deterministic import is_anonymous_cookie
from fake_server.service.refusals import Refusal, fault_response, reject
from fake_server.service.rules import REQUEST_RULES
from fake_server.service.service import Service

UPGRADE: Final = "upgrade"
"""The place of the chat socket."""
FILES: Final = "files"
"""The place of images and attachments, which anybody may read with any token."""


def admit(service: Service, place: str, caller: Caller) -> Refusal | None:
    """Decide on a request before its endpoint handles it.

    A fault that a test asked for comes first, then the rules on tokens, anonymous cookies and temporary sessions.

    Args:
        place: One of `fake_server.service.refusals.PLACES`, but ``any``.

    Returns:
        The refusal; None if the request is admitted.
    """
    fault = service.next_fault(place, caller)
    if fault is not None:
        return fault_response(fault)
    if place == FILES:
        return None
    rule = caller.violation or _anonymous_violation(service, caller)
    if not rule and place == UPGRADE and _lacks_session(service, caller):
        rule = "session-key"
    return reject(rule) if rule else None


def _anonymous_violation(service: Service, caller: Caller) -> str:
    """The name of the rule that an anonymous caller breaks; empty if it breaks none."""
    config = service.config
    if caller.signed_in:
        return ""
    if (
        caller.cookie
        and config.enforces(REQUEST_RULES["cookie"])
        and not is_anonymous_cookie(config.seed, caller.cookie, service.clock.now)
    ):
        return "cookie"
    if (
        caller.session_key
        and config.enforces(REQUEST_RULES["session-key"])
        and not service.store.knows_session_key(caller.session_key)
    ):
        return "session-key"
    return ""


def _lacks_session(service: Service, caller: Caller) -> bool:
    """Whether an anonymous caller of 2026 opens a socket without the temporary session that it needs (§2.1)."""
    is_needed = service.generation.anonymous_session and service.config.enforces(REQUEST_RULES["session-key"])
    return is_needed and not caller.signed_in and not caller.session_key

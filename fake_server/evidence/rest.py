"""The evidence for REST: endpoints, refusals and faults from their tables; tokens, cookies, headers (§2, §3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fake_server.evidence.model import Evidence, Group, row, row_of, where
from fake_server.service.refusals import FAULTS
from fake_server.service.routes import ROUTES
from fake_server.service.rules import REQUEST_RULES
from provider.wire.endpoints import ANONYMOUS_COOKIE, IDENTITY_HEADER, SESSION_KEY_HEADER

_SWITCHED: Final = {
    "/c/api/attachments": "attachment-urls",
    "/c/api/conversations/{id}/history": "authors",
    "/c/api/conversations/shares/{id}": "authors",
}


def _endpoints() -> Iterator[Evidence]:
    for route in ROUTES:
        yield row_of(Group.ENDPOINTS, route.name, route.rule, switch=_SWITCHED.get(route.path_template, ""))


def _refusals() -> Iterator[Evidence]:
    for name, rule in REQUEST_RULES.items():
        code = f" {rule.code}" if rule.code else ""
        yield row_of(Group.REFUSALS, name, rule, f"{rule.about}: {rule.status}{code}")


def _faults() -> Iterator[Evidence]:
    for how, fault in FAULTS.items():
        yield row_of(Group.FAULTS, str(how), fault, note=f"--fault PLACE={how}, or /refuse {how}")
    behaviour = "any other status from 400 to 599, with its number as JSON"
    yield row(Group.FAULTS, "STATUS", behaviour, note="--fault PLACE=STATUS, or /refuse STATUS")


_C: Final = Group.CALLERS
_CALLERS: Final = (
    row(_C, "no token", "accepts anonymous callers; their name is null", "§2.1", "[3]", until="2025-03"),
    row(
        _C,
        ANONYMOUS_COOKIE,
        "set by /start: in the form of a JWT, for 390 days",
        "§2.1",
        "[3]",
        since="2025-10",
        note="only --strict requires it",
    ),
    row(
        _C,
        ANONYMOUS_COOKIE + " by the page",
        "set by GET / in generations without /start",
        "§2.1",
        "[1], [inf]",
        until="2025-03",
    ),
    row(
        _C,
        "sessionKey",
        "anonymous callers' temporary session, for six hours",
        "§2.1",
        "[2]",
        only=where(lambda generation, _: generation.anonymous_session),
        note="only --strict requires it (460)",
    ),
    row(_C, SESSION_KEY_HEADER, "the temporary session's key on REST", "§2.1", "[1]", since="2026"),
    row(_C, "authorization", "a Bearer token on REST", "§2.6", "[5], conflict", note="works with the upgrade, too"),
    row(_C, "_U", "the cookie of Bing accounts, which is a token", "§2.2", "[2]"),
    row(
        _C,
        "MUID, MUIDB, _EDGE_S, _EDGE_V, _C_ETH",
        "device cookies, set by GET / for clients without them",
        "§2.2",
        "[3]",
    ),
    row(
        _C,
        IDENTITY_HEADER,
        "the identity type, in header or query",
        "§2.4",
        "[3]",
        note="only --strict compares it with the token",
    ),
    row(_C, "exp", "a readable token expires at its `exp`, by the fake's own clock", "§3.8", "[3]"),
    row(
        _C,
        "expired.., invalid..",
        "refuses tokens with this beginning (401)",
        note="unless --token-env names the only one",
    ),
    row(_C, "retry-after", "30 seconds, with every 429", note="no source shows that header"),
    row(_C, "x-copilot-conversation-id", "with the answer of /start", "§3.5", "[1]", since="2025-10"),
    row(_C, "access-control-..", "pages of allowed origins may read the answers (CORS)"),
    row(
        _C,
        "x-wiretape-because",
        "each refusal names its rule and source",
        note="never sent by the service; --no-because leaves it out",
    ),
)

REST: Final = (*_endpoints(), *_refusals(), *_faults(), *_CALLERS)
"""Evidence of all behaviour over HTTP."""

"""Who calls: by header, query or cookie."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from fake_server.service.config import Config
from fake_server.stage import Request
from provider.wire.endpoints import ANONYMOUS_COOKIE, query_values

_TOKEN_QUERY: Final = "accessToken"  # noqa: S105  # a name
_TOKEN_COOKIE: Final = "_U"  # noqa: S105  # a name
"""The cookie of signed-in callers (docs/protocol.md §2.2)."""
_REFUSED: Final = ("expired", "invalid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request.

    Attributes:
        key: Tells callers apart, and keeps no secret: a digest; empty for those who show nothing at all.
        signed_in: Whether a token came.
        bearer: Whether it came in the header.
        welcome: Whether the service takes that token; anonymous callers are welcome.
        cookie: The anonymous caller's cookie, or None.
    """

    key: str
    signed_in: bool
    bearer: bool = False
    welcome: bool = True
    cookie: str | None = field(default=None, repr=False)


def identify(request: Request, config: Config) -> Caller:
    """The caller of a request. Of several tokens the header's counts, then the query's, then the cookie's."""
    cookies = request.cookies()
    bearer = _bearer(request)
    token = bearer or query_values(request.target).get(_TOKEN_QUERY) or cookies.get(_TOKEN_COOKIE)
    if token:
        key = f"account-{_digest(token)}"
        return Caller(key=key, signed_in=True, bearer=bool(bearer), welcome=_accepts(config, token))
    cookie = cookies.get(ANONYMOUS_COOKIE)
    return Caller(key=f"anonymous-{_digest(cookie)}" if cookie else "", signed_in=False, cookie=cookie)


def _bearer(request: Request) -> str:
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _accepts(config: Config, token: str) -> bool:
    if config.tokens is not None:
        return token in config.tokens
    return not token.startswith(_REFUSED)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()[:16]

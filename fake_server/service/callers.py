"""Who calls: by header, query or cookie."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from fake_server.service.config import Config
from fake_server.service.dialect import DIALECTS
from fake_server.service.grounds import holds
from fake_server.service.tokens import Claims, read_claims
from fake_server.stage import Request
from provider.wire.endpoints import ANONYMOUS_COOKIE, IDENTITY_HEADER, SESSION_KEY_HEADER, query_values

_TOKEN_QUERY: Final = "accessToken"  # noqa: S105  # a name
_TOKEN_COOKIE: Final = "_U"  # noqa: S105  # a name
"""The cookie of signed-in callers (docs/protocol.md §2.2)."""
_SESSION_KEY_QUERY: Final = "temporarysessionkey"
_REFUSED: Final = ("expired", "invalid")
_GOOGLE: Final = "google"
"""How an opaque token of Google's begins here, and what the identity type is that goes with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request.

    Attributes:
        key: Tells callers apart, and keeps no secret: a digest; empty for those who show nothing at all.
        signed_in: Whether a token came.
        bearer: Whether it came in the header.
        ground: Why the service does not take that token, one of `fake_server.service.grounds.GROUNDS`; empty if it
            does. Anonymous callers are welcome.
        cookie: The anonymous caller's cookie, or None.
        session_key: The temporary session's key, or None.
    """

    key: str
    signed_in: bool
    bearer: bool = False
    ground: str = ""
    cookie: str | None = field(default=None, repr=False)
    session_key: str | None = field(default=None, repr=False)

    @property
    def welcome(self) -> bool:
        """Whether the service takes the caller's token."""
        return not self.ground


def identify(request: Request, config: Config, now: datetime | None = None) -> Caller:
    """The caller of a request.

    Of several tokens the header's counts, then the query's, then the cookie's. A readable token's owner is its subject,
    so that a fresh token is the same caller; of an opaque one nothing is known but itself.

    Args:
        now: The time by which tokens expire; by default the generation's first date.
    """
    cookies = request.cookies()
    query = {name.lower(): value for name, value in query_values(request.target).items()}
    session_key = request.header(SESSION_KEY_HEADER) or query.get(_SESSION_KEY_QUERY) or None
    bearer = _bearer(request)
    token = bearer or query.get(_TOKEN_QUERY.lower()) or cookies.get(_TOKEN_COOKIE)
    if not token:
        cookie = cookies.get(ANONYMOUS_COOKIE)
        shown = cookie or session_key
        key = f"anonymous-{_digest(shown)}" if shown else ""
        return Caller(key=key, signed_in=False, cookie=cookie, session_key=session_key)
    claims = read_claims(token)
    identity = request.header(IDENTITY_HEADER) or query.get(IDENTITY_HEADER) or ""
    ground = _ground(config, token, claims, identity.lower(), now or DIALECTS[config.generation].start)
    owner = f"{claims.issuer}|{claims.subject}" if claims and claims.subject else token
    return Caller(
        key=f"account-{_digest(owner)}", signed_in=True, bearer=bool(bearer), ground=ground, session_key=session_key
    )


def _bearer(request: Request) -> str:
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _ground(config: Config, token: str, claims: Claims | None, identity: str, now: datetime) -> str:
    """Why a token is not taken; empty if it is."""
    if config.tokens is not None:
        return "" if token in config.tokens else "token"
    if token.startswith(_REFUSED):
        return "token"
    if claims and claims.expires is not None and claims.expires <= now.timestamp():
        return "expired"
    if claims and not claims.fits and holds("audience", config):
        return "audience"
    provider = claims.identity if claims else _GOOGLE if token.startswith(_GOOGLE) else ""
    if provider and (provider == _GOOGLE) != (identity == _GOOGLE) and holds("identity-type", config):
        return "identity-type"
    return ""


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()[:16]

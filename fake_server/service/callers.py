"""Who calls: by header, query or cookie."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from fake_server.service.config import Config
from fake_server.service.dialect import DIALECTS
from fake_server.service.rules import holds
from fake_server.service.tokens import Claims, Expiry, Grant, read_claims, read_grant
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
        ground: Why the service does not take that token, one of `fake_server.service.rules.GROUNDS`; empty if it
            does. Anonymous callers are welcome.
        account: What the caller signed in as at the fake's own page; empty for all others.
        cookie: The anonymous caller's cookie, or None.
        session_key: The temporary session's key, or None.
    """

    key: str
    signed_in: bool
    bearer: bool = False
    ground: str = ""
    account: str = ""
    cookie: str | None = field(default=None, repr=False)
    session_key: str | None = field(default=None, repr=False)

    @property
    def welcome(self) -> bool:
        """Whether the service takes the caller's token."""
        return not self.ground


def identify(request: Request, config: Config, now: datetime | None = None, expiry: Expiry | None = None) -> Caller:
    """The caller of a request.

    Of several tokens the header's counts, then the query's, then the cookie's. A readable token's owner is its subject,
    so that a fresh token is the same caller; of an opaque one nothing is known but itself.

    Args:
        now: The time by which tokens expire; by default the generation's first date.
        expiry: Which tokens were made to expire; it learns of this one. None if none were.
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
    identity = request.header(IDENTITY_HEADER) or query.get(IDENTITY_HEADER) or ""
    shown = _Shown(token, read_grant(config.seed, token), read_claims(token), identity.lower())
    key = f"account-{_digest(shown.owner)}"
    is_over = expiry is not None and expiry.meet(token, key)
    return Caller(
        key=key,
        signed_in=True,
        bearer=bool(bearer),
        ground="ended" if is_over else _ground(config, shown, now or DIALECTS[config.generation].start),
        account=shown.grant.account if shown.grant else "",
        session_key=session_key,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """A token, and what it says of itself."""

    token: str
    grant: Grant | None
    claims: Claims | None
    identity: str

    @property
    def owner(self) -> str:
        if self.grant is not None:
            return self.grant.owner
        claims = self.claims
        return f"{claims.issuer}|{claims.subject}" if claims and claims.subject else self.token

    @property
    def provider(self) -> str:
        """Who vouches for the account; empty if nothing says."""
        if self.grant is not None:
            return self.grant.identity
        if self.claims is not None:
            return self.claims.identity
        return _GOOGLE if self.token.startswith(_GOOGLE) else ""


def _bearer(request: Request) -> str:
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _ground(config: Config, shown: _Shown, now: datetime) -> str:
    """Why a token is not taken; empty if it is."""
    claims = shown.claims
    if config.tokens is not None:
        return "" if shown.token in config.tokens else "token"
    if shown.token.startswith(_REFUSED) or (shown.grant and not shown.grant.chat):
        return "token"
    if claims and claims.expires is not None and claims.expires <= now.timestamp():
        return "expired"
    if claims and not claims.fits and holds("audience", config):
        return "audience"
    is_google = shown.provider == _GOOGLE
    if shown.provider and is_google != (shown.identity == _GOOGLE) and holds("identity-type", config):
        return "identity-type"
    return ""


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()[:16]

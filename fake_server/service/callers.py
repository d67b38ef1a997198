"""The caller behind a request, by header, query and cookie (docs/protocol.md §2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from fake_server.service.config import Config
from fake_server.service.dialect import DIALECTS
from fake_server.service.rules import REQUEST_RULES
from fake_server.service.tokens import GOOGLE, Claims, Expiry, FakeToken, read_claims, read_fake_token
from fake_server.stage import Request
from provider.wire.endpoints import ANONYMOUS_COOKIE, IDENTITY_HEADER, SESSION_KEY_HEADER

_TOKEN_QUERY: Final = "accesstoken"  # noqa: S105  # a name, in lower case
_TOKEN_COOKIE: Final = "_U"  # noqa: S105  # a name
"""The cookie of signed-in callers (docs/protocol.md §2.2)."""
_SESSION_KEY_QUERY: Final = "temporarysessionkey"
_REJECTED: Final = ("expired", "invalid")
"""How tokens begin that the fake always rejects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The sender of a request.

    Attributes:
        key: Identifies the caller: a digest that reveals no secret; empty for a caller without token and cookie.
        signed_in: Whether the request has a token.
        bearer: Whether the token is in the header.
        violation: The rule by which the service rejects the token, a key of
            `fake_server.service.rules.REQUEST_RULES`; empty if it accepts the token, and for anonymous callers.
        account: The account's name at the fake's own sign-in page; empty for all other callers.
        cookie: The anonymous caller's cookie, or None.
        session_key: The temporary session's key, or None.
    """

    key: str
    signed_in: bool
    bearer: bool = False
    violation: str = ""
    account: str = ""
    cookie: str | None = field(default=None, repr=False)
    session_key: str | None = field(default=None, repr=False)

    @property
    def accepted(self) -> bool:
        """Whether the service accepts the caller's token."""
        return not self.violation


def identify(request: Request, config: Config, now: datetime | None = None, expiry: Expiry | None = None) -> Caller:
    """Find the caller of a request.

    The header's token counts before the query's, and that before the cookie's. The subject of a readable token
    identifies its owner, so that a fresh token is the same caller; an opaque token identifies only itself.

    Args:
        now: The time for the token's expiry; None for the generation's first date.
        expiry: Tokens that a test expired; it registers this request's. None for none.
    """
    query = {name.lower(): value for name, value in request.query().items()}
    session_key = request.header(SESSION_KEY_HEADER) or query.get(_SESSION_KEY_QUERY) or None
    bearer = _bearer(request)
    cookies = request.cookies()
    token = bearer or query.get(_TOKEN_QUERY) or cookies.get(_TOKEN_COOKIE)
    if not token:
        cookie = cookies.get(ANONYMOUS_COOKIE)
        shown = cookie or session_key
        key = f"anonymous-{_digest(shown)}" if shown else ""
        return Caller(key=key, signed_in=False, cookie=cookie, session_key=session_key)
    shown = _read_token(token, request, query, config)
    key = f"account-{_digest(shown.owner)}"
    is_expired = expiry is not None and expiry.register(token, key)
    return Caller(
        key=key,
        signed_in=True,
        bearer=bool(bearer),
        violation="ended" if is_expired else _violation(config, shown, now or DIALECTS[config.generation].start),
        account=shown.fake.account if shown.fake else "",
        session_key=session_key,
    )


@dataclass(frozen=True, slots=True)
class _Token:
    """A request's token, its readable content, and the identity type that the request names."""

    token: str
    fake: FakeToken | None
    claims: Claims | None
    identity: str

    @property
    def owner(self) -> str:
        if self.fake is not None:
            return self.fake.owner
        claims = self.claims
        return f"{claims.issuer}|{claims.subject}" if claims and claims.subject else self.token

    @property
    def provider(self) -> str:
        """The account's identity provider; empty if unknown."""
        if self.fake is not None:
            return self.fake.identity
        if self.claims is not None:
            return self.claims.identity
        return GOOGLE if self.token.startswith(GOOGLE) else ""


def _read_token(token: str, request: Request, query: Mapping[str, str], config: Config) -> _Token:
    identity = request.header(IDENTITY_HEADER) or query.get(IDENTITY_HEADER) or ""
    return _Token(token, read_fake_token(config.seed, token), read_claims(token), identity.lower())


def _bearer(request: Request) -> str:
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _violation(config: Config, shown: _Token, now: datetime) -> str:
    """The rule by which the service rejects a token; empty if it accepts it."""
    if config.tokens is not None:
        return "" if shown.token in config.tokens else "token"
    if shown.token.startswith(_REJECTED) or (shown.fake and not shown.fake.chat):
        return "token"
    claims = shown.claims
    if claims and claims.expires is not None and claims.expires <= now.timestamp():
        return "expired"
    if claims and not claims.fits and config.enforces(REQUEST_RULES["audience"]):
        return "audience"
    return "identity-type" if _has_wrong_identity(shown) and config.enforces(REQUEST_RULES["identity-type"]) else ""


def _has_wrong_identity(shown: _Token) -> bool:
    """Whether the request names another identity type than the token's provider; unknown providers pass."""
    is_google = shown.provider == GOOGLE
    return bool(shown.provider) and is_google != (shown.identity == GOOGLE)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()[:16]

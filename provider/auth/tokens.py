"""Chooses the token and the cookies among all that a browser stores (docs/protocol.md §2.3, §2.4)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeGuard
from urllib.parse import parse_qsl, urlsplit

from provider.credentials import Credentials
from provider.urls import page_origin

_JWT_PARTS: Final = 3
_LAST_SECOND: Final = 253_402_300_800
"""The end of the year 9999."""


def find_token(entries: Iterable[tuple[str, str]], target: str, now: float) -> Credentials | None:
    """Return the best token in a page's local storage, or None.

    The best is an unexpired MSAL access token whose scope contains ``target``; of several, the one that expires last.
    Next best is a token of an Auth0 cache, preferably one whose key or scope contains ``target``. All other entries are
    ignored.

    Args:
        entries: Keys and values.
        target: Part of the scope, e.g. ``ChatAI``.
        now: Unix time, seconds.
    """
    parsed = [(key, value) for key, text in entries if (value := _parse(text)) is not None]
    found = [token for _, value in parsed if (token := _msal_token(value, target, now)) is not None]
    if found:
        return max(found, key=_end)
    identity = next((name for key, value in parsed if (name := _auth0_identity(key, value)) is not None), None)
    others = [
        (fits, token) for key, value in parsed for fits, token in _auth0_tokens(key, value, target, identity, now)
    ]
    return max(others, key=lambda other: (other[0], _end(other[1])))[1] if others else None


def token_in_socket_url(url: str, origin: str) -> Credentials | None:
    """Return the token in the URL of a socket that a page opened to its own ``origin`` (§2.6), or None."""
    try:
        if page_origin(url) != origin:
            return None
        query = dict(parse_qsl(urlsplit(url).query))
    except ValueError:
        return None
    token = query.get("accessToken")
    if not is_token(token):
        return None
    identity = query.get("X-UserIdentityType")
    return Credentials(token=str(token), identity_type=identity if is_token(identity) else None)


def select_cookies(cookies: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return names and values of DevTools cookies that all apply to one URL.

    Of cookies with the same name the most specific is used: the longest domain, then the host's own, then the longest
    path.
    """

    def precision(cookie: Mapping[str, Any]) -> tuple[int, bool, int]:
        domain = str(cookie.get("domain", ""))
        return len(domain.lstrip(".")), not domain.startswith("."), len(str(cookie.get("path", "")))

    named = [c for c in cookies if isinstance(c.get("name"), str) and isinstance(c.get("value"), str) and c["name"]]
    return {cookie["name"]: cookie["value"] for cookie in sorted(named, key=precision)}


def jwt_expiry(token: str) -> float | None:
    """Return the Unix time at which a JWT expires; None for other tokens. The signature is not verified."""
    parts = token.split(".")
    if len(parts) != _JWT_PARTS:
        return None
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        claims: Any = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return None
    end = _seconds(claims.get("exp")) if isinstance(claims, dict) else None
    return end if end is not None and 0 <= end < _LAST_SECOND else None


def _parse(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def is_token(value: Any) -> TypeGuard[str]:
    """Whether a value is a text that a header can carry as access token."""
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable() and " " not in value


def _seconds(value: Any) -> float | None:
    """Return a time, a number or a text of one, as a float; None for other values."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _end(found: Credentials) -> float:
    return found.expires_at or 0.0


def _msal_token(value: Mapping[str, Any], target: str, now: float) -> Credentials | None:
    if value.get("credentialType") != "AccessToken":
        return None
    scope, secret, until = value.get("target"), value.get("secret"), _seconds(value.get("expiresOn"))
    if not isinstance(scope, str) or target not in scope or until is None or not until > now or not is_token(secret):
        return None
    return Credentials(token=str(secret), expires_at=until)


def _auth0_tokens(
    key: str, value: Mapping[str, Any], target: str, identity: str | None, now: float
) -> Iterator[tuple[bool, Credentials]]:
    body, until = value.get("body"), _seconds(value.get("expiresAt"))
    if "offline_access" not in key or not isinstance(body, dict) or until is None or not until > now:
        return
    token, scope = body.get("access_token"), body.get("scope")
    if is_token(token):
        fits = target in key or (isinstance(scope, str) and target in scope)
        yield fits, Credentials(token=str(token), expires_at=until, identity_type=identity)


def _auth0_identity(key: str, value: Mapping[str, Any]) -> str | None:
    """Return the prefix of ``decodedToken.user.sub`` as in the socket's URL: ``google`` for ``google-oauth2|123``."""
    if "@@user@@" not in key:
        return None
    step: Any = value
    for name in ("decodedToken", "user", "sub"):
        step = step.get(name) if isinstance(step, dict) else None
    prefix = step.partition("|")[0] if isinstance(step, str) and "|" in step else ""
    if not is_token(prefix):
        return None
    return "google" if prefix.startswith("google") else prefix

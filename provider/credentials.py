"""Credentials for one service, in one frozen value that never shows itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import quote

_NO_COOKIES: Final[Mapping[str, str]] = MappingProxyType({})
_SHORTEST_SECRET: Final = 8
"""Characters. Shorter values, such as ``1``, occur in any text by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A token and cookies for one service. ``repr`` and ``str`` show neither.

    Attributes:
        token: Access token without ``Bearer``, or None.
        cookies: Values by name; may be empty.
        identity_type: ``X-UserIdentityType``, e.g. ``google`` (docs/protocol.md §2.4), or None.
        expires_at: Unix time in seconds at which the token expires; None where that is not known.
        origin: ``scheme://host[:port]`` of the one service that they are for; None for those that the app passes in.
        source: Where they come from, for messages, e.g. ``api_key`` or ``COPILOT_TOKEN``.
        renewable_by: ``"browser"`` where the profile of a browser sign-in can give a new token, else None.
    """

    token: str | None = field(default=None, repr=False)
    cookies: Mapping[str, str] = field(default_factory=lambda: _NO_COOKIES, repr=False)
    identity_type: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    origin: str | None = None
    source: str = "anonymous"
    renewable_by: Literal["browser"] | None = None

    @property
    def anonymous(self) -> bool:
        """True without a token; there may be cookies."""
        return self.token is None

    def is_expired(self, now: float) -> bool:
        """Whether the token has expired at that Unix time, in seconds."""
        return self.expires_at is not None and self.expires_at <= now

    def redact(self, text: str) -> str:
        """The text with every credential in it replaced by ``***``, for messages."""
        secrets = [self.token, *self.cookies.values(), self.identity_type]
        # The longest first: one secret may begin like another.
        known = sorted((each for each in secrets if each and len(each) >= _SHORTEST_SECRET), key=len, reverse=True)
        for secret in known:
            for form in (secret, quote(secret, safe="")):
                text = text.replace(form, "***")
        return text


ANONYMOUS = Credentials()

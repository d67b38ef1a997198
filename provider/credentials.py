"""Who the caller is, in one frozen value that never shows itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

_NO_COOKIES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A token and cookies for one service. ``repr`` and ``str`` show neither.

    Attributes:
        token: Access token without ``Bearer``, or None.
        cookies: Names and values; may be empty.
        expires_at: Unix time, seconds, at which the token ends; None where nothing says.
        origin: ``scheme://host[:port]`` that they are for, and no other; None for those that the caller gave.
        identity_type: ``X-UserIdentityType``, e.g. ``google`` (docs/protocol.md §2.4), or None.
        source: Where they come from, for messages, e.g. ``api_key`` or ``COPILOT_TOKEN``.
    """

    token: str | None = field(default=None, repr=False)
    cookies: Mapping[str, str] = field(default_factory=lambda: _NO_COOKIES, repr=False)
    identity_type: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    origin: str | None = None
    source: str = "anonymous"

    @property
    def anonymous(self) -> bool:
        """True without a token: then at most cookies say who calls."""
        return self.token is None

    def hide(self, text: str) -> str:
        """The text with every credential in it replaced, for messages."""
        secrets = [self.token, *self.cookies.values(), self.identity_type]
        # Shorter ones are filler such as "1", found everywhere. Longest first: one may begin like another.
        known = sorted((each for each in secrets if each and len(each) >= 8), key=len, reverse=True)
        for secret in known:
            for form in (secret, quote(secret, safe="")):
                text = text.replace(form, "***")
        return text


ANONYMOUS = Credentials()

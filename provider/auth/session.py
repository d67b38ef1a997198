"""`Session`: what a sign-in gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from provider.credentials import Credentials

SIGNED_IN: Final = "a browser's sign-in"
"""The source of credentials that a browser can get anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a person who has signed in has. Its repr shows neither token nor cookies.

    Attributes:
        token: The access token.
        cookies: Names and values, HttpOnly ones too.
        expires_at: When the token ends, Unix time in seconds; None if nothing says.
        identity_type: ``google`` and the like (docs/protocol.md §2.4), or None.
        origin: The service's.
    """

    token: str = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)
    expires_at: float | None = None
    identity_type: str | None = None
    origin: str | None = None

    @property
    def credentials(self) -> Credentials:
        """The same as a client takes it."""
        return Credentials(
            token=self.token,
            cookies=self.cookies,
            identity_type=self.identity_type,
            expires_at=self.expires_at,
            origin=self.origin,
            source=SIGNED_IN,
        )

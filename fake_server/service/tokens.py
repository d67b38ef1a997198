"""Access tokens: what a readable one claims, and whether it fits (docs/protocol.md §2.3). No signature is checked."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

_LONGEST: Final = 16 * 1024
_CLIENT: Final = "140e65af-45d1-4427-bf08-3e7295db6836"
"""The service's application (§2.3)."""
_ORIGIN: Final = "https://copilot.microsoft.com"
_SCOPE: Final = "ChatAI"
_GOOGLE: Final = "google"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says of itself.

    Attributes:
        audiences: Whom it is for; empty if it does not say.
        scopes: What it allows; empty if it does not say.
        issuer: Who made it, or empty.
        subject: Whose it is, or empty.
        expires: Unix seconds, or None.
    """

    audiences: frozenset[str]
    scopes: frozenset[str]
    issuer: str
    subject: str
    expires: float | None

    @property
    def fits(self) -> bool:
        """Whether it is for this service, as far as it says anything about that."""
        if not self.audiences and not self.scopes:
            return True
        ours = any(_CLIENT in audience or audience.rstrip("/") == _ORIGIN for audience in self.audiences)
        return ours or any(_SCOPE in scope for scope in self.scopes)

    @property
    def identity(self) -> str:
        """The identity provider: ``google``, ``msa`` or, if it cannot be told, empty."""
        if self.subject.startswith(_GOOGLE):
            return _GOOGLE
        return "msa" if any(_CLIENT in audience for audience in self.audiences) else ""


def read_claims(token: str) -> Claims | None:
    """The claims of a JWT; None for opaque tokens, such as those of Microsoft accounts."""
    parts = token.split(".")
    if len(token) > _LONGEST or len(parts) != 3:
        return None
    header, claims = _json(parts[0]), _json(parts[1])
    if header is None or claims is None or not isinstance(header.get("alg"), str):
        return None
    expires = claims.get("exp")
    return Claims(
        audiences=_texts(claims.get("aud")),
        scopes=_words(claims.get("scp")) | _words(claims.get("scope")),
        issuer=_text(claims.get("iss")),
        subject=_text(claims.get("sub")),
        expires=expires if isinstance(expires, int | float) and not isinstance(expires, bool) else None,
    )


def _json(part: str) -> Mapping[str, Any] | None:
    try:
        decoded: object = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError):
        return None
    return cast("dict[str, Any]", decoded) if isinstance(decoded, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> frozenset[str]:
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    return frozenset(each for each in values if isinstance(each, str) and each)


def _words(value: object) -> frozenset[str]:
    return frozenset(word for text in _texts(value) for word in text.split())

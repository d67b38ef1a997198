"""Access tokens: the claims of readable ones, the fake's own, and those that a test expired (docs/protocol.md §2.3).

The fake checks no signature. Its sign-in page issues tokens that look like the service's: an opaque JWE of five parts.
Header and size are as seen; the rest comes from the seed. The token itself carries the account, so nothing is stored.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from fake_server.service.deterministic import SeededIds

_LONGEST: Final = 16 * 1024
_CLIENT: Final = "140e65af-45d1-4427-bf08-3e7295db6836"
"""The service's application (§2.3)."""
_ORIGIN: Final = "https://copilot.microsoft.com"
_SCOPE: Final = "ChatAI"
GOOGLE: Final = "google"
MICROSOFT: Final = "msa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The claims of a JWT.

    Attributes:
        audiences: ``aud``; empty if the token has none.
        scopes: ``scp`` and ``scope``; empty if the token has none.
        issuer: ``iss``, or empty.
        subject: ``sub``, or empty.
        expires: ``exp``, Unix seconds, or None.
    """

    audiences: frozenset[str]
    scopes: frozenset[str]
    issuer: str
    subject: str
    expires: float | None

    @property
    def fits(self) -> bool:
        """Whether audience or scope names this service; also True for a token that has neither."""
        if not self.audiences and not self.scopes:
            return True
        ours = any(_CLIENT in audience or audience.rstrip("/") == _ORIGIN for audience in self.audiences)
        return ours or any(_SCOPE in scope for scope in self.scopes)

    @property
    def identity(self) -> str:
        """The identity provider: `GOOGLE`, `MICROSOFT`, or empty if unknown."""
        if self.subject.startswith(GOOGLE):
            return GOOGLE
        return MICROSOFT if any(_CLIENT in audience for audience in self.audiences) else ""


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


ACCOUNT: Final = re.compile(r"[\w.@-][\w.@ -]{0,39}", re.ASCII)
"""The names that an account may have."""
_LONGEST_FAKE: Final = 4096
_PARTS: Final = (256, 16, 1050, 16)
"""Bytes of the key, the vector, the text and the tag: 2 KB as text (1.7 to 2.4 KB were seen)."""


class FakeToken(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a token that the fake issued.

    Attributes:
        account: The account's name.
        number: Number of the account's sign-in, from 1.
        identity: `GOOGLE` or `MICROSOFT`.
        chat: Whether it is for the chat. The fake rejects tokens for other services.
    """

    account: str
    number: int
    identity: str = MICROSOFT
    chat: bool = True

    @property
    def owner(self) -> str:
        """A text that identifies the account: the same for each of its tokens, which so belong to one caller."""
        return f"wiretape|{self.identity}|{self.account}"


class _Header(msgspec.Struct, frozen=True):
    fake: FakeToken


def write_token(seed: int, token_data: FakeToken) -> str:
    """Encode a token; equal arguments give equal bytes."""
    ids = SeededIds(seed, "token", *msgspec.structs.astuple(token_data))
    header = {"alg": "RSA-OAEP", "enc": "A128CBC-HS256", "kid": ids.hex(), "fake": token_data}
    return ".".join(map(_base64, (msgspec.json.encode(header), *map(ids.random.randbytes, _PARTS))))


def read_fake_token(seed: int, token: str) -> FakeToken | None:
    """Decode a token of the fake's; None if it was not issued with this seed."""
    if len(token) > _LONGEST_FAKE or token.count(".") != len(_PARTS):
        return None
    head = token.partition(".")[0]
    try:
        token_data = msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)), type=_Header).fake
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError):
        return None
    return token_data if write_token(seed, token_data) == token else None


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


_MOST_TOKENS: Final = 4000


@dataclass(slots=True)
class _Seen:
    key: str
    expired: bool = False


class Expiry:
    """The tokens that a test expired, among the last 4000 that requests had. It stores digests, never a token.

    A token is valid the first time it is seen, so a client that signs in again is accepted.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Seen] = OrderedDict()

    def register(self, token: str, key: str) -> bool:
        """Note a token of a caller; returns whether it is expired."""
        digest = _digest(token)
        seen = self._known.setdefault(digest, _Seen(key))
        seen.key = key
        self._known.move_to_end(digest)
        while len(self._known) > _MOST_TOKENS:
            self._known.popitem(last=False)
        return seen.expired

    def expire(self, token: str) -> int:
        """Expire one token, known or not; returns how many valid tokens that expired."""
        seen = self._known.setdefault(_digest(token), _Seen(""))
        return _expire([seen])

    def expire_all(self, key: str | None = None) -> int:
        """Expire all known tokens, or one caller's; returns how many valid tokens that expired."""
        return _expire([seen for seen in list(self._known.values()) if key is None or seen.key == key])


def _expire(tokens: list[_Seen]) -> int:
    fresh = [seen for seen in tokens if not seen.expired]
    for seen in fresh:
        seen.expired = True
    return len(fresh)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()

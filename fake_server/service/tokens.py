"""Access tokens: what a readable one claims, and whether it fits (docs/protocol.md §2.3). No signature is checked."""

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

from fake_server.service.deterministic import Names

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


GOOGLE: Final = "google"
MICROSOFT: Final = "msa"
ACCOUNT: Final = re.compile(r"[\w.@-][\w.@ -]{0,39}", re.ASCII)
"""What an account may be called."""
_LONGEST_FAKE: Final = 4096
_PARTS: Final = (256, 16, 1050, 16)
"""Bytes of the key, the vector, the text and the tag: 2 KB as text (1.7 to 2.4 KB were seen)."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a token stands for.

    Attributes:
        account: Whose it is.
        number: Counts the sign-ins of that account, from 1.
        identity: `GOOGLE` or `MICROSOFT`.
        chat: Whether it is for the chat; else for another service, and refused here.
    """

    account: str
    number: int
    identity: str = MICROSOFT
    chat: bool = True

    @property
    def owner(self) -> str:
        """Tells accounts apart: a later token of the same one is the same caller."""
        return f"wiretape|{self.identity}|{self.account}"


class _Header(msgspec.Struct, frozen=True):
    fake: Grant


def write_token(seed: int, grant: Grant) -> str:
    """The token of a grant: the same each time."""
    names = Names(seed, "token", *msgspec.structs.astuple(grant))
    header = {"alg": "RSA-OAEP", "enc": "A128CBC-HS256", "kid": names.hex(), "fake": grant}
    return ".".join(map(_base64, (msgspec.json.encode(header), *map(names.random.randbytes, _PARTS))))


def read_grant(seed: int, token: str) -> Grant | None:
    """What a token stands for; None if it was not given out with this seed."""
    if len(token) > _LONGEST_FAKE or token.count(".") != len(_PARTS):
        return None
    head = token.partition(".")[0]
    try:
        grant = msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)), type=_Header).fake
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError):
        return None
    return grant if write_token(seed, grant) == token else None


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


_MOST: Final = 4000


@dataclass(slots=True)
class _Met:
    key: str
    over: bool = False


class Expiry:
    """Which tokens are over, of the last 4000 that came; by their digests, so that no secret is kept.

    A token that never came before is not over: so whoever signs in again is let in.
    """

    def __init__(self) -> None:
        self._met: OrderedDict[str, _Met] = OrderedDict()

    def meet(self, token: str, key: str) -> bool:
        """Note whose token has come; whether it is over."""
        digest = _digest(token)
        met = self._met.setdefault(digest, _Met(key))
        met.key = key
        self._met.move_to_end(digest)
        while len(self._met) > _MOST:
            self._met.popitem(last=False)
        return met.over

    def end(self, token: str) -> int:
        """Let one token expire, whether it came before or not; how many that are."""
        met = self._met.setdefault(_digest(token), _Met(""))
        return _end([met])

    def end_all(self, key: str | None = None) -> int:
        """Let all tokens expire that came so far, or those of one caller; how many that are."""
        return _end([met for met in list(self._met.values()) if key is None or met.key == key])


def _end(ending: list[_Met]) -> int:
    fresh = [met for met in ending if not met.over]
    for met in fresh:
        met.over = True
    return len(fresh)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()

"""Where a `ServiceProfile` says that secrets stand: headers, cookies, query values, form fields, JSON fields.

All of it works on raw bytes and tells offsets, never on parsed values: what is not secret keeps its bytes, and broken
or cut JSON is looked through as well as whole JSON.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias, cast
from urllib.parse import unquote_to_bytes

from harness.profile import ServiceProfile, plain_name
from harness.redact.views import SEPARATOR


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret value that stands at ``data[start:end]``.

    Attributes:
        value: The value, decoded.
        kind: Kind of its stand-in.
        label: What it was found by: the profile's name of the place.
    """

    start: int
    end: int
    value: bytes = field(repr=False)
    kind: str
    label: str


Names: TypeAlias = Mapping[str, str]
"""Plain name -> kind."""
CLAIMS: Final[Names] = {
    "sub": "id",
    "oid": "uuid",
    "sid": "id",
    "puid": "id",
    "email": "email",
    "upn": "email",
    "preferredusername": "email",
    "uniquename": "email",
    "phonenumber": "text",
    "name": "text",
}
"""Claims of an id token that tell who somebody is."""

_SCHEME: Final = re.compile(rb"\s*(?:(Bearer|Basic|Digest|Negotiate|DPoP|Token)\s+)?", re.IGNORECASE)
_ANY_SCHEME: Final = re.compile(rb"\s*(?:([\w.-]+)\s+)?", re.ASCII)
_WITH_SCHEME: Final = frozenset({"authorization", "proxy-authorization"})
"""Headers that begin with a scheme, whatever its name (RFC 9110 §11.6.2)."""
_BLANK: Final = rb"\s*"
_KEY: Final = re.compile(rb'"((?:[^"\\\x1e]|\\.){1,80})"\s*:\s*')
_STRING: Final = re.compile(rb'"([^"\\\x1e]*(?:\\[^\x1e][^"\\\x1e]*)*)"?')
_NUMBER: Final = re.compile(rb"-?\d[\d.eE+-]*")
_IS_KEY: Final = re.compile(rb"\s*:")
_TOKEN: Final = re.compile(rb'"[^"\\\x1e]*(?:\\[^\x1e][^"\\\x1e]*)*"?|[{}\[\]\x1e]|-?\d[\d.eE+-]*')
_PAIR: Final = re.compile(rb"(?:^|[?&#;])([\w.~%\[\]-]{1,80})=([^&#\s\"'<>\\\x1e]+)", re.ASCII)
_PART_NAME: Final = re.compile(rb'\bname="([^"\r\n]{1,80})"')
_USERINFO: Final = re.compile(rb"://[^/\s:@\"'\\\x1e]{0,200}:([^/\s@\"'\\\x1e]{1,300})@")
_HOME_ACCOUNT: Final = re.compile(rb"([0-9a-fA-F-]{36})\.[0-9a-fA-F-]{36}")
"""MSAL's name of an account: who, in which directory."""
_BEARER: Final = re.compile(rb"\b[Bb](?:earer|EARER)\s+([A-Za-z0-9._~+/=-]{16,})")


def _name(raw: bytes) -> str:
    return plain_name(raw.decode("utf-8", "replace"))


def _key_name(raw: bytes) -> str:
    return _name(_string(raw)) if b"\\" in raw else _name(raw)


def _string(raw: bytes) -> bytes:
    """What a JSON string of this inside means; itself if it is none."""
    try:
        return str(json.loads(b'"' + raw + b'"', strict=False)).encode("utf-8", "surrogatepass")
    except ValueError:
        return raw


def _after_scheme(hit: Hit, data: bytes) -> Hit:
    look = _ANY_SCHEME if hit.label in _WITH_SCHEME else _SCHEME
    scheme = look.match(data, hit.start, hit.end)
    if hit.kind != "token" or scheme is None or scheme.end() == hit.start or scheme.end() >= hit.end:
        return hit
    kind = "basic" if (scheme.group(1) or b"").lower() == b"basic" else hit.kind
    taken = look.match(hit.value)
    return Hit(scheme.end(), hit.end, hit.value[taken.end() :] if taken else hit.value, kind, hit.label)


def _json_string(data: bytes, at: int, kind: str, label: str) -> Iterator[Hit]:
    found = _STRING.match(data, at)
    assert found is not None
    start, end = found.span(1)
    if end > start:
        yield _after_scheme(Hit(start, end, _string(found.group(1)), kind, label), data)


def _json_inside(data: bytes, at: int, kind: str, label: str) -> tuple[list[Hit], int]:
    """All strings and numbers within an object or array, but for keys; and where it ends."""
    depth, end = 0, at
    hits: list[Hit] = []
    for token in _TOKEN.finditer(data, at):
        first, end = token.group()[:1], token.end()
        if first == SEPARATOR:
            break
        if first in b"{[":
            depth += 1
        elif first in b"}]":
            depth -= 1
        elif first != b'"':
            hits.append(Hit(*token.span(), token.group(), "number", label))
        elif not _IS_KEY.match(data, end):
            hits += _json_string(data, token.start(), kind, label)
        if depth <= 0:
            break
    return hits, end


def json_hits(data: bytes, names: Names) -> Iterator[Hit]:
    """Values of secret fields in JSON text, at any depth; a secret object is secret in all its strings and numbers."""
    upto = 0
    for key in _KEY.finditer(data):
        label = _key_name(key.group(1))
        kind = names.get(label)
        at = key.end()
        if kind is None or at < upto:
            continue
        first = data[at : at + 1]
        if first == b'"':
            yield from _json_string(data, at, kind, label)
        elif first in {b"{", b"["}:
            hits, upto = _json_inside(data, at, kind, label)
            yield from hits
        elif number := _NUMBER.match(data, at):
            yield Hit(*number.span(), number.group(), "number", label)


def pair_hits(data: bytes, names: Names) -> Iterator[Hit]:
    """Values of secret names in queries, fragments and forms."""
    if b"=" not in data:
        return
    for pair in _PAIR.finditer(data):
        label = _name(unquote_to_bytes(pair.group(1)))
        if kind := names.get(label):
            yield _after_scheme(Hit(*pair.span(2), unquote_to_bytes(pair.group(2)), kind, label), data)


def part_hits(data: bytes, names: Names) -> Iterator[Hit]:
    """Values of secret fields in ``multipart/form-data``."""
    if b"form-data" not in data:
        return
    at = 0
    for part in data.split(b"\r\n--"):
        head, blank, value = part.partition(b"\r\n\r\n")
        name = _PART_NAME.search(head)
        label = _name(name.group(1)) if name else ""
        if (kind := names.get(label)) and blank and value:
            start = at + len(head) + len(blank)
            yield Hit(start, start + len(value), value, kind, label)
        at += len(part) + len(b"\r\n--")


def userinfo_hits(data: bytes, _: Names) -> Iterator[Hit]:
    """Passwords in URLs."""
    if b"://" in data and b"@" in data:
        for found in _USERINFO.finditer(data):
            yield Hit(*found.span(1), unquote_to_bytes(found.group(1)), "token", "password")


def bearer_hits(data: bytes, _: Names) -> Iterator[Hit]:
    """What follows ``Bearer``, wherever that stands."""
    for found in _BEARER.finditer(data):
        yield Hit(*found.span(1), found.group(1), "token", "authorization")


_Finder: TypeAlias = Callable[[bytes, Names], Iterator[Hit]]


class Places:
    """The places of one profile."""

    def __init__(self, profile: ServiceProfile) -> None:
        fields = {plain_name(name): str(kind) for name, kind in profile.secret_fields.items()}
        pairs = fields | {plain_name(name): str(kind) for name, kind in profile.secret_query.items()}
        self._headers = {name.lower(): str(kind) for name, kind in profile.secret_headers.items()}
        self._cookies = profile.secret_cookies
        self._finders: tuple[tuple[_Finder, Names], ...] = (
            (json_hits, fields),
            (pair_hits, pairs),
            (part_hits, fields),
            (userinfo_hits, {}),
            (bearer_hits, {}),
        )

    def in_data(self, data: bytes) -> Iterator[Iterable[Hit]]:
        """The secrets in a target, body, message, close reason or any other text: those of each kind of place."""
        for finder, names in self._finders:
            yield finder(data, names)

    def in_header(self, name: str, value: bytes) -> Iterator[Hit]:
        """The secrets that a header's name gives away."""
        if name == "cookie" and self._cookies:
            yield from _cookies(value)
        elif name == "set-cookie" and self._cookies:
            yield from _cookies(value.partition(b";")[0])
        elif (kind := self._headers.get(name)) and value.strip():
            hit = Hit(0, len(value), value, kind, name)
            yield _after_scheme(hit, value)


def _cookies(data: bytes) -> Iterator[Hit]:
    at = 0
    for pair in data.split(b";"):
        _, separator, value = pair.partition(b"=")
        text = value.strip().strip(b'"')
        if separator and text:
            start = at + pair.index(b"=") + 1 + value.index(text)
            yield Hit(start, start + len(text), text, "cookie", "cookie")
        at += len(pair) + 1


def claims_of(value: bytes) -> Iterator[Hit]:
    """Who the user is, by the claims of a JWT: known from then on, wherever it is written out."""
    parts = value.split(b".")
    if len(parts) != 3 or not value.startswith(b"eyJ"):
        return
    try:
        claims: object = json.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return
    if isinstance(claims, dict):
        for name, claim in cast("dict[str, object]", claims).items():
            kind = CLAIMS.get(plain_name(name))
            if kind is not None and isinstance(claim, str):
                yield Hit(0, 0, claim.encode("utf-8", "surrogatepass"), kind, name.lower())


def parts_of(value: bytes, kind: str) -> Iterator[bytes]:
    """Secrets within a secret, in other spellings and alone.

    What a percent-encoded one means, the password of Basic, the values of ``a=b&c=d``, the user of an account's name.
    """
    if kind == "basic":
        try:
            yield base64.b64decode(value, validate=True).partition(b":")[2]
        except binascii.Error:
            return
    if b"%" in value:
        yield unquote_to_bytes(value)
    if b"+" in value:
        yield value.replace(b"+", b" ")
    if account := _HOME_ACCOUNT.fullmatch(value):
        yield account.group(1)
    if b"&" in value:
        for pair in value.split(b"&"):
            yield pair.partition(b"=")[2]

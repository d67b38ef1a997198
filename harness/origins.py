r"""Origins: one put in another's place wherever a URL may stand. One rule for recording and replaying.

The same origin is spelled in many ways: with the scheme of HTTP or of WebSocket, with its default port or without, with
the slashes of JSON (``\/``, ``\u002f``) or of HTML (``&#x2F;``), percent-encoded up to three times. What takes its
place is spelled likewise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from harness.edits import Edit, Replaced, apply

_Options: TypeAlias = tuple[bytes, ...]
# All patterns are for data in lower case.
_COLON: Final[_Options] = (b":", b"%3a", b"%253a", b"%25253a", b"\\u003a", b"\\\\u003a", b"&#58;", b"&#x3a;")
_SLASH: Final[_Options] = (
    *(b"/", b"\\/", b"\\\\/", b"\\\\\\/", b"%2f", b"%252f", b"%25252f"),
    *(b"\\u002f", b"\\\\u002f", b"&#47;", b"&#x2f;"),
)
_OPEN: Final[_Options] = (b"[", b"%5b", b"%255b", b"%25255b")
_CLOSE: Final[_Options] = (b"]", b"%5d", b"%255d", b"%25255d")
_AT: Final[_Options] = (b"@", b"%40", b"%2540", b"%252540")
_SPECIAL: Final = {":": _COLON, "[": _OPEN, "]": _CLOSE}
_DEFAULT_PORTS: Final = {"https": "443", "http": "80"}
_SOCKET_SCHEMES: Final = {"http": "ws", "https": "wss"}
_NAME: Final = re.compile("[a-z0-9.-]+")


def is_loopback(host: str | None) -> bool:
    """Whether a host's name or address, without port and brackets, is this machine's own."""
    name = (host or "").lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def as_origin(text: str) -> str | None:
    """``scheme://host[:port]`` of an HTTP URL; None for anything else, such as ``fake:2026``."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme not in _SOCKET_SCHEMES or not parts.netloc or "@" in parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc.lower()}"


@dataclass(frozen=True, slots=True)
class _Origin:
    """An origin in its parts; the default port is none."""

    scheme: str
    authority: str

    @classmethod
    def parse(cls, origin: str) -> _Origin:
        scheme, _, authority = origin.lower().partition("://")
        return cls(scheme, authority.removesuffix(f":{_DEFAULT_PORTS.get(scheme, '')}"))

    @property
    def needle(self) -> bytes:
        """What stands in each of its spellings."""
        return max(_NAME.findall(self.authority), key=len, default="").encode()


def _any(options: Iterable[bytes]) -> bytes:
    return b"(?:" + b"|".join(re.escape(one) for one in sorted(set(options), key=len, reverse=True)) + b")"


def _beginnings(options: Iterable[bytes]) -> bytes:
    return _any(one[:size] for one in options for size in range(1, len(one)))


def _authority(authority: str) -> list[_Options]:
    return [_SPECIAL.get(each, (each.encode(),)) for each in authority]


def _joined(tokens: Iterable[_Options]) -> bytes:
    return b"".join(map(_any, tokens))


# The host goes on, or what stood there was none.
_END: Final = rb"(?![a-z0-9_@-]|\.[a-z0-9]|" + _any(_COLON) + rb"[a-z0-9]|" + _any(_AT) + b")"
_MAYBE_MORE: Final = rb"(?:\.|" + b"|".join((_any(_COLON), _beginnings(_COLON), _beginnings(_AT))) + b")?"


class _Family:
    """The origins of HTTP, or those of HTTPS, as patterns."""

    def __init__(self, scheme: str, authorities: Sequence[str]) -> None:
        port = _DEFAULT_PORTS[scheme].encode()
        schemes = (scheme.encode(), _SOCKET_SCHEMES[scheme].encode())
        longest_first = sorted(authorities, key=len, reverse=True)
        hosts = b"|".join(_joined(_authority(each)) for each in longest_first)
        slash, colon = _any(_SLASH), _any(_COLON)
        self.whole = re.compile(
            b"(?P<scheme>" + b"|".join(schemes) + b")(?P<colon>" + colon + b")(?P<slashes>" + slash + slash + b")"
            b"(?:" + hosts + b")(?:" + colon + port + b")?" + _END
        )
        spelled = b"".join((*schemes, *_COLON, *_SLASH, *_OPEN, *_CLOSE, *_AT, port, b"."))
        self.bytes = frozenset(spelled + "".join(authorities).encode())
        starts = [self._begun([schemes, _COLON, _SLASH, _SLASH, *_authority(each)], port) for each in authorities]
        self.begun = re.compile(b"(?:" + b"|".join(starts) + rb")\Z")

    @staticmethod
    def _begun(tokens: Sequence[_Options], port: bytes) -> bytes:
        """What may be the beginning of a match: some of the tokens, the last of them perhaps in part."""
        digits = b""
        for digit in reversed(range(len(port))):
            more = digits or _MAYBE_MORE
            digits = port[digit : digit + 1] + b"(?:" + more + b")?"
        pattern = b"(?:" + _any(_COLON) + digits + b"|" + _MAYBE_MORE + b")"
        for token in reversed(tokens):
            part = b"|" + _beginnings(token) if any(len(one) > 1 for one in token) else b""
            pattern = b"(?:" + _any(token) + pattern + part + b")?"
        return pattern.removesuffix(b"?")


class OriginMap:
    """Replaces some origins by another one. Schemes of WebSockets follow those of HTTP.

    Args:
        olds: Origins to be replaced, ``https://host``.
        new: What stands in their place.
    """

    def __init__(self, olds: Iterable[str], new: str) -> None:
        self._new = _Origin.parse(new)
        found = dict.fromkeys(each for each in map(_Origin.parse, olds) if each != self._new)
        self._needles = tuple(dict.fromkeys(each.needle for each in found))
        by_scheme = {scheme: [each.authority for each in found if each.scheme == scheme] for scheme in _SOCKET_SCHEMES}
        self._families = [_Family(scheme, hosts) for scheme, hosts in by_scheme.items() if hosts]
        longest = max((len(each.authority) for each in found), default=0)
        # Of the widest spelling; a bracket or a colon takes up to eight bytes, and there are few of them.
        self._reach = 5 + 8 + 2 * 8 + longest + 10 * 8 + 16 if found else 0

    def data(self, data: bytes) -> Replaced:
        """A body or message."""
        lowered = data.lower()
        if not self._may_hold(lowered):
            return Replaced(data)
        found = (one for family in self._families for one in family.whole.finditer(lowered))
        return apply(data, [Edit(*one.span(), self._spelled_as(one, data)) for one in found])

    def text(self, text: str) -> str:
        """A header's value, a target, or any other text."""
        if not self._needles or not self._may_hold(text.lower().encode("utf-8", "surrogatepass")):
            return text
        return self.data(text.encode("utf-8", "surrogatepass")).data.decode("utf-8", "surrogatepass")

    def holds(self, data: bytes) -> bool:
        """Whether any of the old origins stands there."""
        lowered = data.lower()
        return self._may_hold(lowered) and any(family.whole.search(lowered) for family in self._families)

    def undecided(self, data: bytes) -> int:
        """How many bytes at the end may be the beginning of an origin."""
        tail = data[-self._reach :].lower() if self._reach else b""
        # Most pieces end in what no origin holds, a quote or a line's end; far faster than the pattern.
        if not tail or not any(tail[-1] in family.bytes for family in self._families):
            return 0
        found = [one for family in self._families if (one := family.begun.search(tail)) is not None]
        return max((len(tail) - one.start() for one in found), default=0)

    def _may_hold(self, lowered: bytes) -> bool:
        return any(needle in lowered for needle in self._needles)

    def _spelled_as(self, found: re.Match[bytes], data: bytes) -> bytes:
        colon, slashes = (data[slice(*found.span(name))] for name in ("colon", "slashes"))
        scheme = self._new.scheme
        if found["scheme"].startswith(b"w"):
            scheme = _SOCKET_SCHEMES.get(scheme, scheme)
        authority = self._new.authority.encode()
        if colon.startswith(b"%"):
            percent = colon[:-2]
            authority = authority.replace(b"[", percent + b"5B").replace(b"]", percent + b"5D")
        return scheme.encode() + colon + slashes + authority.replace(b":", colon)


class StreamedMap:
    """An `OriginMap` over a body that comes in pieces; an origin that lies across them is found.

    Args:
        origins: What is replaced.
        if_json: Replace only if the body begins as JSON does; for one whose type nobody says.
    """

    def __init__(self, origins: OriginMap, *, if_json: bool = False) -> None:
        self._origins = origins
        self._held = b""
        self._is_text: bool | None = None if if_json else True

    def feed(self, piece: bytes) -> bytes:
        """A piece, but for what may be the beginning of an origin: that comes with the next."""
        if self._is_text is None and piece.strip():
            self._is_text = looks_like_json(piece)
        if not self._is_text:
            return piece
        data = self._held + piece
        held = self._origins.undecided(data)
        # What is held back decides about what stands before it, so it is looked at together.
        mapped = self._origins.data(data).cut([len(data) - held, held])
        self._held = data[len(data) - held :]
        return mapped[0]

    def finish(self) -> bytes:
        """What was held back."""
        held, self._held = self._held, b""
        return self._origins.data(held).data


def looks_like_json(data: bytes) -> bool:
    """Whether it begins as an object or a list of JSON does."""
    return data.lstrip(b" \t\r\n")[:1] in {b"{", b"["}


def may_hold_urls(kind: str, payload: bytes) -> bool:
    """Whether a message is one whose origins are replaced: a text, or JSON that is sent as binary.

    In other binary messages lengths are counted, so that a longer origin would break them.
    """
    return kind == "text" or (kind == "binary" and looks_like_json(payload))


class Origins:
    """The origins that stand for the local server's own. They are only ever read: nothing is called there.

    Args:
        recorded: Origin of the recording; counts only if it is a URL.
        others: Further origins of the service.

    Attributes:
        foreign: They, in order; the first one is home.
    """

    def __init__(self, recorded: str, others: Iterable[str] = ()) -> None:
        found = dict.fromkeys(origin for origin in map(as_origin, (recorded, *others)) if origin is not None)
        # Of a local service a recording is told the profile's origin; see `harness.relay.home`.
        self.foreign = tuple(sorted(found, key=lambda origin: is_loopback(urlsplit(origin).hostname)))
        self._any = OriginMap(self.foreign, "")
        self._inward: dict[str, OriginMap] = {}
        self._homeward: dict[str, OriginMap] = {}

    def held(self, payload: bytes) -> bool:
        """Whether a payload holds a URL of the service."""
        return self._any.holds(payload)

    def inward(self, local: str) -> OriginMap:
        """Puts the local server's origin in the place of the service's."""
        if local not in self._inward:
            self._inward[local] = OriginMap(self.foreign if local else (), local)
        return self._inward[local]

    def to_local(self, text: str, local: str) -> str:
        """A text with the service's origins replaced by the local server's."""
        return self.inward(local).text(text)

    def to_home(self, text: str, local: str) -> str:
        """A text with the local server's origin, and all of the service's, replaced by the service's first one."""
        if not self.foreign:
            return text
        if local not in self._homeward:
            own = as_origin(local)
            self._homeward[local] = OriginMap((*self.foreign, *((own,) if own else ())), self.foreign[0])
        return self._homeward[local].text(text)

r"""Origins: replacing the service's origin by the local server's, and back. One rule for recording and replaying.

The same origin has many spellings: with the scheme of HTTP or of WebSocket, with its default port or without, with the
slashes of JSON (``\/``, ``\u002f``) or of HTML (``&#x2F;``), percent-encoded up to three times. The replacement keeps
the spelling that it finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.cassette.model import Headers
from harness.edits import Edit, Replaced, apply
from harness.headers import is_text_type
from harness.origin_patterns import SOCKET_SCHEMES, Origin, OriginPatterns

if TYPE_CHECKING:
    from harness.doors import Doors


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address, without port and brackets, is this machine's own."""
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
    if parts.scheme not in SOCKET_SCHEMES or not parts.netloc or "@" in parts.netloc:
        return None
    return f"{parts.scheme}://{parts.netloc.lower()}"


def canonical_origin_for(upstream: str, profile_upstream: str) -> str | None:
    """The origin that a recording shows instead of its upstream's; None if it shows the upstream's own.

    A local service has another port in each run. Its recording shows the profile's origin, so that two recordings of
    the same session are equal, and replaying maps that origin to the local server's.

    Args:
        upstream: Origin of the service that responds.
        profile_upstream: Origin of the service according to its profile; may be empty.
    """
    is_local = is_loopback(urlsplit(upstream).hostname)
    return profile_upstream if is_local and profile_upstream and profile_upstream != upstream else None


# Each test has a server of its own, and maps the same origins.
_patterns = lru_cache(maxsize=64)(OriginPatterns)


class OriginMap:
    """Replaces origins by another one. The schemes of WebSocket follow those of HTTP.

    Args:
        olds: Origins to replace, ``https://host``.
        new: Their replacement.
    """

    def __init__(self, olds: Iterable[str], new: str) -> None:
        self._new = Origin.parse(new)
        found = dict.fromkeys(each for each in map(Origin.parse, olds) if each != self._new)
        self._needles = tuple(dict.fromkeys(each.needle for each in found))
        by_scheme = {scheme: [each.authority for each in found if each.scheme == scheme] for scheme in SOCKET_SCHEMES}
        self._hosts = [(scheme, tuple(hosts)) for scheme, hosts in by_scheme.items() if hosts]
        longest = max((len(each.authority) for each in found), default=0)
        # Of the widest spelling; a bracket or a colon takes up to eight bytes, and there are few of them.
        self._reach = 5 + 8 + 2 * 8 + longest + 10 * 8 + 16 if found else 0

    @cached_property
    def _families(self) -> list[OriginPatterns]:
        # Made when data may hold an origin, which is seldom: making them takes longer than a small request.
        return [_patterns(scheme, hosts) for scheme, hosts in self._hosts]

    def data(self, data: bytes) -> Replaced:
        """Map a body or a message, whatever its type."""
        edits = self.edits(data)
        return apply(data, edits) if edits else Replaced(data)

    def edits(self, data: bytes) -> list[Edit]:
        """The replacements of `data`, unsorted."""
        if not self._needles or not self._may_hold(lowered := data.lower()):
            return []
        found = (one for family in self._families for one in family.whole.finditer(lowered))
        return [Edit(*one.span(), self._spelled_as(one, data)) for one in found]

    def network_edits(self, data: bytes) -> list[Edit]:
        """The replacements of origins that a header names without their scheme."""
        if not self._needles:
            return []
        lowered = data.lower()
        found = sorted(one.span() for family in self._families for one in family.network_path.finditer(lowered))
        authority = b"//" + self._new.authority.encode()
        return [Edit(*span, authority) for span in dict.fromkeys(found)]

    def text(self, text: str) -> str:
        """Map a header's value, a target, or any other text."""
        data = text.encode("utf-8", "surrogatepass")
        edits = self.edits(data)
        return apply(data, edits).data.decode("utf-8", "surrogatepass") if edits else text

    def header(self, value: str) -> str:
        """Map a header's value. ``Location`` and others may name an origin without its scheme: ``//host/path``."""
        mapped = self.text(value)
        if "//" not in mapped:
            return mapped
        data = mapped.encode("utf-8", "surrogatepass")
        edits = self.network_edits(data)
        return apply(data, edits).data.decode("utf-8", "surrogatepass") if edits else mapped

    def headers(self, headers: Headers) -> Headers:
        """Map the values of header fields."""
        return tuple((name, self.header(value)) for name, value in headers)

    def message(self, kind: str, data: bytes) -> Replaced:
        """Map a WebSocket message, if it is one that may hold URLs.

        Args:
            kind: ``text``, ``binary``, ``ping`` or ``pong``.
        """
        return self.data(data) if may_hold_urls(kind, data) else Replaced(data)

    def holds(self, data: bytes) -> bool:
        """Whether the data holds one of the old origins."""
        lowered = data.lower()
        return self._may_hold(lowered) and any(family.whole.search(lowered) for family in self._families)

    def undecided(self, data: bytes) -> int:
        """How many bytes at the end of the data may be the start of an origin whose rest is still to come."""
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
            scheme = SOCKET_SCHEMES.get(scheme, scheme)
        authority = self._new.authority.encode()
        if colon.startswith(b"%"):
            percent = colon[:-2]
            authority = authority.replace(b"[", percent + b"5B").replace(b"]", percent + b"5D")
        return scheme.encode() + colon + slashes + authority.replace(b":", colon)


@lru_cache(maxsize=64)
def shared_map(olds: tuple[str, ...], new: str) -> OriginMap:
    """The cached `OriginMap` for these arguments: making one takes longer than mapping a small response.

    The cache is bounded because clients choose their Host.
    """
    return OriginMap(olds, new)


class StreamedMap:
    """An `OriginMap` over a body that arrives in pieces. It finds origins that lie across pieces.

    Args:
        origins: The map.
        if_json: Map the body only if it begins like JSON; for a body without a content type.
    """

    def __init__(self, origins: OriginMap, *, if_json: bool = False) -> None:
        self._origins = origins
        self._held = b""
        self._is_text: bool | None = None if if_json else True

    @classmethod
    def for_type(cls, origins: OriginMap, content_type: str | None) -> StreamedMap | None:
        """The map for a body of that content type; None if the type is no text."""
        if content_type is None:
            return cls(origins, if_json=True)
        return cls(origins) if is_text_type(content_type) else None

    def feed(self, piece: bytes) -> bytes:
        """Map a piece. A possible beginning of an origin at its end is held back, and returned with the next piece."""
        if self._is_text is None and piece.strip():
            self._is_text = looks_like_json(piece)
        if not self._is_text:
            return piece
        data = self._held + piece
        held = self._origins.undecided(data)
        # The bytes that are held back decide whether an origin ends before them, so both are mapped together.
        mapped = self._origins.data(data).cut([len(data) - held, held])
        self._held = data[len(data) - held :]
        return mapped[0]

    def finish(self) -> bytes:
        """Return the bytes of the body that `feed` held back, after the last piece."""
        held, self._held = self._held, b""
        return self._origins.data(held).data


def looks_like_json(data: bytes) -> bool:
    """Whether the data begins like a JSON object or list."""
    return data.lstrip(b" \t\r\n")[:1] in {b"{", b"["}


def may_hold_urls(kind: str, payload: bytes) -> bool:
    """Whether origins are replaced in a message: in text, and in JSON that is sent as binary.

    Other binary formats store lengths, which a longer origin would make wrong.
    """
    return kind == "text" or (kind == "binary" and looks_like_json(payload))


class Origins:
    """The service's origins, which a replay maps to the local server's and back. Nothing ever connects to them.

    Args:
        recorded: Origin of the recording; ignored unless it is a URL.
        others: Further origins of the service.
        doors: The local ports of further upstreams; None if there are none.

    Attributes:
        foreign: The service's origins, without those of further upstreams; the first one is the canonical origin.
    """

    def __init__(self, recorded: str, others: Iterable[str] = (), doors: Doors | None = None) -> None:
        self.doors = doors or None
        apart = () if doors is None else doors.origins
        whole = dict.fromkeys(origin for origin in map(as_origin, (recorded, *others)) if origin is not None)
        found = [origin for origin in whole if origin not in apart]
        # The recording of a local service shows the profile's origin; see `canonical_origin_for`.
        self.foreign = tuple(sorted(found, key=lambda origin: is_loopback(urlsplit(origin).hostname)))
        self._any = OriginMap((*self.foreign, *apart), "")
        self.any = bool(self.foreign or apart)
        """Whether there is an origin to map."""
        self._inward: dict[str, OriginMap] = {}
        self._canonical: dict[str, OriginMap] = {}

    def held(self, payload: bytes) -> bool:
        """Whether a payload holds one of the service's origins."""
        return self._any.holds(payload)

    def inward(self, local: str) -> OriginMap:
        """The map that replaces the service's origins by ``local``, the origin by which a client reached the server."""
        if local not in self._inward:
            self._inward[local] = self._map_inward(local)
        return self._inward[local]

    def _map_inward(self, local: str) -> OriginMap:
        if self.doors is not None and local:
            return self.doors.inward(self.foreign, local)
        return OriginMap(self.foreign if local else (), local)

    def to_canonical(self, text: str, local: str) -> str:
        """Replace the local server's origin ``local``, and all of the service's, by the canonical one.

        The origin of a further upstream's port becomes that upstream's.
        """
        if not self.any:
            return text
        if local not in self._canonical:
            self._canonical[local] = self._map_canonical(local)
        return self._canonical[local].text(text)

    def _map_canonical(self, local: str) -> OriginMap:
        own = as_origin(local)
        if self.doors is not None and own:
            return self.doors.outward(self.foreign, own)
        return (
            OriginMap((*self.foreign, *((own,) if own else ())), self.foreign[0]) if self.foreign else OriginMap((), "")
        )

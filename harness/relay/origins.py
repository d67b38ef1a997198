"""One origin put in another's place, in headers, bodies and messages: plain, in JSON strings, percent-encoded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from harness.redact.edits import Edit, Replaced, apply

_TEXTUAL: Final = re.compile(
    r"text/.*|application/(?:.*\+)?(?:json|xml|javascript|x-ndjson|x-www-form-urlencoded)", re.IGNORECASE
)
_SOCKET_SCHEMES: Final = (("https://", "wss://"), ("http://", "ws://"))
# What follows says that the host goes on, or that what stood there was no host.
_END: Final = rb"(?![A-Za-z0-9@-]|[.:][A-Za-z0-9]|%3[Aa]|%40)"
_MIDDLE: Final = re.compile(rb":(?://|\\/\\/)|%3[aA]%2[fF]%2[fF]")
_SCHEME_SIZES: Final = (5, 4, 3, 2)  # https, http, wss, ws
_LOOK_AHEAD: Final = (b"", b".", b":", b"%", b"%3", b"%4")


def is_textual(content_type: str) -> bool:
    """Whether bodies of that type may hold URLs."""
    return _TEXTUAL.fullmatch(content_type.partition(";")[0].strip()) is not None


def _with_sockets(origin: str) -> tuple[str, str]:
    for plain, socket in _SOCKET_SCHEMES:
        if origin.startswith(plain):
            return origin, socket + origin.removeprefix(plain)
    return origin, origin


def _spellings(origin: str) -> tuple[str, str, str]:
    return origin, origin.replace("/", "\\/"), quote(origin, safe="")


class OriginMap:
    """Replaces some origins by another one. Schemes of WebSockets follow those of HTTP.

    Args:
        olds: Origins to be replaced, ``https://host``.
        new: What stands in their place.
    """

    def __init__(self, olds: Iterable[str], new: str) -> None:
        self._table: dict[bytes, bytes] = {}
        for old in olds:
            if old != new:
                for before, after in zip(_with_sockets(old), _with_sockets(new), strict=True):
                    pairs = zip(_spellings(before), _spellings(after), strict=True)
                    self._table.update((one.lower().encode(), other.encode()) for one, other in pairs)
        longest_first = sorted(self._table, key=len, reverse=True)
        self._pattern = re.compile(b"(?:" + b"|".join(map(re.escape, longest_first)) + b")" + _END, re.IGNORECASE)
        self._unfinished = frozenset(
            (old + more)[:size] for old in self._table for more in _LOOK_AHEAD for size in range(1, len(old + more) + 1)
        )
        self._longest = max(map(len, self._unfinished), default=0)

    def data(self, data: bytes) -> Replaced:
        """A body or message."""
        if not self._table:
            return Replaced(data)
        edits: list[Edit] = []
        for middle in _MIDDLE.finditer(data):
            # From where any of the schemes would begin; far faster than the pattern on all of the data.
            for size in _SCHEME_SIZES:
                one = self._pattern.match(data, max(0, middle.start() - size))
                if one is not None and one.end() > middle.end():
                    edits.append(Edit(*one.span(), self._table[one.group().lower()]))
                    break
        return apply(data, edits)

    def text(self, text: str) -> str:
        """A header's value."""
        return self.data(text.encode("latin-1", "replace")).data.decode("latin-1")

    def undecided(self, data: bytes) -> int:
        """How many bytes at the end may be the beginning of an origin."""
        low = data[-self._longest :].lower() if self._longest else b""
        return next((size for size in range(len(low), 0, -1) if low[-size:] in self._unfinished), 0)


class StreamedMap:
    """An `OriginMap` over a body that comes in pieces; an origin that lies across them is found."""

    def __init__(self, origins: OriginMap) -> None:
        self._origins = origins
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """A piece, but for what may be the beginning of an origin: that comes with the next."""
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

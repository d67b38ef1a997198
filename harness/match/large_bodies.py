"""Bodies that do not fit into memory, as small ones that are compared in their place.

The stand-in of a body tells its size and its SHA-256. That of a multipart body has the same parts, with the large ones
told so: their boundary may differ. Of a gzip file the time in its header does not count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from harness.cassette.model import Headers, RequestPart, whole_body
from harness.cassette.payloads import is_large
from harness.framing.bodies import media_type
from harness.match.forms import boundary_of

_KEPT: Final = 64 * 1024
"""Most bytes of a part that stay as they are."""
_ALL_KEPT: Final = 4 << 20
"""Most bytes of all such parts."""
_LONGEST_HEAD: Final = 16 * 1024
"""Most bytes of a part's headers."""
_LINE_END: Final = b"\r\n"
_GZIP: Final = b"\x1f\x8b\x08"
_GZIP_TIME: Final = slice(4, 8)
_TOLD: Final = re.compile(rb"\[\d+ bytes, SHA-256 [0-9a-f]{64}\]")


def is_told(content: bytes) -> bool:
    """Whether a content stands for a large one: then it is compared as it is."""
    return _TOLD.fullmatch(content) is not None


@dataclass(frozen=True, slots=True)
class Told:
    """A large content of a body, and what tells it in the stand-in.

    Attributes:
        text: Its size and hash.
        at: Where it begins in the body, in bytes.
        size: In bytes.
    """

    text: bytes
    at: int
    size: int

    def of(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The content, out of the pieces of the body."""
        at, end = self.at, self.at + self.size
        start = 0
        for piece in pieces:
            if found := piece[max(0, at - start) : max(0, end - start)]:
                yield found
            start += len(piece)


@dataclass(frozen=True, slots=True)
class StandIn:
    """The small body in the place of a large one, and the large contents that it tells."""

    body: bytes
    told: tuple[Told, ...]


def compared_body(part: RequestPart) -> bytes:
    """The body of a recorded request, or its stand-in.

    Raises:
        OSError: The disk failed.
    """
    if not is_large(part.body):
        return whole_body(part)
    return stand_in(type_in(part.headers), part.body.payload.pieces()).body


def type_in(headers: Headers) -> str:
    """The Content-Type header; empty without one."""
    return next((value for name, value in headers if name == "content-type"), "")


def stand_in(content_type: str, pieces: Iterable[bytes]) -> StandIn:
    """The small body in place of a large one.

    Args:
        content_type: Of the large body.
        pieces: Its content.

    Raises:
        OSError: The disk failed.
    """
    boundary = boundary_of(content_type) if media_type(content_type).startswith("multipart/") else None
    if boundary is None:
        digest = _Digest()
        for piece in pieces:
            digest.add(piece)
        return StandIn(digest.told(), (Told(digest.told(), 0, digest.size),))
    parts = _Parts()
    for is_delimiter, data in _split(boundary, pieces):
        if is_delimiter:
            parts.end(data)
        else:
            parts.add(data)
    return parts.finish()


class _Digest:
    """Size and hash of a content."""

    def __init__(self) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._begin: bytes | None = b""

    def add(self, data: bytes) -> None:
        self.size += len(data)
        if self._begin is None:
            self._sha256.update(data)
            return
        self._begin += data
        if len(self._begin) >= _GZIP_TIME.stop:
            self._flush()

    def _flush(self) -> None:
        begin, self._begin = self._begin, None
        if begin is None:
            return
        if begin.startswith(_GZIP):
            begin = begin[: _GZIP_TIME.start] + bytes(4) + begin[_GZIP_TIME.stop :]
        self._sha256.update(begin)

    def told(self) -> bytes:
        self._flush()
        return f"[{self.size} bytes, SHA-256 {self._sha256.hexdigest()}]".encode()


class _Parts:
    """The stand-in of a multipart body, made part by part."""

    def __init__(self) -> None:
        self._done = bytearray()
        self._head = bytearray()
        self._is_head = True
        self._content = bytearray()
        self._digest = _Digest()
        self._told: list[Told] = []
        self._passed = -len(_LINE_END)
        """Bytes of the body so far; before it `_split` puts the end of a line."""

    def add(self, data: bytes) -> None:
        """Add bytes of a part: headers, an empty line, content."""
        self._passed += len(data)
        if self._is_head:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0 and len(self._head) <= _LONGEST_HEAD:
                return
            data = bytes(self._head[end + 4 :]) if end >= 0 else b""
            del self._head[end + 4 if end >= 0 else _LONGEST_HEAD :]
            self._is_head = False
        self._digest.add(data)
        if len(self._content) <= _KEPT:
            self._content += data

    def end(self, delimiter: bytes) -> None:
        """End a part, and add what follows it."""
        size = self._digest.size
        is_kept = size <= _KEPT and len(self._done) <= _ALL_KEPT
        self._done += self._head
        if not is_kept:
            self._told.append(Told(self._digest.told(), self._passed - size, size))
        self._done += self._content if is_kept else self._digest.told()
        self._done += delimiter
        self._passed += len(delimiter)
        self._head, self._is_head = bytearray(), True
        self._content, self._digest = bytearray(), _Digest()

    def finish(self) -> StandIn:
        """The whole stand-in."""
        self.end(b"")
        return StandIn(bytes(self._done).removeprefix(_LINE_END), tuple(self._told))


def _split(boundary: bytes, pieces: Iterable[bytes]) -> Iterator[tuple[bool, bytes]]:
    """The body as delimiters and what is between them, in order."""
    delimiter = re.compile(rb"\r\n--" + re.escape(boundary) + rb"(?:--|(?=[ \t]*\r\n))")
    held = len(boundary) + 200
    rest = _LINE_END
    for piece in pieces:
        data, at = rest + piece, 0
        for found in delimiter.finditer(data):
            yield False, data[at : found.start()]
            yield True, found[0]
            at = found.end()
        end = max(at, len(data) - held)
        if end > at:
            yield False, data[at:end]
        rest = data[end:]
    yield False, rest

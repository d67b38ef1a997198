"""Decodes the content codings of bodies (RFC 9110 §8.4) within limits: ``gzip``, ``deflate``, ``br``, ``zstd``.

A body that does not match its header, or would grow beyond the limits, stays encoded, so no bytes are lost.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]

MAX_DECODED: Final = 64 << 20
"""Bytes; also the limit of a cassette's side files."""
MAX_RATIO: Final = 250
"""Most growth of a body by decoding. Ordinary texts grow ten to a hundred times."""
ALWAYS_DECODED: Final = 64 << 10
"""Bytes to which a body may grow at any ratio, since short repetitive bodies compress best."""
MAX_CODINGS: Final = 4
"""Most codings of one body, one over the other."""

_STEP: Final = 1 << 14
"""Bytes of deflate decoded at once; they grow a thousand times at most."""
_ZSTD_STEP: Final = 256
"""Bytes decoded at once: a block of four bytes may decode to 128 KiB."""
_MAX_WINDOW: Final = 1 << 27
_GZIP: Final = 16 + zlib.MAX_WBITS
_RAW: Final = -zlib.MAX_WBITS
_GZIP_MAGIC: Final = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True)
class Content:
    """A body, and the coding that was removed from it.

    Attributes:
        data: The body; unchanged if nothing was removed.
        coding: The removed codings, as a header lists them (``gzip``, ``gzip, br``), or None.
    """

    data: bytes = field(repr=False)
    coding: str | None = None


class _NotDecodableError(Exception):
    """The body does not have this coding, is incomplete, or is too large."""


def content_of(headers: Headers, body: bytes) -> Content:
    """Decode a body by its ``Content-Encoding``.

    Args:
        headers: Names in lower case.
        body: The complete body.
    """
    codings = _codings(headers)
    if not body or not codings or len(codings) > MAX_CODINGS or not all(one in _DECODERS for one in codings):
        return Content(body)
    most = min(MAX_DECODED, max(ALWAYS_DECODED, len(body) * MAX_RATIO))
    data = body
    try:
        for coding in reversed(codings):
            data = _DECODERS[coding](data, most)
    except _NotDecodableError:
        return Content(body)
    return Content(data, ", ".join(codings))


def is_coded(headers: Headers) -> bool:
    """Whether ``Content-Encoding`` names any coding of the body."""
    return bool(_codings(headers))


def without_coding(headers: Headers) -> Headers:
    """The headers without those that described the removed coding."""
    return tuple((name, value) for name, value in headers if name != "content-encoding")


def unpacked(body: bytes) -> bytes:
    """The content of a gzip file, whose header has a timestamp that differs each time; any other body unchanged."""
    if not body.startswith(_GZIP_MAGIC):
        return body
    try:
        return _gzip(body, min(MAX_DECODED, max(ALWAYS_DECODED, len(body) * MAX_RATIO)))
    except _NotDecodableError:
        return body


def _codings(headers: Headers) -> list[str]:
    values = ",".join(value for name, value in headers if name == "content-encoding")
    codings = (one.strip().lower() for one in values.split(","))
    return [one for one in codings if one not in {"", "identity"}]


def _gzip(data: bytes, most: int) -> bytes:
    """Decompress all members of a gzip file (RFC 1952 §2.2) to at most ``most`` bytes."""
    return _frames(data, most, _Format(lambda: zlib.decompressobj(_GZIP), zlib.error, _STEP))


def _deflate(data: bytes, most: int) -> bytes:
    """Decompress zlib's format, as RFC 9110 requires, or raw deflate, which some clients send."""
    try:
        return _frames(data, most, _Format(lambda: zlib.decompressobj(zlib.MAX_WBITS), zlib.error, _STEP, frames=1))
    except _NotDecodableError:
        return _frames(data, most, _Format(lambda: zlib.decompressobj(_RAW), zlib.error, _STEP, frames=1))


def _zstd(data: bytes, most: int) -> bytes:
    """Decompress all frames (RFC 8878 §3) to at most ``most`` bytes."""
    zstd = _library("zstandard")
    decompressor = zstd.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    return _frames(data, most, _Format(decompressor.decompressobj, zstd.ZstdError, _ZSTD_STEP))


def _brotli(data: bytes, most: int) -> bytes:
    brotli = _library("brotli")
    decoder = brotli.Decompressor()
    parts: list[bytes] = []
    size, fed = 0, data
    try:
        while not decoder.is_finished():
            part = decoder.process(fed, output_buffer_limit=most + 1 - size)
            size, fed = size + len(part), b""
            parts.append(part)
            if size > most or (not part and not decoder.is_finished()):
                raise _NotDecodableError
    except brotli.error as failed:
        raise _NotDecodableError from failed
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class _Format:
    """A format whose files hold one frame or several.

    Attributes:
        new: Creates the decoder of one frame: ``decompress``, ``eof``, ``unused_data``.
        error: The exception that the decoder raises.
        step: Bytes that the decoder gets at once, which limits its output.
        frames: Most frames of a file.
    """

    new: Callable[[], Any]
    error: type[Exception]
    step: int
    frames: int = 10_000


def _frames(data: bytes, most: int, kind: _Format) -> bytes:
    parts: list[bytes] = []
    at = count = 0
    while at < len(data):
        count += 1
        decoder = kind.new()
        while not decoder.eof:
            fed = data[at : at + kind.step]
            at += len(fed)
            try:
                part = decoder.decompress(fed)
            except kind.error as failed:
                raise _NotDecodableError from failed
            most -= len(part)
            parts.append(part)
            if most < 0 or count > kind.frames or (not fed and not decoder.eof):
                raise _NotDecodableError
        at -= len(decoder.unused_data)
    return b"".join(parts)


def _library(name: str) -> Any:
    """Import a library of the extras ``cli`` and ``test``; without it, bodies of its coding stay encoded.

    Raises:
        _NotDecodableError: The library is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise _NotDecodableError from error


_DECODERS: Final[dict[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}

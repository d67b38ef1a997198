"""Decoding the content codings of responses, piece by piece.

The relay decodes because it maps origins in bodies, and redacts them. A body whose coding is unknown, or differs from
its header, is passed on as it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

import brotli
import zstandard

from provider.websocket import Headers

_SLICE: Final = 16 * 1024
"""Coded bytes that are decoded at once, as the result is held in memory."""
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_ZLIB_DEFLATE: Final = 8


class CodingError(ValueError):
    """The body is damaged, or not coded as its header says."""


class _Coding(Protocol):
    """Decodes one content coding. `exact`: whether the input so far is exactly one complete stream."""

    @property
    def exact(self) -> bool: ...

    def feed(self, data: bytes) -> bytes: ...


class _Streams:
    """A coding whose streams may follow each other. Bytes after the last one are dropped, as browsers do.

    Args:
        make: Makes the decoder of one stream.
        magic: What a stream begins with.
    """

    def __init__(self, make: Callable[[], zlib._Decompress], magic: bytes) -> None:  # pyright: ignore[reportPrivateUsage]
        self._make = make
        self._magic = magic
        self._one = make()
        self._count = 1
        self._garbage = False
        self._between = b""

    @property
    def exact(self) -> bool:
        return self._one.eof and self._count == 1 and not self._garbage and not self._between

    def feed(self, data: bytes) -> bytes:
        out: list[bytes] = []
        data = self._between + data
        self._between = b""
        while data and not self._garbage:
            if self._one.eof:
                if len(data) < len(self._magic) and self._magic.startswith(data):
                    self._between = data
                    break
                if not data.startswith(self._magic):
                    self._garbage = True
                    break
                self._one = self._make()
                self._count += 1
            out.append(self._one.decompress(data))
            data = self._one.unused_data
        return b"".join(out)


class _Deflate:
    """Decodes ``deflate``: the zlib format, as RFC 9110 demands, or raw deflate, as some servers send it."""

    def __init__(self) -> None:
        self._one: zlib._Decompress | None = None  # pyright: ignore[reportPrivateUsage]

    @property
    def exact(self) -> bool:
        return self._one is not None and self._one.eof and not self._one.unused_data

    def feed(self, data: bytes) -> bytes:
        if not data:
            return b""
        if self._one is None:
            wrapped = data[0] & 0x0F == _ZLIB_DEFLATE and (len(data) < 2 or not (data[0] << 8 | data[1]) % 31)
            self._one = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        return b"" if self._one.eof else self._one.decompress(data)


class _Brotli:
    """Decodes Brotli, which has no magic bytes: other data usually fails within the first bytes."""

    def __init__(self) -> None:
        self._one = brotli.Decompressor()
        self._garbage = False

    @property
    def exact(self) -> bool:
        return self._one.is_finished() and not self._garbage

    def feed(self, data: bytes) -> bytes:
        if self._one.is_finished():
            self._garbage = self._garbage or bool(data)
            return b""
        return self._one.process(data)


def _gzip() -> _Coding:
    return _Streams(lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), _GZIP_MAGIC)


def _zstd() -> _Coding:
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    return _Streams(decompressor.decompressobj, _ZSTD_MAGIC)  # pyright: ignore[reportArgumentType]  # alike in all that is used


_MAKERS: Final[Mapping[str, Callable[[], _Coding]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _zstd,
}


def codings_of(headers: Headers) -> tuple[str, ...]:
    """The codings that an answer names, in the order in which they were put on; ``identity`` is none.

    Empty where one of them is not known: then all of them stay on.
    """
    values = (value for name, value in headers if name == "content-encoding")
    named = [one.strip().lower() for value in values for one in value.split(",")]
    codings = tuple(one for one in named if one and one != "identity")
    return codings if all(one in _MAKERS for one in codings) else ()


class Decoder:
    """Takes codings off a body that comes in pieces.

    Args:
        codings: As they were put on.
    """

    def __init__(self, codings: tuple[str, ...]) -> None:
        self._chain = [_MAKERS[one]() for one in reversed(codings)]

    @property
    def exact(self) -> bool:
        """Whether the bytes that were fed are exactly one complete coded stream, with nothing behind it."""
        return all(one.exact for one in self._chain)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode the next piece of the body; yields the decoded bytes.

        Raises:
            CodingError: It is coded in another way, or damaged.
        """
        for start in range(0, len(data), _SLICE):
            piece = data[start : start + _SLICE]
            try:
                for one in self._chain:
                    piece = one.feed(piece)
            except (zlib.error, brotli.error, zstandard.ZstdError) as error:
                raise CodingError(str(error)) from None
            if piece:
                yield piece


def decoder_for(
    codings: tuple[str, ...], data: bytes, *, whole: bool, is_secret: Callable[[bytes], bool]
) -> Decoder | None:
    """The decoder for a body that begins with ``data``; None if the body is to be passed on undecoded.

    A whole body is decoded only if that is one stream and nothing else, as all clients read it: of what follows a
    stream, some make the rest of the text and others an error. One that holds secrets is decoded in any case.

    Args:
        codings: As `codings_of` gives them.
        data: What has come of the body.
        whole: Whether that is all of it.
        is_secret: Whether a decoded body must not be kept as it is.
    """
    if not codings:
        return None
    probe = Decoder(codings)
    try:
        found = b"".join(probe.feed(data))
    except CodingError:
        return None
    if whole and not (probe.exact or is_secret(found)):
        return None
    return Decoder(codings)

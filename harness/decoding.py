"""Decoding the content codings of bodies, piece by piece; `harness.content_coding` decodes whole ones."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Protocol, TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]

_SLICE: Final = 16 * 1024
"""Coded bytes that are decoded at once, as the result is held in memory."""
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_ZLIB_DEFLATE: Final = 8


class CodingError(ValueError):
    """The body is damaged, or not coded as its header says."""


class _Coding(Protocol):
    """Decodes one content coding. `exact`: whether the input so far is exactly one complete stream; `whole`: or several
    where the coding allows that.
    """

    @property
    def exact(self) -> bool: ...

    @property
    def whole(self) -> bool: ...

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
        return self.whole and self._count == 1

    @property
    def whole(self) -> bool:
        return self._one.eof and not self._garbage and not self._between

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

    whole = exact

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
        self._one: Any = importlib.import_module("brotli").Decompressor()
        self._garbage = False

    @property
    def exact(self) -> bool:
        return self._one.is_finished() and not self._garbage

    whole = exact

    def feed(self, data: bytes) -> bytes:
        if self._one.is_finished():
            self._garbage = self._garbage or bool(data)
            return b""
        return self._one.process(data)


def _gzip() -> _Coding:
    return _Streams(lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), _GZIP_MAGIC)


def _zstd() -> _Coding:
    decompressor = importlib.import_module("zstandard").ZstdDecompressor(max_window_size=1 << 27)
    return _Streams(decompressor.decompressobj, _ZSTD_MAGIC)


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

    @property
    def whole(self) -> bool:
        """Whether they are complete coded streams, with nothing behind them."""
        return all(one.whole for one in self._chain)

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
            except Exception as error:  # noqa: BLE001  # the libraries' own errors, of whichever of them are installed
                raise CodingError(str(error)) from None
            if piece:
                yield piece


class InPieces(Protocol):
    """A body that can be read in pieces any number of times: of a request, or of a cassette."""

    @property
    def size(self) -> int:
        """In bytes."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """The bytes."""
        ...


class LargeContent:
    """A body that does not fit into memory, without its content coding. It is read once to see whether that comes off.

    Attributes:
        coding: The codings that are taken off, as a header lists them; None if there are none, or the body is damaged,
            or would become too large: then it stays as it is.

    Args:
        headers: Names in lower case.
        body: As sent.
        most: Most bytes of the content.
    """

    def __init__(self, headers: Headers, body: InPieces, most: int) -> None:
        self._body = body
        self._codings = codings_of(headers)
        self.coding = ", ".join(self._codings) if self._codings and self._is_decodable(most) else None

    def _is_decodable(self, most: int) -> bool:
        try:
            decoder = Decoder(self._codings)
            for piece in self._body.pieces():
                most -= sum(map(len, decoder.feed(piece)))
                if most < 0:
                    return False
        except (CodingError, ImportError):
            return False
        return decoder.whole

    def pieces(self) -> Iterator[bytes]:
        """The content, in pieces of any size.

        Raises:
            OSError: The disk failed.
        """
        if self.coding is None:
            yield from self._body.pieces()
            return
        decoder = Decoder(self._codings)
        for piece in self._body.pieces():
            if found := b"".join(decoder.feed(piece)):
                yield found

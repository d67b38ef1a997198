"""CBOR (RFC 8949): a whole message as values, with the places of its texts."""

from __future__ import annotations

import struct
from typing import Any, Final

from harness.framing.fields import TextSpan, as_text
from harness.framing.json_values import NOT_JSON

_DEEPEST: Final = 64
_FIRST: Final = frozenset(range(0x80, 0xDC))
"""First bytes of arrays, maps and tagged values: a message that is one number or text is none of CBOR's by its look."""
_BREAK: Final = 0xFF
_INDEFINITE: Final = 31
_SIZES: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_SIMPLE: Final[dict[int, Any]] = {20: False, 21: True, 22: None, 23: None}
_FLOATS: Final = {25: ">e", 26: ">f", 27: ">d"}


class _MalformedError(Exception):
    """The data is no CBOR."""


def parse_cbor(data: bytes) -> Any:
    """The array, map or tagged value that a message consists of; else `NOT_JSON`."""
    found = cbor_with_texts(data)
    return NOT_JSON if found is None else found[0]


def cbor_with_texts(data: bytes) -> tuple[Any, list[TextSpan]] | None:
    """The value of a message, and its texts and byte strings in order; None if it is no CBOR."""
    if not data or data[0] not in _FIRST:
        return None
    reader = _Reader(data)
    try:
        value = reader.value()
    except (_MalformedError, struct.error, ValueError, OverflowError):
        return None
    return (value, reader.texts) if reader.at == len(data) else None


def cbor_head(major: int, size: int) -> bytes:
    """The head of a text or byte string of that size; `major` is that of the recorded head, 0x40 or 0x60."""
    if size < min(_SIZES):
        return bytes((major | size,))
    info = next(info for info, count in _SIZES.items() if size < 1 << 8 * count)
    return bytes((major | info,)) + size.to_bytes(_SIZES[info], "big")


class _Reader:
    """Reads one value after the other.

    Attributes:
        at: Offset of the next byte.
        texts: Those that were read.
    """

    def __init__(self, data: bytes) -> None:
        self.at = 0
        self.texts: list[TextSpan] = []
        self._data = data

    def value(self, depth: int = 0) -> Any:
        """The next value."""
        if depth > _DEEPEST or self.at >= len(self._data):
            raise _MalformedError
        head = self.at
        major, info = self._data[head] >> 5, self._data[head] & 0x1F
        self.at += 1
        if major == 7:
            return self._simple(info)
        if info == _INDEFINITE:
            return self._indefinite(major, depth)
        if info > max(_SIZES):
            raise _MalformedError
        size = info if info not in _SIZES else int.from_bytes(self._take(_SIZES[info]), "big")
        if major in {0, 1}:
            return size if major == 0 else -1 - size
        if major in {2, 3}:
            content = self._take(size)
            self.texts.append(TextSpan(head, self.at - size, self.at))
            return as_text(content)
        if major == 6:
            return self.value(depth + 1)
        if size > len(self._data) - self.at:
            raise _MalformedError
        values = [self.value(depth + 1) for _ in range(size * (major - 3))]
        return values if major == 4 else _object(values)

    def _indefinite(self, major: int, depth: int) -> Any:
        if major not in {2, 3, 4, 5}:
            raise _MalformedError
        values: list[Any] = []
        while self._data[self.at : self.at + 1] != bytes((_BREAK,)):
            values.append(self.value(depth + 1))
        self.at += 1
        if major in {2, 3}:
            return "".join(map(str, values))
        return values if major == 4 else _object(values)

    def _simple(self, info: int) -> Any:
        if info in _FLOATS:
            return struct.unpack(_FLOATS[info], self._take(_SIZES[info]))[0]
        if info not in _SIMPLE:
            raise _MalformedError
        return _SIMPLE[info]

    def _take(self, size: int) -> bytes:
        content = self._data[self.at : self.at + size]
        if len(content) != size:
            raise _MalformedError
        self.at += size
        return content


def _object(values: list[Any]) -> dict[str, Any]:
    if len(values) % 2:
        raise _MalformedError
    return {str(name): value for name, value in zip(values[::2], values[1::2], strict=True)}

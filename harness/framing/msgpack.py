"""MessagePack: a whole message as values, with the places of its texts; also behind its length, as SignalR sends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec

from harness.framing.fields import TextSpan, as_text
from harness.framing.json_values import NOT_JSON

_CONTAINERS: Final = frozenset([*range(0x80, 0xA0), *range(0xDC, 0xE0)])
"""First bytes of maps and arrays."""
_decode = msgspec.msgpack.Decoder().decode
_MOST_RECORDS: Final = 1000
_TIME_BYTES: Final = 8
_TIMES: Final = range(10**12, 4 * 10**12)
"""Milliseconds since 1970, from 2001 to 2096."""


def parse_msgpack(data: bytes) -> Any:
    """The map or array that a message consists of, or a list of those behind their lengths; else `NOT_JSON`."""
    if not data:
        return NOT_JSON
    if data[0] in _CONTAINERS:
        whole = _value(data)
        if whole is not NOT_JSON:
            return whole
    return _records(data)


def _records(data: bytes) -> Any:
    records = msgpack_records(data)
    return NOT_JSON if records is None else [_value(record) for record in records]


def msgpack_records(data: bytes) -> list[bytes] | None:
    """The records of a message in which each stands behind its length; None if it is no such message."""
    found: list[bytes] = []
    at = 0
    while at < len(data) and len(found) < _MOST_RECORDS:
        size = shift = 0
        while at < len(data) and shift < 35:
            byte = data[at]
            size |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                break
        record = data[at : at + size]
        if not record or len(record) != size or record[0] not in _CONTAINERS or _value(record) is NOT_JSON:
            return None
        found.append(record)
        at += size
    return found if at == len(data) else None


def msgpack_texts(data: bytes) -> list[TextSpan] | None:
    """The texts and byte strings of a message that is one map or array; None if it is none."""
    if not data or data[0] not in _CONTAINERS or _value(data) is NOT_JSON:
        return None
    return list(_spans(data))


_FIXED: Final = {
    0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
    0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4,
}  # fmt: skip
"""Type byte -> bytes behind it, of numbers, extensions of fixed size, and heads of containers."""
_TEXTS: Final = {0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC4: 1, 0xC5: 2, 0xC6: 4}
"""Type byte of a text or byte string -> bytes of its length."""
_EXTENSIONS: Final = {0xC7: 1, 0xC8: 2, 0xC9: 4}


def _spans(data: bytes) -> Iterator[TextSpan]:
    at = 0
    while at < len(data):
        head, kind = at, data[at]
        at += 1 + _FIXED.get(kind, 0)
        if 0xA0 <= kind <= 0xBF:
            at += kind & 0x1F
            yield TextSpan(head, head + 1, at)
        elif size_bytes := _TEXTS.get(kind) or _EXTENSIONS.get(kind):
            start = at + size_bytes
            size = int.from_bytes(data[at:start], "big")
            at = start + size + (kind in _EXTENSIONS)
            if kind in _TEXTS:
                yield TextSpan(head, start, at)


def msgpack_head(kind: int, size: int) -> bytes:
    """The head of a text of that size, or of a byte string, as the recorded head's type byte says."""
    first = 0xC4 if kind in {0xC4, 0xC5, 0xC6} else 0xD9
    if first == 0xD9 and size <= 0x1F:
        return bytes((0xA0 | size,))
    step = 0 if size < 1 << 8 else 1 if size < 1 << 16 else 2
    return bytes((first + step,)) + size.to_bytes(1 << step, "big")


def _value(data: bytes) -> Any:
    try:
        return _plain(_decode(data))
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError, OverflowError):
        return NOT_JSON


def _plain(value: object) -> object:
    """A MessagePack value converted to the types of JSON."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in cast("dict[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in cast("list[object]", value)]
    if isinstance(value, bytes):
        return as_text(value)
    if isinstance(value, msgspec.msgpack.Ext):
        content = bytes(value.data)
        moment = int.from_bytes(content, "big") if len(content) == _TIME_BYTES else 0
        # A date of socket.io's own parser: beside the standard's extension (-1) libraries have one of theirs.
        return {"type": value.code, "data": moment if moment in _TIMES else as_text(content)}
    return value if isinstance(value, (str, int, float)) or value is None else str(value)

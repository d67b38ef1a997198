"""MessagePack: a whole message as values, also behind its length, as SignalR sends it."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from harness.framing.fields import as_text
from harness.framing.json_values import NOT_JSON

_CONTAINERS: Final = frozenset([*range(0x80, 0xA0), *range(0xDC, 0xE0)])
"""First bytes of maps and arrays."""
_decode = msgspec.msgpack.Decoder().decode
_MOST_RECORDS: Final = 1000


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
    found: list[object] = []
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
        value = _value(record) if record and len(record) == size and record[0] in _CONTAINERS else NOT_JSON
        if value is NOT_JSON:
            return NOT_JSON
        found.append(value)
        at += size
    return found if at == len(data) else NOT_JSON


def _value(data: bytes) -> Any:
    try:
        return _plain(_decode(data))
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError, OverflowError):
        return NOT_JSON


def _plain(value: object) -> object:
    """The value in the types of JSON."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in cast("dict[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in cast("list[object]", value)]
    if isinstance(value, bytes):
        return as_text(value)
    if isinstance(value, msgspec.msgpack.Ext):
        return {"type": value.code, "data": as_text(bytes(value.data))}
    return value if isinstance(value, (str, int, float)) or value is None else str(value)

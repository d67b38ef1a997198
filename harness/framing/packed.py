"""Messages of MessagePack or CBOR: as values, and with texts replaced, whose heads hold their lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from harness.framing.cbor import cbor_head, cbor_with_texts, parse_cbor
from harness.framing.json_values import NOT_JSON
from harness.framing.msgpack import msgpack_head, msgpack_records, msgpack_texts, parse_msgpack

_FIRST_CONTAINER: Final = 0x80


def parse_packed(data: bytes) -> Any:
    """The values of a message of MessagePack or CBOR; else `NOT_JSON`."""
    value = parse_msgpack(data)
    return parse_cbor(data) if value is NOT_JSON else value


def with_texts(data: bytes, replaced: Callable[[bytes], bytes]) -> bytes | None:
    """The message with each text and byte string replaced; None if it is neither MessagePack nor CBOR.

    Args:
        data: The message.
        replaced: Returns what stands in place of a content.
    """
    if data[:1] and data[0] >= _FIRST_CONTAINER and (whole := _whole(data, replaced)) is not None:
        return whole
    records = msgpack_records(data)
    if not records:
        return None
    changed = [_whole(record, replaced) or record for record in records]
    return data if changed == records else b"".join(_varint(len(record)) + record for record in changed)


def _whole(data: bytes, replaced: Callable[[bytes], bytes]) -> bytes | None:
    texts = msgpack_texts(data)
    is_cbor = texts is None
    if texts is None:
        found = cbor_with_texts(data)
        if found is None:
            return None
        texts = found[1]
    out, at = bytearray(), 0
    for text in texts:
        content = data[text.start : text.end]
        new = replaced(content)
        if new == content:
            continue
        kind = data[text.head]
        head = cbor_head(kind & 0xE0, len(new)) if is_cbor else msgpack_head(kind, len(new))
        out += data[at : text.head] + head + new
        at = text.end
    return bytes(out) + data[at:] if at else data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])

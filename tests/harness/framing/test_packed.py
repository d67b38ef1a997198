"""MessagePack and CBOR with other texts: their heads tell the new lengths, and nothing else changes."""

import msgspec
import pytest

from harness.framing.cbor import parse_cbor
from harness.framing.packed import parse_packed, with_texts

MESSAGE = {
    "id": "peer-rpeiho5k",
    "raw": b"\xff\x00oak",
    "n": [1, -5, 70_000, 1.5, None, True],
    "to": ["oak", "x" * 300],
}
PACKED = msgspec.msgpack.encode(MESSAGE)
CBOR = (
    bytes.fromhex("a3 62 6964 6d")
    + b"peer-rpeiho5k"
    + bytes.fromhex("61 72 45 ff00 6f616b 61 6e 82 01 fb3ff8000000000000")
)


@pytest.mark.parametrize("size", [1, 13, 31, 32, 255, 256, 70_000])
def test_text_of_another_length_has_another_head(size):
    new = b"q" * size

    def replaced(text: bytes) -> bytes:
        return new if text == b"peer-rpeiho5k" else text

    assert msgspec.msgpack.decode(with_texts(PACKED, replaced) or b"") == MESSAGE | {"id": new.decode()}
    assert parse_cbor(with_texts(CBOR, replaced) or b"") == parse_cbor(CBOR) | {"id": new.decode()}


def test_byte_string_stays_one():
    changed = with_texts(PACKED, lambda text: b"\xfe" * 300 if text == MESSAGE["raw"] else text)
    assert msgspec.msgpack.decode(changed or b"")["raw"] == b"\xfe" * 300


def test_record_behind_its_length_gets_another_length():
    """SignalR sends MessagePack so."""
    record = msgspec.msgpack.encode([1, {}, "oak", "send", ["x" * 100]])
    data = bytes((len(record),)) + record
    changed = with_texts(data, lambda text: b"y" * 200 if text == b"x" * 100 else text)
    assert parse_packed(changed or b"") == [[1, {}, "oak", "send", ["y" * 200]]]
    assert with_texts(data, lambda text: text) == data


@pytest.mark.parametrize("data", [b"", b"oak", b'{"id":"oak"}', b"\x00\x01\x02", "Ärger".encode(), b"\x93\x01"])
def test_what_is_neither_is_left_alone(data):
    assert with_texts(data, lambda _: b"never") is None

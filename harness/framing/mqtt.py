"""MQTT 3.1, 3.1.1 and 5: a message of whole packets, taken apart.

A packet does not say which version it is of: only CONNECT does. So the properties of version 5 are recognized by their
own form, which payloads of other versions do not have by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from harness.framing.fields import BLOB, Packet, PacketField
from harness.framing.mqtt_reader import MalformedError, Reader

KINDS: Final = (
    "", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP",
    "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH",
)  # fmt: skip
"""Names of the packet types, by number (MQTT 5, section 2.1.2)."""
_FLAGS: Final = {"PUBREL": 2, "SUBSCRIBE": 2, "UNSUBSCRIBE": 2}
_LEAST: Final = {"CONNECT": 12, "CONNACK": 2, "SUBSCRIBE": 6, "SUBACK": 3, "UNSUBSCRIBE": 5, "UNSUBACK": 2}
_REPLIES: Final = frozenset({"PUBACK", "PUBREC", "PUBCOMP", "SUBACK", "UNSUBACK"})
_NUMBERED: Final = _REPLIES | {"PUBREL", "SUBSCRIBE", "UNSUBSCRIBE"}
_PROTOCOLS: Final = {b"MQTT": (3, 4, 5), b"MQIsdp": (3,)}
_PUBLISH_QOS: Final = 0x06
_WILL, _WILL_QOS, _PASSWORD, _USER_NAME = 0x04, 0x18, 0x40, 0x80
_VERSION_5: Final = 5
_LONGEST_HEAD: Final = 5
"""Bytes of the type and the length."""


def packets_of(data: bytes) -> tuple[Packet, ...]:
    """The packets of a message; empty unless it consists of whole, well-formed packets."""
    if len(data) < 2 or not data[0] >> 4:
        return ()
    found: list[Packet] = []
    at = 0
    try:
        while at < len(data):
            found.append(_packet(data, at))
            at = found[-1].end
    except MalformedError:
        return ()
    return tuple(found)


def size_at(data: bytes, at: int) -> int:
    """The length of the packet at an offset; 0 if the data ends within it, -1 if it is no packet."""
    try:
        _kind_at(data, at)
        reader = Reader(data, at + 1, len(data))
        size = reader.variable()
    except MalformedError:
        return 0 if len(data) - at < _LONGEST_HEAD else -1
    end = reader.at + size
    return end - at if end <= len(data) else 0


def stream_packets(data: bytes) -> Iterator[Packet]:
    """The packets of a stream, up to the first that is incomplete or malformed."""
    at = 0
    while at < len(data) and size_at(data, at) > 0:
        try:
            packet = _packet(data, at)
        except MalformedError:
            return
        yield packet
        at = packet.end


def with_ids(data: bytes, ids: Mapping[int, int]) -> bytes:
    """The message with the packet ids of its reply packets (PUBACK ..) replaced; ``ids`` is recorded -> actual."""
    changed = bytearray(data)
    for packet in packets_of(data):
        if packet.is_reply:
            field = packet.fields[0]
            assert isinstance(field.value, int)
            changed[field.start : field.end] = ids.get(field.value, field.value).to_bytes(2, "big")
    return bytes(changed)


def id_pairs(recorded: bytes, actual: bytes) -> Iterator[tuple[int, int]]:
    """Pairs (recorded, actual) of the packet ids that a client chose, in two messages of the same packets."""
    for one, other in zip(packets_of(recorded), packets_of(actual), strict=False):
        ours, theirs = _chosen_id(one), _chosen_id(other)
        if one.kind == other.kind and ours is not None and theirs is not None:
            yield ours, theirs


def _chosen_id(packet: Packet) -> int | None:
    values = (field.value for field in packet.fields if field.name == "packet_id" and not packet.is_reply)
    found = next(values, None)
    return found if isinstance(found, int) else None


def _kind_at(data: bytes, at: int) -> str:
    kind, flags = KINDS[data[at] >> 4], data[at] & 0x0F
    if not kind or (kind != "PUBLISH" and flags != _FLAGS.get(kind, 0)) or flags & _PUBLISH_QOS == _PUBLISH_QOS:
        raise MalformedError
    return kind


def _packet(data: bytes, start: int) -> Packet:
    kind, flags = _kind_at(data, start), data[start] & 0x0F
    reader = Reader(data, start + 1, len(data))
    size = reader.variable()
    end = reader.at + size
    if end > len(data) or size < _LEAST.get(kind, 0):
        raise MalformedError
    reader.end = end
    return Packet(kind, start, end, tuple(_fields(kind, flags, reader)), kind in _REPLIES)


def _fields(kind: str, flags: int, reader: Reader) -> Iterator[PacketField]:
    if kind == "CONNECT":
        yield from _connect(reader)
    elif kind == "PUBLISH":
        yield reader.text("topic")
        if flags & _PUBLISH_QOS:
            yield reader.number("packet_id", 2)
        yield from reader.properties(kind)
        yield reader.rest(BLOB)
    elif kind == "CONNACK":
        yield reader.number("flags", 1)
        yield reader.number("reason_code", 1)
        yield from reader.properties(kind)
    elif kind in _NUMBERED:
        yield reader.number("packet_id", 2)
        yield from _behind_id(kind, reader)
    elif reader.at < reader.end:
        if kind in {"PINGREQ", "PINGRESP"}:
            raise MalformedError
        yield reader.number("reason_code", 1)
        yield from reader.properties(kind)
    if reader.at != reader.end:
        raise MalformedError


def _behind_id(kind: str, reader: Reader) -> Iterator[PacketField]:
    if kind in {"SUBSCRIBE", "UNSUBSCRIBE"}:
        yield from reader.topics(options=kind == "SUBSCRIBE")
    elif kind in {"SUBACK", "UNSUBACK"}:
        yield reader.rest("reason_codes")
    elif reader.at < reader.end:
        yield reader.number("reason_code", 1)
        yield from reader.properties(kind)


def _connect(reader: Reader) -> Iterator[PacketField]:
    protocol = reader.text("protocol")
    level = reader.number("version", 1)
    if level.value not in _PROTOCOLS.get(str(protocol.value).encode(), ()):
        raise MalformedError
    flags = reader.number("flags", 1)
    assert isinstance(flags.value, int)
    yield from (protocol, level, flags, reader.number("keep_alive", 2))
    if level.value == _VERSION_5:
        yield from reader.properties("CONNECT")
    yield reader.text("client_id", is_chosen=True)
    if flags.value & _WILL:
        if level.value == _VERSION_5:
            yield from reader.properties("will")
        yield reader.text("will_topic")
        yield reader.text("will_payload")
    if flags.value & _USER_NAME:
        # Without a password the user's name is the credential, as in IoT services.
        yield reader.text("username", is_secret=not flags.value & _PASSWORD)
    if flags.value & _PASSWORD:
        yield reader.text("password", is_secret=True)

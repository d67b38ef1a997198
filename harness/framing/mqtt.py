"""MQTT 3.1, 3.1.1 and 5: a message of whole packets, taken apart.

A packet does not say which version it is of: only CONNECT does. So the properties of version 5 are recognized by their
own form, which payloads of other versions do not have by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harness.framing.fields import BLOB, Field, Packet, as_text

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

_NUMBERS: Final = {
    0x01: 1, 0x02: 4, 0x11: 4, 0x13: 2, 0x17: 1, 0x18: 4, 0x19: 1, 0x21: 2, 0x22: 2, 0x23: 2,
    0x24: 1, 0x25: 1, 0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1,
}  # fmt: skip
"""Property -> bytes of its number (MQTT 5, section 2.2.2.2)."""
_TEXTS: Final = {
    0x03: "content_type", 0x08: "response_topic", 0x09: "correlation_data", 0x12: "assigned_client_id",
    0x15: "authentication_method", 0x16: "authentication_data", 0x1A: "response_information",
    0x1C: "server_reference", 0x1F: "reason",
}  # fmt: skip
_USER_PROPERTY, _SUBSCRIPTION = 0x26, 0x0B
_MAY_HAVE: Final[Mapping[str, frozenset[int]]] = {
    "PUBLISH": frozenset({0x01, 0x02, 0x03, 0x08, 0x09, 0x0B, 0x23, 0x26}),
}
"""Properties of a packet type in which something else may stand in their place."""


class _MalformedError(Exception):
    """The bytes are not MQTT."""


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
    except _MalformedError:
        return ()
    return tuple(found)


def size_at(data: bytes, at: int) -> int:
    """The length of the packet at an offset; 0 if the data ends within it, -1 if it is no packet."""
    try:
        _kind_at(data, at)
        reader = _Reader(data, at + 1, len(data))
        size = reader.variable()
    except _MalformedError:
        return 0 if len(data) - at < _LONGEST_HEAD else -1
    end = reader.at + size
    return end - at if end <= len(data) else 0


def stream_packets(data: bytes) -> Iterator[Packet]:
    """The packets of a stream, up to the first that is incomplete or malformed."""
    at = 0
    while at < len(data) and size_at(data, at) > 0:
        try:
            packet = _packet(data, at)
        except _MalformedError:
            return
        yield packet
        at = packet.end


def with_ids(data: bytes, ids: Mapping[int, int]) -> bytes:
    """A message with the packet ids in its replies replaced: recorded -> actual."""
    changed = bytearray(data)
    for packet in packets_of(data):
        if packet.is_reply:
            field = packet.fields[0]
            assert isinstance(field.value, int)
            changed[field.start : field.end] = ids.get(field.value, field.value).to_bytes(2, "big")
    return bytes(changed)


def id_pairs(recorded: bytes, actual: bytes) -> Iterator[tuple[int, int]]:
    """The packet ids that a client chose, in two messages of the same packets: recorded, actual."""
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
        raise _MalformedError
    return kind


def _packet(data: bytes, start: int) -> Packet:
    kind, flags = _kind_at(data, start), data[start] & 0x0F
    reader = _Reader(data, start + 1, len(data))
    size = reader.variable()
    end = reader.at + size
    if end > len(data) or size < _LEAST.get(kind, 0):
        raise _MalformedError
    reader.end = end
    return Packet(kind, start, end, tuple(_fields(kind, flags, reader)), kind in _REPLIES)


def _fields(kind: str, flags: int, reader: _Reader) -> Iterator[Field]:
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
            raise _MalformedError
        yield reader.number("reason_code", 1)
        yield from reader.properties(kind)
    if reader.at != reader.end:
        raise _MalformedError


def _behind_id(kind: str, reader: _Reader) -> Iterator[Field]:
    if kind in {"SUBSCRIBE", "UNSUBSCRIBE"}:
        yield from reader.topics(options=kind == "SUBSCRIBE")
    elif kind in {"SUBACK", "UNSUBACK"}:
        yield reader.rest("reason_codes")
    elif reader.at < reader.end:
        yield reader.number("reason_code", 1)
        yield from reader.properties(kind)


def _connect(reader: _Reader) -> Iterator[Field]:
    protocol = reader.text("protocol")
    level = reader.number("version", 1)
    if level.value not in _PROTOCOLS.get(str(protocol.value).encode(), ()):
        raise _MalformedError
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


@dataclass(slots=True)
class _Reader:
    """Reads the fields of one packet.

    Attributes:
        data: The message.
        at: Offset of the next byte.
        end: Offset behind the packet.
    """

    data: bytes
    at: int
    end: int

    def _take(self, size: int) -> tuple[int, int]:
        start, self.at = self.at, self.at + size
        if self.at > self.end:
            raise _MalformedError
        return start, self.at

    def number(self, name: str, size: int) -> Field:
        start, end = self._take(size)
        return Field(name, start, end, int.from_bytes(self.data[start:end], "big"), is_chosen=name == "packet_id")

    def text(self, name: str, *, is_secret: bool = False, is_chosen: bool = False) -> Field:
        size = self.number("", 2).value
        assert isinstance(size, int)
        start, end = self._take(size)
        return Field(name, start, end, as_text(self.data[start:end]), is_secret, is_chosen)

    def rest(self, name: str) -> Field:
        start, end = self._take(self.end - self.at)
        return Field(name, start, end, as_text(self.data[start:end]))

    def variable(self) -> int:
        """A variable byte integer (MQTT 5, section 1.5.5)."""
        value = 0
        for shift in (0, 7, 14, 21):
            start, _ = self._take(1)
            byte = self.data[start]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise _MalformedError

    def topics(self, *, options: bool) -> Iterator[Field]:
        """The topics to the packet's end, behind properties if there are any."""
        begin = self.at
        try:
            found = list(self._topics(options=options))
        except _MalformedError:
            self.at = begin
            yield from self.properties("SUBSCRIBE")
            found = list(self._topics(options=options))
        yield from found

    def _topics(self, *, options: bool) -> Iterator[Field]:
        if self.at == self.end:
            raise _MalformedError
        while self.at < self.end:
            topic = self.text("topic")
            if not topic.value:
                raise _MalformedError
            yield topic
            if options:
                yield self.number("options", 1)

    def properties(self, kind: str) -> Iterator[Field]:
        """The properties of version 5; none if the bytes have another form."""
        if self.at == self.end:
            return
        begin = self.at
        allowed = _MAY_HAVE.get(kind)
        try:
            found = list(self._properties(allowed))
        except _MalformedError:
            if allowed is None:
                raise
            self.at = begin
            return
        yield from found

    def _properties(self, allowed: frozenset[int] | None) -> Iterator[Field]:
        size = self.variable()
        end, whole = self.at + size, self.end
        if end > whole:
            raise _MalformedError
        self.end = end
        try:
            while self.at < end:
                yield from self._property(allowed)
        finally:
            self.end = whole

    def _property(self, allowed: frozenset[int] | None) -> Iterator[Field]:
        start, _ = self._take(1)
        number = self.data[start]
        if allowed is not None and number not in allowed:
            raise _MalformedError
        if number in _NUMBERS:
            yield self.number(f"property_{number}", _NUMBERS[number])
        elif number in _TEXTS:
            yield self.text(_TEXTS[number], is_secret=_TEXTS[number] == "authentication_data")
        elif number == _SUBSCRIPTION:
            begin = self.at
            value = self.variable()
            yield Field("subscription_id", begin, self.at, value)
        elif number == _USER_PROPERTY:
            name = self.text("name")
            yield name
            yield self.text(str(name.value)[:80])
        else:
            raise _MalformedError

"""Reads the fields of MQTT packets: numbers, texts, topics, and the properties of version 5."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harness.framing.fields import PacketField, as_text

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
"""Packet type -> the properties that it may have, if older versions have other bytes at their position."""


class MalformedError(Exception):
    """The bytes are not MQTT."""


@dataclass(slots=True)
class Reader:
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
            raise MalformedError
        return start, self.at

    def number(self, name: str, size: int) -> PacketField:
        """Read a number of ``size`` bytes, most significant first, as the field ``name``."""
        start, end = self._take(size)
        return PacketField(name, start, end, int.from_bytes(self.data[start:end], "big"), is_chosen=name == "packet_id")

    def text(self, name: str, *, is_secret: bool = False, is_chosen: bool = False) -> PacketField:
        """Read a text, or bytes, whose length stands before it in two bytes."""
        size = self.number("", 2).value
        assert isinstance(size, int)
        start, end = self._take(size)
        return PacketField(name, start, end, as_text(self.data[start:end]), is_secret, is_chosen)

    def rest(self, name: str) -> PacketField:
        """Read all bytes up to the packet's end as one field."""
        start, end = self._take(self.end - self.at)
        return PacketField(name, start, end, as_text(self.data[start:end]))

    def variable(self) -> int:
        """Read a variable byte integer (MQTT 5, section 1.5.5)."""
        value = 0
        for shift in (0, 7, 14, 21):
            start, _ = self._take(1)
            byte = self.data[start]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise MalformedError

    def topics(self, *, options: bool) -> Iterator[PacketField]:
        """Read the properties, if there are any, and the topics up to the packet's end.

        Args:
            options: Whether each topic is followed by a byte of options, as in SUBSCRIBE.
        """
        begin = self.at
        try:
            found = list(self._topics(options=options))
        except MalformedError:
            self.at = begin
            yield from self.properties("SUBSCRIBE")
            found = list(self._topics(options=options))
        yield from found

    def _topics(self, *, options: bool) -> Iterator[PacketField]:
        if self.at == self.end:
            raise MalformedError
        while self.at < self.end:
            topic = self.text("topic")
            if not topic.value:
                raise MalformedError
            yield topic
            if options:
                yield self.number("options", 1)

    def properties(self, kind: str) -> Iterator[PacketField]:
        """Read the properties of MQTT 5 at this offset of a packet of type ``kind``; none if these bytes are none."""
        if self.at == self.end:
            return
        begin = self.at
        allowed = _MAY_HAVE.get(kind)
        try:
            found = list(self._properties(allowed))
        except MalformedError:
            if allowed is None:
                raise
            self.at = begin
            return
        yield from found

    def _properties(self, allowed: frozenset[int] | None) -> Iterator[PacketField]:
        size = self.variable()
        end, whole = self.at + size, self.end
        if end > whole:
            raise MalformedError
        self.end = end
        try:
            while self.at < end:
                yield from self._property(allowed)
        finally:
            self.end = whole

    def _property(self, allowed: frozenset[int] | None) -> Iterator[PacketField]:
        start, _ = self._take(1)
        number = self.data[start]
        if allowed is not None and number not in allowed:
            raise MalformedError
        if number in _NUMBERS:
            yield self.number(f"property_{number}", _NUMBERS[number])
        elif number in _TEXTS:
            yield self.text(_TEXTS[number], is_secret=_TEXTS[number] == "authentication_data")
        elif number == _SUBSCRIPTION:
            begin = self.at
            value = self.variable()
            yield PacketField("subscription_id", begin, self.at, value)
        elif number == _USER_PROPERTY:
            name = self.text("name")
            yield name
            yield self.text(str(name.value)[:80])
        else:
            raise MalformedError

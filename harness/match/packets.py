"""The fields in which two MQTT packets differ, whatever their lengths and the identifiers that libraries choose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.framing.fields import Packet, PacketField
from harness.framing.mqtt import packets_of
from harness.match.json_diff import ABSENT, RawDifference, structural_findings
from harness.match.places import Place, Places
from harness.match.values import ValueComparison

NEW_ID: Final = "new packet identifier"
"""Last name in the path of an identifier that the client gives to a packet of its own."""
USED_ID: Final = "packet identifier"
"""Last name in the path of an identifier by which a packet continues an exchange of packets."""
CLIENT_NUMBER: Final = "client number"
"""Last name in the path of a number that a client of Yjs makes up for itself."""
_OPENING: Final = frozenset({"PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"})
_SECRET: Final = Place("token", secret=True)


def packet_findings(
    recorded: bytes, actual: bytes, places: Places, values: ValueComparison
) -> Iterator[RawDifference] | None:
    """How a packet differs from a recorded one; None if either is not MQTT."""
    ours, theirs = packets_of(recorded), packets_of(actual)
    if not ours or not theirs:
        return None
    return _findings(ours, theirs, places, values)


def _findings(
    ours: tuple[Packet, ...], theirs: tuple[Packet, ...], places: Places, values: ValueComparison
) -> Iterator[RawDifference]:
    kinds = [" ".join(packet.kind for packet in packets) for packets in (ours, theirs)]
    if kinds[0] != kinds[1]:
        yield RawDifference("packet", kinds[0], kinds[1])
        return
    for one, other in zip(ours, theirs, strict=True):
        left, right = _fields(one), _fields(other)
        for path in dict.fromkeys((*left, *right)):
            yield from _compared(path, left.get(path), right.get(path), places, values)


def _compared(
    path: str, one: PacketField | None, other: PacketField | None, places: Places, values: ValueComparison
) -> Iterator[RawDifference]:
    recorded = ABSENT if one is None else one.value
    actual = ABSENT if other is None else other.value
    field = one or other
    assert field is not None
    place = _SECRET if field.is_secret else places.field(field.name)
    if one is None or other is None or (place is None and not field.is_chosen):
        yield from structural_findings(
            path, recorded, actual, place_of=places.field, leaf=values.finding, renamed=values.renamed
        )
    elif isinstance(recorded, str) and isinstance(actual, str) and place is None:
        # A client's name is unique to its connection, and means nothing else.
        if recorded and actual and recorded != actual:
            values.bindings.bind_loosely(recorded, actual)
    elif (finding := values.finding(path, place, recorded, actual)) is not None:
        yield finding


def _fields(packet: Packet) -> dict[str, PacketField]:
    found: dict[str, PacketField] = {}
    for field in packet.fields:
        name = field.name
        if name == "packet_id" and not packet.is_reply:
            name = NEW_ID if packet.kind in _OPENING else USED_ID
        path = f"{packet.kind}.{name}"
        count = 2
        while path in found:
            path, count = f"{packet.kind}.{name}({count})", count + 1
        found[path] = field
    return found

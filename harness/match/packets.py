"""The fields in which two packets of MQTT or STOMP differ, whatever their lengths and the ids that libraries choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from harness.framing.fields import Packet, PacketField
from harness.framing.mqtt import packets_of
from harness.framing.stomp import frames_of, id_key
from harness.match.json_diff import ABSENT, RawDifference, structural_findings
from harness.match.places import Place, Places
from harness.match.values import ValueComparison

NEW_ID: Final = "new packet identifier"
"""Last name in the path of an identifier that the client gives to a packet of its own."""
USED_ID: Final = "packet identifier"
"""Last name in the path of an identifier by which a packet continues an exchange of packets."""
CLIENT_NUMBER: Final = "client number"
"""Last name in the path of a number that a client of Yjs makes up for itself."""
RECEIPT_ID: Final = "receipt of the client"
"""Last name in the path of an id by which a client of STOMP wants something confirmed."""
SUBSCRIPTION_ID: Final = "subscription of the client"
"""Last name in the path of the id that a client of STOMP gives to a new subscription."""
USED_SUBSCRIPTION_ID: Final = "earlier subscription"
"""Last name in the path of the id of a subscription, in a frame that refers to it."""
_OPENING: Final = frozenset({"PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"})
_STOMP_IDS: Final = {
    ("SUBSCRIBE", "id"): SUBSCRIPTION_ID,
    ("UNSUBSCRIBE", "id"): USED_SUBSCRIPTION_ID,
    ("ACK", "subscription"): USED_SUBSCRIPTION_ID,
    ("NACK", "subscription"): USED_SUBSCRIPTION_ID,
}
_STOMP_HEADERS: Final = {RECEIPT_ID: "receipt", SUBSCRIPTION_ID: "id", USED_SUBSCRIPTION_ID: "id"}
"""Last name in a path -> the header that has the id first."""
_PARSERS: Final[Mapping[str, Callable[[bytes], tuple[Packet, ...]]]] = {"mqtt": packets_of, "stomp": frames_of}
"""By the name of the framing."""
_SECRET: Final = Place("token", secret=True)


def takes_stomp_id(name: str, recorded: object, actual: object, counters: Mapping[bytes, bytes]) -> bool | None:
    """Whether an id that a client of STOMP chose may differ from the recorded one; None if the place holds none.

    Args:
        name: The last name in the path.
        recorded: The recorded id.
        actual: The actual one.
        counters: Those that were matched on this socket; see `harness.match.counters.counter_pairs`.
    """
    header = _STOMP_HEADERS.get(name)
    if header is None:
        return None
    known = counters.get(id_key(header, recorded))
    return name != USED_SUBSCRIPTION_ID if known is None else known == id_key(header, actual)


def packet_findings(
    framing: str, recorded: bytes, actual: bytes, places: Places, values: ValueComparison
) -> Iterator[RawDifference] | None:
    """How a packet differs from a recorded one; None if either is no packet of this framing, or it has no fields."""
    parse = _PARSERS.get(framing)
    if parse is None:
        return None
    ours, theirs = parse(recorded), parse(actual)
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
        elif name == "receipt":
            name = RECEIPT_ID
        name = _STOMP_IDS.get((packet.kind, name), name)
        path = f"{packet.kind}.{name}"
        count = 2
        while path in found:
            path, count = f"{packet.kind}.{name}({count})", count + 1
        found[path] = field
    return found

"""How the messages of a service are named, so that those of a live one can be told from those recorded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, cast

from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.records import records_of
from harness.match.generated import masked
from harness.profile import ServiceProfile
from harness.replay.call_numbers import CallNumbers, drawn_numbers, find_call_numbers

_MOST_KEYS: Final = 6
_PACKET: Final = re.compile(
    rb"(\d{1,3}-?(?:/[\w/.-]{1,60},)?)\d{0,9}\[\"([\w .:/-]{1,60})\"|(\d{1,3}-?/[\w/.-]{1,60},)"
)
"""Type, namespace and event of a packet of socket.io; or type and namespace alone."""
_LONGEST_NAME: Final = 256
_NO_NUMBERS: Final = CallNumbers()
_LARGEST: Final = 100_000
"""A client that counts its calls begins near zero. Random numbers may ascend by chance."""


def numbered_calls(said: Sequence[tuple[str, bytes]]) -> CallNumbers:
    """How the client of a socket numbers its calls: it counts them, or draws numbers, which are played as recorded.

    Args:
        said: Direction and payload of all messages, in their order.
    """
    sent, received = ([data for direction, data in said if direction == way] for way in "><")
    found = find_call_numbers(sent, received).largest
    counted = {path: largest for path, largest in found.items() if largest <= _LARGEST}
    return CallNumbers(counted, frozenset() if counted else drawn_numbers(said, _LARGEST))


def event_name(
    kind: str, data: bytes, profile: ServiceProfile, in_stream: str = "", numbers: CallNumbers = _NO_NUMBERS
) -> str:
    """The name of an event, by which a message of a live service is compared with a recorded one.

    It is the profile's name, else the stream's, else the fields of a JSON object, else the type of the message.

    Args:
        kind: ``text`` or ``binary``.
        data: The payload.
        profile: Of the service.
        in_stream: The name that the format of a stream gives it.
        numbers: Of the socket. A reply is named with the number of its call: replies may change places, and the client
            goes on only after those that it needs.
    """
    number = numbers.replied(data)
    return _name(kind, data, profile, in_stream) + ("" if number is None else f" {number}")


def call_of(data: bytes, numbers: CallNumbers) -> str:
    """Which call, or channel, of a client a message of the service belongs to; empty if it belongs to none.

    The service sends what belongs to one of them in a fixed order, and chance orders it among the others.

    Args:
        data: The payload.
        numbers: Of the socket.
    """
    number = numbers.replied(data)
    if number is not None:
        return str(number)
    match _parsed(data) if data[:1] == b"[" else None:
        case [_, _, str(topic), str(), dict()]:
            return topic
        case _:
            return ""


def _name(kind: str, data: bytes, profile: ServiceProfile, in_stream: str) -> str:
    name = profile.event_name(data) or in_stream
    if name:
        return name
    packet = _PACKET.match(data[:_LONGEST_NAME]) if kind == "text" else None
    if packet is not None:
        return b" ".join(each for each in packet.groups() if each).decode("ascii", "replace")
    records = records_of(data) if b"\x1e" in data else None
    value = records[1][0].value if records is not None and records[1] else _parsed(data)
    if isinstance(value, dict):
        return _fields(cast("dict[str, object]", value))
    return _of_phoenix(cast("list[object]", value), kind) if isinstance(value, list) else kind


def _parsed(data: bytes) -> object:
    return parse_json(data) if data[:1] in {b"{", b"["} else NOT_JSON


def _of_phoenix(message: list[object], kind: str) -> str:
    """The name of a message of Phoenix (join_ref, ref, topic, event, payload); a reply's has the number of its call.

    Without it the replies on all topics had one name, and those that change places could not be told apart.
    """
    match message:
        case [_, ref, str(topic), str(event), dict()]:
            return " ".join([masked(topic), event, *([str(ref)] if ref is not None else [])])
        case _:
            return kind


def _fields(value: dict[str, object]) -> str:
    """A name for a JSON object without an event name: its fields, and the value of ``type`` if that is a number."""
    kind = value.get("type")
    shown = [f"type={kind}" if name == "type" and isinstance(kind, int) else str(name) for name in sorted(value)]
    return "{" + ", ".join(shown[:_MOST_KEYS]) + "}"

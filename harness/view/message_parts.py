"""`MessageParts`: what one message consists of: records, packets of a protocol, values of a binary format."""

from __future__ import annotations

import json
from typing import Any, Final

from harness.cassette.model import Cassette, SocketExchange
from harness.compare.timeline import TimelineEntry
from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.mqtt import packets_of
from harness.framing.packed import parse_packed
from harness.framing.records import records_of
from harness.framing.stomp import frames_of
from harness.framing.streams import PLAIN, PacketSplitter
from harness.profile import ServiceProfile
from harness.replay.units import framing_of

_LONGEST: Final = 256 * 1024
"""Bytes of a message that is taken apart."""
_CARRYING: Final = frozenset({"text", "binary"})


class MessageParts:
    """Takes messages apart by the framing of their socket: as the profile says, or as the socket shows.

    Args:
        cassette: The session.
        profile: Of its service.
    """

    def __init__(self, cassette: Cassette, profile: ServiceProfile) -> None:
        self._splitters: dict[tuple[int, str], PacketSplitter] = {}
        for number, exchange in enumerate(cassette.exchanges):
            framing = framing_of(exchange, profile.framing) if isinstance(exchange, SocketExchange) else None
            if framing is not None and framing.name != PLAIN:
                for direction in "<>":
                    self._splitters[number, direction] = PacketSplitter(framing)

    def of(self, entry: TimelineEntry) -> list[list[str]]:
        """The parts of a message, each as its head and its JSON; either may be empty. None of what has no parts.

        Call it for all events in the order of their times: a packet may begin in one message and end in a later one,
        which has it then.
        """
        if not entry.data or len(entry.data) > _LONGEST:
            return []
        splitter = self._splitters.get((entry.exchange, entry.direction)) if entry.kind in _CARRYING else None
        if splitter is None:
            return _parts(entry.data)
        packets = splitter.feed(entry.data)
        if packets == [entry.data]:
            return _packet(entry.data)
        found = [part for each in packets for part in _packet(each) or [[_shown(each), ""]]]
        return found or [["the beginning of a packet that a later message ends", ""]]


def _packet(data: bytes) -> list[list[str]]:
    if packets := packets_of(data) or frames_of(data):  # of MQTT, of STOMP
        return [[each.kind, _as_json({field.name: field.value for field in each.fields})] for each in packets]
    return [["", data.decode()]] if parse_json(data) is not NOT_JSON else _parts(data)


def _parts(data: bytes) -> list[list[str]]:
    if parse_json(data) is not NOT_JSON:
        return []
    try:
        data.decode()
    except UnicodeDecodeError:
        value = parse_packed(data)
        return [["as MessagePack or CBOR", _as_json(value)]] if isinstance(value, dict | list) else []
    return _records(data)


def _records(data: bytes) -> list[list[str]]:
    """The records of a text that is JSON only in part."""
    found = records_of(data)
    if found is None:
        return []
    separator, records = found
    rows = [
        [record.head.decode(), "" if record.value is NOT_JSON else piece[len(record.head) :].decode()]
        for record, piece in zip(records, data.split(separator), strict=True)
    ]
    return [row for row in rows if any(row)]


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)


def _shown(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")

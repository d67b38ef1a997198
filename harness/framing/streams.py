"""Protocols that use a WebSocket as a stream of bytes: their packets may begin and end anywhere in its messages.

MQTT requires that of receivers (MQTT 5, section 6). Libraries do write a packet in many messages, or several packets in
one, as their buffers have it; so what a client sends is compared packet by packet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import msgspec

from harness.framing import mqtt, stomp
from harness.framing.json_values import parse_json

_MOST_WAITING: Final = 1 << 20
"""Bytes of an incomplete packet; a longer one is no packet of this protocol."""


@dataclass(frozen=True, slots=True)
class StreamFraming:
    """A protocol that sends packets in a stream of bytes, and how a packet's end is found.

    Attributes:
        name: Of the protocol.
        size: Returns the length of the packet at an offset; 0 if it is incomplete, -1 if it is none of this protocol.
        subprotocols: Pattern of the WebSocket subprotocols that stand for it; None if none does.
        begins: Pattern of the first bytes that a client sends, by which a socket without such a subprotocol is
            recognized; None if there is none. A protocol without both patterns applies only if a profile names it.
    """

    name: str
    size: Callable[[bytes, int], int]
    subprotocols: re.Pattern[str] | None = None
    begins: re.Pattern[bytes] | None = None


_LINE: Final = re.compile(rb"[^\r\n]*\r?\n")
_PUBLISHED: Final = re.compile(rb"(?i)H?(?:PUB|MSG)[ \t][^\r\n]*?(\d+)[ \t]*\r?\n")


def _nats_size(data: bytes, at: int) -> int:
    """The length of a NATS packet: a line, and the payload if the line ends with its length; 0 if it is incomplete."""
    line = _LINE.match(data, at)
    if line is None:
        return 0
    published = _PUBLISHED.match(data, at)
    if published is None:
        return line.end() - at
    size = line.end() - at + int(published[1]) + 2
    return size if at + size <= len(data) else 0


def _ends_with(mark: bytes) -> Callable[[bytes, int], int]:
    def size(data: bytes, at: int) -> int:
        end = data.find(mark, at)
        return 0 if end < 0 else end + len(mark) - at

    return size


def _length_size(data: bytes, at: int) -> int:
    """The length of a packet that begins with the length of its content as four bytes, big-endian; 0 if incomplete."""
    size = 4 + int.from_bytes(data[at : at + 4], "big")
    return size if at + size <= len(data) and len(data) - at >= 4 else 0


PLAIN: Final = "plain"
"""The framing of messages that are compared as they are, and not taken apart."""
STREAMS: Final = (
    StreamFraming(
        "mqtt",
        mqtt.size_at,
        re.compile(r"mqtt(v\d.*)?", re.IGNORECASE),
        re.compile(rb"\x10[\x80-\xff]{0,3}[\x00-\x7f]\x00(?:\x04MQTT|\x06MQIsdp)"),
    ),
    StreamFraming("nats", _nats_size, re.compile(r"nats"), re.compile(rb"CONNECT[ \t]*\{")),
    StreamFraming("stomp", stomp.size_at, stomp.SUBPROTOCOLS, stomp.BEGINS),
    StreamFraming("lines", _ends_with(b"\n")),
    StreamFraming("records", _ends_with(b"\x1e")),
    StreamFraming("length32", _length_size),
    StreamFraming(PLAIN, lambda data, at: len(data) - at),
)
"""Every such protocol. To add one, add a row."""
MESSAGES: Final = "messages"
SOCKET_IO: Final = "socket.io"
FRAMINGS: Final = (MESSAGES, SOCKET_IO, *(each.name for each in STREAMS))
"""The names that a profile may give; in the first two each message is a packet of its own."""
_BY_NAME: Final = {each.name: each for each in STREAMS}


def named_framing(rules: Iterable[tuple[str, str]], target: str) -> str:
    """The name of the framing that a profile gives a socket; empty if it gives none.

    Args:
        rules: A path, which may end in ``*``, and a name of `FRAMINGS`; the first that fits counts.
        target: Of the upgrade: path and query, or an absolute URL.
    """
    path = urlsplit(target).path or "/"
    return next((name for rule, name in rules if path == rule or (rule[-1:] == "*" and path.startswith(rule[:-1]))), "")


def framing_named(name: str) -> StreamFraming | None:
    """The framing of that name; None for a name whose packets are whole messages."""
    return _BY_NAME.get(name)


def stream_framing(subprotocol: str, begin: bytes) -> StreamFraming | None:
    """The framing of a socket that carries a stream of packets; None if it carries none that is known.

    Args:
        subprotocol: The one that the service chose, or ``""``.
        begin: The first bytes that the client sent.
    """
    for framing in STREAMS:
        named = framing.subprotocols is not None and framing.subprotocols.fullmatch(subprotocol)
        if named or (framing.begins is not None and framing.begins.match(begin)):
            return framing
    return None


class PacketSplitter:
    """Splits the messages of one direction of a WebSocket into the packets of its protocol, such as MQTT's.

    A packet may begin and end anywhere in a message.

    Args:
        framing: The protocol; None for a socket without one. Each of its messages is one packet then, and a JSON array
            of calls is split into its calls (see `calls_of`).
    """

    def __init__(self, framing: StreamFraming | None) -> None:
        self._framing = framing
        self._waiting = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The packets that this message completes."""
        if self._framing is None:
            return calls_of(data)
        if self._framing.name == PLAIN:
            return [data]
        return self._packets(self._framing, self._waiting + data)

    def _packets(self, framing: StreamFraming, data: bytes) -> list[bytes]:
        found: list[bytes] = []
        at = 0
        while at < len(data):
            size = framing.size(data, at)
            if size < 0 or (not size and len(data) - at > _MOST_WAITING):
                self._framing = None
                size = len(data) - at
            if not size:
                break
            found.append(data[at : at + size])
            at += size
        self._waiting = data[at:]
        return found

    def rest(self) -> bytes:
        """Remove and return the bytes of a packet whose end has not come."""
        rest, self._waiting = self._waiting, b""
        return rest

    @property
    def is_between(self) -> bool:
        """Whether no packet has begun whose end has not come."""
        return not self._waiting


_GUN_ID: Final = "#"
"""The field in which Gun, a database, gives each message its id."""


def calls_of(data: bytes) -> list[bytes]:
    """The calls of a message that is an array of them: chance decides which ones a client sends together.

    The message itself otherwise; an array of JSON-RPC as well, which gets one array as its response.
    """
    if not data.startswith(b"[{") or b'"jsonrpc"' in data:
        return [data]
    name = "id" if b'"method"' in data else _GUN_ID
    if name.encode() not in data:
        return [data]
    items = parse_json(data)
    if not isinstance(items, list) or not all(isinstance(item, dict) and name in item for item in items):
        return [data]
    return [msgspec.json.encode(item) for item in items]

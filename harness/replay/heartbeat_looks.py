"""Which messages are heartbeats, or goodbyes, by what they look like, or by what the service's profile says."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final, cast

from harness.framing.json_values import parse_json
from harness.framing.message_patterns import MessagePattern
from harness.heartbeat_looks import PLAIN_HEARTBEATS
from harness.match.generated import masked

LONGEST: Final = 256
"""Bytes; a longer message has no look of a heartbeat."""
WORDS: Final = frozenset({"ping", "pong", "heartbeat", "heart_beat", "keepalive", "keep-alive", "keep_alive", "ka"})
"""Words that name a heartbeat."""
_ENGINE_IO: Final = frozenset({b"2", b"3"})
_NAMES: Final = frozenset({"type", "event", "op", "action", "method", "cmd", "command", "kind", "msg", "name"})
_COUNTER: Final = re.compile(rb'("(?:type|op|event|kind|version)"\s*:\s*)?\d+')
"""A number; with the name of its field if that is the type of the message, which is no counter."""
_GOODBYES: Final = frozenset({b"41", b"1", b'{"type":7}\x1e', b"\xe0\x00"})
"""A client's last message, if it sends one: socket.io's and engine.io's, SignalR's, MQTT's."""
FLUSHED: Final = b"\0\0\xff\xff"
"""The end of a piece of one compressed stream. It has its place between its neighbours, and replies to nothing else."""
_INTERVAL: Final = b'"heartbeat_interval"'
_OPENING, _LARGEST_OPENING = 2, 4096
"""Messages that may announce heartbeats, and bytes of one."""
_ACKNOWLEDGING: Final = re.compile(
    rb'\{\s*(?:"op"\s*:\s*1\s*,\s*"d"\s*:\s*(?:\d+|null)|"d"\s*:\s*(?:\d+|null)\s*,\s*"op"\s*:\s*1)\s*\}'
)
"""A heartbeat that acknowledges the last event by its number: none before the first one. So it differs each time."""
_ACKNOWLEDGED: Final = re.compile(rb'\{(?:"\w+"\s*:\s*null\s*,\s*)*\s*"op"\s*:\s*11\s*[,}]')
_TERMINATE: Final = b'"connection_terminate"'


@dataclass(frozen=True, slots=True)
class HeartbeatLook:
    """How a single message is recognized as a client's heartbeat.

    Attributes:
        engine_io: Whether ``2`` and ``3`` are heartbeats.
        named: Those that the profile names, and no others; None if the profile leaves it to their look and rhythm.
        announced: Whether the service tells the client how often it has to send heartbeats.
    """

    engine_io: bool = False
    named: tuple[MessagePattern, ...] | None = None
    announced: bool = False

    def of_socket(self, received: Iterable[bytes]) -> HeartbeatLook:
        """The `HeartbeatLook` of a socket, given the service's messages, the first of which may announce heartbeats."""
        if self.named is not None or not any(map(_announces, islice(received, _OPENING))):
            return self
        return replace(self, announced=True)

    def form(self, kind: str, data: bytes) -> bytes | None:
        """What a heartbeat has in common with all others of its sort; None if the message is no heartbeat by itself."""
        if kind not in {"text", "binary"}:
            return None
        if self.named is not None:
            return next((each.text.encode() for each in self.named if each.matches(data)), None)
        if self.announced and _ACKNOWLEDGING.fullmatch(data):
            return b"acknowledging"
        return form_of(data) if looks_like_heartbeat(kind, data, engine_io=self.engine_io) else None


def confirms(beat: bytes, reply: bytes) -> bool:
    """Whether a message confirms a heartbeat that acknowledges the last event."""
    return _ACKNOWLEDGING.fullmatch(beat) is not None and _ACKNOWLEDGED.match(reply) is not None


def _announces(data: bytes) -> bool:
    if data.endswith(FLUSHED) and data.startswith(b"\x78"):
        try:
            data = zlib.decompressobj().decompress(data, _LARGEST_OPENING)
        except zlib.error:
            return False
    return _INTERVAL in data[:_LARGEST_OPENING]


def patterns_of(texts: Sequence[str] | None) -> tuple[MessagePattern, ...] | None:
    """The patterns of a profile's ``heartbeats``.

    Raises:
        harness.framing.message_patterns.MessagePatternError: One is malformed.
    """
    return None if texts is None else tuple(map(MessagePattern.parse, texts))


def looks_like_heartbeat(kind: str, data: bytes, *, engine_io: bool = False) -> bool:
    """Whether a message looks like a heartbeat, or like the reply to one."""
    if len(data) > LONGEST or kind not in {"text", "binary"}:
        return False
    if data in PLAIN_HEARTBEATS or (engine_io and data in _ENGINE_IO):
        return True
    if not data.startswith((b"{", b"[")):
        return False
    return _says_heartbeat(parse_json(data))


def is_goodbye(data: bytes) -> bool:
    """Whether a client's message only announces its disconnect; a library may close the socket before it is sent."""
    return data in _GOODBYES or (len(data) < 100 and _TERMINATE in data)


def form_of(data: bytes) -> bytes:
    """A message without its counters and generated values: equal for all heartbeats of one client."""
    # One digit is the type of an engine.io packet.
    if data in PLAIN_HEARTBEATS or len(data) == 1:
        return data
    text = masked(data.decode("latin-1")).encode("latin-1")
    return _COUNTER.sub(lambda found: found[0] if found[1] else b"0", text)


def _says_heartbeat(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, str) and item.lower() in WORDS for item in cast("list[object]", value))
    if not isinstance(value, dict):
        return False
    fields = cast("dict[str, object]", value)
    if len(fields) == 1 and next(iter(fields)).lower() in WORDS:
        return True
    return any(
        name.lower() in _NAMES and isinstance(word, str) and word.lower() in WORDS for name, word in fields.items()
    )

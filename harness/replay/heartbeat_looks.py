"""Which messages are heartbeats, or goodbyes, by what they look like, or by what the service's profile says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
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
_TERMINATE: Final = b'"connection_terminate"'


@dataclass(frozen=True, slots=True)
class HeartbeatLook:
    """How a client's heartbeats are known by themselves.

    Attributes:
        engine_io: Whether ``2`` and ``3`` are heartbeats.
        named: Those that the profile names, and no others; None if the profile leaves it to their look and rhythm.
    """

    engine_io: bool = False
    named: tuple[MessagePattern, ...] | None = None

    def form(self, kind: str, data: bytes) -> bytes | None:
        """What a heartbeat has in common with all others of its sort; None if the message is no heartbeat by itself."""
        if kind not in {"text", "binary"}:
            return None
        if self.named is not None:
            return next((each.text.encode() for each in self.named if each.matches(data)), None)
        return form_of(data) if looks_like_heartbeat(kind, data, engine_io=self.engine_io) else None


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

"""`ConnectStreams`: joins MQTT's CONNECT, in which a client sends its password, from several WebSocket messages.

MQTT uses a socket as a stream of bytes, and MQTT.js writes each field of CONNECT as a message of its own. Alone, the
password's message has neither a name nor a form; behind the messages before it, it is the packet's last field.
"""

from __future__ import annotations

from typing import Final

from harness.framing.mqtt import size_at
from harness.record.events import Event, MessagePassed, SocketEnded

_CONNECT: Final = 0x10
_LONGEST: Final = 64 * 1024
"""Bytes of a CONNECT that is followed; longer ones are a picture or the like that begins so by chance."""


class ConnectStreams:
    """Follows each socket's client up to the end of its first packet, if that may be MQTT's CONNECT."""

    def __init__(self) -> None:
        self._begun: dict[int, bytes | None] = {}

    def before(self, event: Event) -> bytes:
        """The bytes of a client's MQTT CONNECT before this event if the event completes the packet; else empty."""
        if isinstance(event, SocketEnded):
            self._begun.pop(event.exchange, None)
            return b""
        if not isinstance(event, MessagePassed) or event.direction != ">" or event.kind not in {"text", "binary"}:
            return b""
        begun = self._begun.setdefault(event.exchange, b"")
        if begun is None:
            return b""
        whole = begun + event.data
        is_open = whole[:1] == bytes((_CONNECT,)) and len(whole) <= _LONGEST and size_at(whole, 0) == 0
        self._begun[event.exchange] = whole if is_open or not whole else None
        return b"" if is_open else begun

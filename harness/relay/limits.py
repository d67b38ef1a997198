"""`RelayLimits`: how long a relay waits, and how much of a body it records."""

from __future__ import annotations

from dataclasses import dataclass

from harness.cassette.model import LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLimits:
    """Deadlines in seconds, and sizes in bytes.

    Attributes:
        connect: Deadline for opening a WebSocket, TCP and TLS included.
        answer: Deadline for a whole HTTP response, its body included.
        idle: Deadline for a socket's next message from the service.
        send: Deadline for the service to accept a message.
        close: Deadline for the other side's close frame.
        kept_body: Bytes of one response's body that are recorded. A longer body is passed on, but its recording is cut
            there: no cassette could hold it (`harness.cassette.model.Limits`).
        kept_stream: The same, of an event stream, whose events are in memory.
        kept_bodies: Bytes of all responses' bodies together that are recorded.
    """

    connect: float = 30.0
    answer: float = 600.0
    idle: float = 900.0
    send: float = 30.0
    close: float = 5.0
    kept_body: int = LIMITS.large_file_bytes
    kept_stream: int = 48 * 1024 * 1024
    kept_bodies: int = LIMITS.large_bytes

"""The limits of the host: sizes, and times to wait for a client."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from provider.websocket import MAX_MESSAGE_BYTES, MAX_MESSAGE_FRAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds.

    Attributes:
        head_bytes: Of a request's line and headers.
        body_bytes: Of a request's body in memory; a larger one gets 413, if there is no ``spool``.
        spool: Folder for the larger bodies, for stages that read `fake_server.stage.Request.large`; None without such.
        spooled_bytes: Of a request's body in that folder; a larger one gets 413.
        message_bytes: Of a WebSocket message; a longer one closes the socket with 1009.
        message_frames: Number of frames of a WebSocket message; one of more closes the socket with 1009. Empty frames
            never reach ``message_bytes``.
        queued_bytes: Of messages that the stage has not received yet; above it the host stops reading.
        connections: Number of open connections, fewer if the process may not open so many descriptors; further ones
            get 503, over TLS an end.
        head_timeout: For a request's head, idle time on a kept connection included.
        body_timeout: For a request's body; of one that goes to a file, for its next piece.
        crowded_timeout: For a connection's first request while there are as many connections as allowed. The oldest one
            that takes longer ends when a new client connects.
        message_timeout: For a WebSocket message, from its first frame to its last; a later one closes the socket with
            1008. The time in which the host does not read is not counted.
        send_timeout: For a client that has stopped reading; then the host ends its connection.
        close_timeout: For the client's close frame, and for its FIN. A client that has sent FIN still gets its answer
            within this time.
        pong_timeout: For the pong, on a server that sends pings.
        linger: Between the last message and the close frame, if the stage asks for it (`Accept.linger`): some clients
            lose unread messages when they see the end. See docs/leniency.md.
        tls_timeout: For a TLS handshake.
        stage_timeout: For a stage's `close`.
    """

    head_bytes: int = 128 * 1024
    body_bytes: int = 64 * 1024 * 1024
    spool: Path | None = None
    spooled_bytes: int = 1024 * 1024 * 1024
    message_bytes: int = MAX_MESSAGE_BYTES
    message_frames: int = MAX_MESSAGE_FRAMES
    queued_bytes: int = 4 * 1024 * 1024
    connections: int = 10_000
    head_timeout: float = 60.0
    body_timeout: float = 60.0
    crowded_timeout: float = 5.0
    message_timeout: float = 60.0
    send_timeout: float = 120.0
    close_timeout: float = 2.0
    pong_timeout: float = 20.0
    linger: float = 0.25
    tls_timeout: float = 10.0
    stage_timeout: float = 20.0


_SPARE: Final = 170
"""Descriptors left for all else: files, refused connections, and the 100 that asyncio accepts in one go."""


def most_connections(limits: Limits) -> int:
    """Number of connections that a server of this process can hold: at most the limit, at least one.

    Out of descriptors, the event loop could not accept a connection, and would try without end.
    """
    try:
        import resource  # noqa: PLC0415  # POSIX only

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        used = sum(1 for _ in Path("/dev/fd").iterdir())
    except (ImportError, OSError):
        return limits.connections
    if soft == resource.RLIM_INFINITY:
        return limits.connections
    return max(1, min(limits.connections, soft - used - _SPARE))

"""What the host takes from a client, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass

from provider.websocket import MAX_MESSAGE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds.

    Attributes:
        head_bytes: One request's line and headers.
        body_bytes: One request's body.
        message_bytes: One WebSocket message; a longer one is closed with 1009.
        queued_bytes: Received and not yet taken by the stage; beyond that the client is not read.
        connections: Open at once; further ones are ended at once.
        head_timeout: For a whole request head, idle time on a kept connection included.
        body_timeout: For a whole request body.
        send_timeout: For a client to read on when it has stopped reading; then its connection is ended.
        close_timeout: For the client's part of a closing handshake, and for its end of a connection. Also how long
            a client that has sent its FIN is still answered.
        pong_timeout: For the answer to a ping, on a server that pings.
        linger: Between the last message and the close frame, on sockets whose stage asks for it (`Accept.linger`):
            clients that stop reading as soon as they see the end then have their last messages. See docs/leniency.md.
        tls_timeout: For a TLS handshake.
        stage_timeout: For a stage to close.
    """

    head_bytes: int = 128 * 1024
    body_bytes: int = 64 * 1024 * 1024
    message_bytes: int = MAX_MESSAGE_BYTES
    queued_bytes: int = 4 * 1024 * 1024
    connections: int = 1000
    head_timeout: float = 60.0
    body_timeout: float = 60.0
    send_timeout: float = 120.0
    close_timeout: float = 2.0
    pong_timeout: float = 20.0
    linger: float = 0.25
    tls_timeout: float = 10.0
    stage_timeout: float = 20.0

"""TLS handshakes, which a stage may make fail on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Protocol, runtime_checkable

from fake_server.host.limits import Limits
from fake_server.host.tcp import TcpConnection
from fake_server.stage import Stage


@runtime_checkable
class SpoilsHandshakes(Protocol):
    """A stage that chooses the certificate of each TLS handshake, or makes the handshake fail."""

    def handshake(self, context: ssl.SSLContext) -> ssl.SSLContext | bytes | None:
        """Called for each TLS handshake, before its first byte is read.

        Args:
            context: The server's own.

        Returns:
            None for the server's own context; another context; or bytes in place of an answer to the client's hello,
            after which the connection ends.
        """
        ...


async def encrypted(tcp: TcpConnection, context: ssl.SSLContext, stage: Stage, limits: Limits) -> TcpConnection:
    """Start TLS; returns the encrypted connection. See `TcpConnection.start_tls`.

    Raises:
        ConnectionError: The handshake failed, took too long, or the stage ended it with bytes.
    """
    spoiled = stage.handshake(context) if isinstance(stage, SpoilsHandshakes) else None
    if not isinstance(spoiled, bytes):
        return await tcp.start_tls(spoiled or context)
    tcp.release("tls")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limits.tls_timeout):
            await tcp.read()
    tcp.write(spoiled)
    await tcp.finish(limits.close_timeout)
    raise ConnectionError("the TLS handshake was ended on purpose: the stage answers it with bytes that are not TLS")

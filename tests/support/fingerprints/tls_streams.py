"""TLS over memory buffers, so that the bytes of a ClientHello are seen before they are decrypted."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final

from tests.support.fingerprints.client_hello import ClientHello, client_hello

_BLOCK: Final = 65536


class TlsStreams:
    """TLS on a pair of asyncio's streams, for the server's side.

    Attributes:
        hello: What the client said first; None until that is whole.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        self._reader = reader
        self._writer = writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._ssl = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.hello: ClientHello | None = None

    async def handshake(self) -> None:
        """Shake hands.

        Raises:
            ssl.SSLError: The client does not want to.
            ConnectionError: It is gone.
        """
        wire = b""
        while True:
            try:
                self._ssl.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush()
                block = await self._block()
                wire += block
                self.hello = self.hello or client_hello(wire)
        await self._flush()

    @property
    def protocol(self) -> str | None:
        """What ALPN came to; None without it."""
        return self._ssl.selected_alpn_protocol()

    @property
    def resumed(self) -> bool:
        """Whether the session is one from before."""
        return bool(self._ssl.session_reused)

    async def read(self) -> bytes:
        """What has come; nothing at the end."""
        while True:
            try:
                return self._ssl.read(_BLOCK)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._block()
            except ssl.SSLZeroReturnError:
                return b""

    async def write(self, data: bytes) -> None:
        self._ssl.write(data)
        await self._flush()

    async def _block(self) -> bytes:
        block = await self._reader.read(_BLOCK)
        if not block:
            raise ConnectionResetError("the client is gone")
        self._incoming.write(block)
        return block

    async def _flush(self) -> None:
        self._writer.write(self._outgoing.read())
        await self._writer.drain()

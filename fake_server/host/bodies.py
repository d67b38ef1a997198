"""Bodies that a stage gives as an iterator: writes raw bytes in place of a response, and closes any iterator."""

from __future__ import annotations

from collections.abc import AsyncIterable

from fake_server.host.tcp import TcpConnection
from fake_server.stage import RawBytes


async def write_raw(tcp: TcpConnection, raw: RawBytes) -> None:
    """Write each piece by itself, and wait until it has left."""
    try:
        async for piece in raw.pieces:
            tcp.write(piece)
            await tcp.flush()
    finally:
        await close_body(raw.pieces)


async def close_body(body: bytes | AsyncIterable[bytes]) -> None:
    """Close the iterator of a streamed body, whether it was sent or not; does nothing for bytes."""
    close = getattr(body, "aclose", None)
    if close is not None:
        await close()

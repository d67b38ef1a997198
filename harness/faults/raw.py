"""Responses as raw bytes, for the faults that HTTP forbids: wrong lengths, broken chunks, a head in pieces."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Final

from fake_server.host.status_phrases import PHRASES
from fake_server.stage import RawBytes, Response
from harness.faults.bodies import chunks

_LENGTHS: Final = frozenset({"content-length", "transfer-encoding"})
_MOST_BODY: Final = 64 * 1024 * 1024
_GARBAGE: Final = 512
DIFFERENCE: Final = 64
"""Bytes by which a wrong content-length is wrong."""


def head(response: Response, *added: tuple[str, str]) -> bytes:
    """The encoded head of a response; the fields that say how long the body is come from ``added``."""
    phrase = PHRASES.get(response.status, "") if response.reason is None else response.reason
    fields = [field for field in response.headers if field[0] not in _LENGTHS]
    lines = [f"HTTP/1.1 {response.status} {phrase}", *(f"{name}: {value}" for name, value in (*fields, *added)), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


async def whole_body(response: Response) -> bytes:
    """The whole body of a response as bytes; a streamed body is read to its end, up to 64 MiB."""
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks(response.body):
        parts.append(chunk)
        size += len(chunk)
        if size > _MOST_BODY:
            break
    return b"".join(parts)[:_MOST_BODY]


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    """Yield the given byte strings, one after the other, as the body of a raw response."""
    for part in parts:
        yield part


async def sliced(data: bytes, size: int, every: float = 0.0) -> AsyncIterator[bytes]:
    """Yield bytes in pieces of ``size`` bytes, and wait ``every`` seconds between two pieces."""
    for at in range(0, len(data), size):
        yield data[at : at + size]
        await asyncio.sleep(every)


async def with_bad_chunk(response: Response) -> AsyncIterator[bytes]:
    """Yield a response with a chunked body in which the size of a chunk is not a number."""
    async for part in chunked(response):
        yield part
    yield b"zz\r\n"


async def chunked(response: Response) -> AsyncIterator[bytes]:
    """Yield a response's head and its body in chunks, but not the last chunk, which would end the body."""
    yield head(response, ("transfer-encoding", "chunked"))
    async for chunk in chunks(response.body):
        yield b"%x\r\n%b\r\n" % (len(chunk), chunk)


async def with_length(response: Response, difference: int) -> AsyncIterator[bytes]:
    """Yield a response whose ``content-length`` is ``difference`` bytes more than its body has."""
    body = await whole_body(response)
    yield head(response, ("content-length", str(max(0, len(body) + difference)))) + body


def garbage(chance: random.Random) -> RawBytes:
    """Random bytes that do not begin like HTTP."""
    return RawBytes(pieces=pieces(b"\x00" + chance.randbytes(_GARBAGE)))


def malformed() -> RawBytes:
    """A raw response that has only a malformed status line."""
    return RawBytes(pieces=pieces(b"HTTP/one.one OK 200\r\ncontent-length: 0\r\nno colon here\r\n\r\n"))

"""What tests of the asyncio transport share: a transport, a request, and waiting for a condition."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from provider.transport.async_transport import AsyncTransport
from provider.transport.types import Request, Settings


def transport(**settings):
    return AsyncTransport(Settings(**{"trust_environment": False, **settings}))


def get(url):
    return Request(method="GET", url=url)


async def silent(connection):
    await connection.read_request()
    await connection.upgrade()
    connection.tell("open")
    await connection.answer_close()


async def until(condition):
    """Let the loop run until a thread has got somewhere."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))

"""`ForwardedBody`: the body of a request on its way to the service, and to the recording."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from fake_server.stage import LargeBody, Request
from harness.cassette.model import LIMITS
from harness.content_coding import is_coded
from harness.decoding import LargeContent
from harness.origins import OriginMap
from harness.record.exchange import ExchangeRecorder
from harness.relay.headers import upstream_body
from provider.clock import monotonic
from provider.transport.types import FileBody


class ForwardedBody(Protocol):
    """A body that is forwarded, and recorded meanwhile."""

    @property
    def body(self) -> bytes | FileBody:
        """What the service gets."""
        ...

    @property
    def size(self) -> int:
        """Of that, in bytes."""
        ...

    def recorded(self, recorder: ExchangeRecorder) -> AbstractAsyncContextManager[None]:
        """Record the body until the end of the block, which waits for it."""
        ...


def upload_of(request: Request, outward: OriginMap) -> ForwardedBody:
    """The upload of a request.

    Args:
        request: The client's.
        outward: Maps the local server's origin to the service's in text, but not in a large body.
    """
    return SmallUpload(request, outward) if request.large is None else LargeUpload(request, request.large)


class SmallUpload:
    """An upload that is in memory."""

    def __init__(self, request: Request, outward: OriginMap) -> None:
        content_type = request.header("content-type")
        change: Callable[[bytes], bytes] = lambda body: upstream_body(body, content_type, outward)  # noqa: E731
        # A coded body is forwarded byte for byte; its decoded content is recorded.
        coded = is_coded(request.headers)
        self.body = request.body if coded else change(request.body)
        self.size = len(self.body)
        self._change = change if coded else None

    @asynccontextmanager
    async def recorded(self, recorder: ExchangeRecorder) -> AsyncGenerator[None]:
        """See `ForwardedBody`."""
        recorder.request_body(self.body, at=monotonic(), change=self._change)
        yield


class LargeUpload:
    """An upload that is in a file."""

    def __init__(self, request: Request, large: LargeBody) -> None:
        self.body = FileBody(large.open(), large.size)
        self.size = large.size
        self._headers = request.headers
        self._large = large

    @asynccontextmanager
    async def recorded(self, recorder: ExchangeRecorder) -> AsyncGenerator[None]:
        """See `ForwardedBody`."""
        content = LargeContent(self._headers, self._large, LIMITS.large_file_bytes)
        steps = recorder.large_request_body(content, at=monotonic())
        task = asyncio.create_task(_taken(steps))
        try:
            try:
                yield
            finally:
                await task
        finally:
            # The client has left before that: what it sent is recorded nonetheless.
            task.cancel()
            deque(steps, 0)


async def _taken(steps: Iterator[None]) -> None:
    for _ in steps:
        await asyncio.sleep(0)  # the body leaves for the service meanwhile

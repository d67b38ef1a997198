"""The body of an answer as it comes in, with a look ahead: how it is coded shows only in the body itself."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Protocol

from provider.clock import monotonic
from provider.websocket import Headers


class Answered(Protocol):
    """An answer of the service whose body is read chunk by chunk; see `AsyncStreamedResponse`."""

    status: int
    reason: str
    headers: Headers

    @property
    def trailers(self) -> Headers:
        """The fields behind the body, once that is over."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives."""
        ...

    async def aclose(self) -> None:
        """Let go of the connection."""
        ...


class Intake:
    """Chunks of a body, and when they came; nothing is read before it is asked for.

    Attributes:
        ended: Whether a look ahead has seen all of the body.
    """

    def __init__(self, answer: Answered) -> None:
        self._chunks = answer.chunks()
        self._ahead: deque[tuple[float, bytes]] = deque()
        self._next: asyncio.Task[bytes | None] | None = None
        self.ended = False

    @property
    def data(self) -> bytes:
        """What was seen ahead and is not taken yet."""
        return b"".join(chunk for _, chunk in self._ahead)

    async def look_ahead(self, size: int, seconds: float) -> None:
        """Read on until the end, until there are so many bytes, or until the time is up.

        What goes wrong meanwhile is raised when the body has been taken up to there.
        """
        until = monotonic() + seconds
        seen = 0
        while seen < size and not self.ended:
            self._next = self._next or asyncio.ensure_future(self._read())
            await asyncio.wait({self._next}, timeout=max(0.0, until - monotonic()))
            if not self._next.done() or self._next.cancelled() or self._next.exception() is not None:
                return
            chunk, self._next = self._next.result(), None
            if chunk is None:
                self.ended = True
            else:
                self._ahead.append((monotonic(), chunk))
                seen += len(chunk)

    async def take(self) -> tuple[float, bytes] | None:
        """The next chunk and when it came; None at the end. Raises as the answer's chunks do."""
        if self._ahead:
            return self._ahead.popleft()
        if self.ended:
            return None
        waiting, self._next = self._next, None
        chunk = await anext(self._chunks, None) if waiting is None else await waiting
        if chunk is None:
            self.ended = True
            return None
        return monotonic(), chunk

    def stop(self) -> None:
        """Nobody reads on."""
        if self._next is not None:
            self._next.cancel()
            self._next.add_done_callback(_looked_at)
            self._next = None

    async def _read(self) -> bytes | None:
        return await anext(self._chunks, None)


def _looked_at(task: asyncio.Task[bytes | None]) -> None:
    if not task.cancelled():
        task.exception()

"""`Intake`: the chunks of a response's body, with look-ahead, as only the body itself shows how it is coded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Protocol

from provider.clock import monotonic
from provider.websocket import Headers


class Answered(Protocol):
    """A response of the service, whose body is read chunk by chunk; see `AsyncStreamedResponse`."""

    status: int
    reason: str
    headers: Headers

    @property
    def trailers(self) -> Headers:
        """The trailer fields, once the body has ended."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives."""
        ...

    async def aclose(self) -> None:
        """Release the connection."""
        ...


class Intake:
    """The chunks of a response's body, with their times of arrival. Nothing is read before it is needed.

    Attributes:
        ended: Whether the whole body was read.
    """

    def __init__(self, answer: Answered) -> None:
        self._chunks = answer.chunks()
        self._ahead: deque[tuple[float, bytes]] = deque()
        self._next: asyncio.Task[bytes | None] | None = None
        self.ended = False

    @property
    def data(self) -> bytes:
        """The bytes of the body that were read ahead of time, and that no caller has fetched yet."""
        return b"".join(chunk for _, chunk in self._ahead)

    async def look_ahead(self, size: int, seconds: float) -> None:
        """Read ahead up to ``size`` bytes of the response's body, for at most ``seconds``, or to the end.

        An error meanwhile is raised later, by `take`, when the body was taken up to there.
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
        """The next chunk and its time of arrival; None at the end. Raises as `Answered.chunks` does."""
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
        """Stop reading ahead."""
        if self._next is not None:
            self._next.cancel()
            self._next.add_done_callback(_looked_at)
            self._next = None

    async def _read(self) -> bytes | None:
        return await anext(self._chunks, None)


def _looked_at(task: asyncio.Task[bytes | None]) -> None:
    if not task.cancelled():
        task.exception()

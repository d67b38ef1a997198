"""The body of one relayed HTTP answer: passed on piece by piece while it is recorded."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from fake_server.stage import BrokenBodyError
from harness.cassette.model import Direction
from harness.origins import StreamedMap
from harness.record.observations import BodyEnd
from harness.relay.home import Told
from harness.relay.passage import Clock, how_lost
from provider.transport.asynchronous import AsyncStreamedResponse
from provider.transport.errors import DeadlineError, TransportError


class RelayedBody:
    """Chunks for the host, as they come. Nothing is read ahead: a slow client slows the service down.

    Args:
        on_end: Called once when it is over.
    """

    def __init__(
        self,
        answer: AsyncStreamedResponse,
        track: Told,
        clock: Clock,
        origins: StreamedMap | None,
        on_end: Callable[[RelayedBody], None],
    ) -> None:
        self._answer = answer
        self._chunks: AsyncIterator[bytes] = answer.chunks()
        self._track = track
        self._clock = clock
        self._origins = origins
        self._on_end = on_end
        self._over = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """The next chunk.

        Raises:
            BrokenBodyError: The service's body broke off, or did not come in time.
        """
        try:
            return await self._next()
        except StopAsyncIteration:
            raise
        except DeadlineError as error:
            await self.end("cut", "!")
            raise BrokenBodyError("eof") from error
        except TransportError as error:
            how = how_lost(error)
            await self.end(how, "<")
            raise BrokenBodyError(how) from error
        except BaseException:
            await self.end("eof", ">")
            raise

    async def aclose(self) -> None:
        """The client will read no more."""
        await self.end("eof", ">")

    async def end(self, kind: BodyEnd, by: Direction) -> None:
        """It is over; only the first call counts."""
        if self._over:
            return
        self._over = True
        self._track.end(kind, at=self._clock.now(), by=by)
        self._on_end(self)
        await self._answer.aclose()

    async def _next(self) -> bytes:
        while not self._over:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                rest = self._origins.finish() if self._origins else b""
                await self.end("whole", "<")
                if rest:
                    return rest
                raise
            self._track.chunk(chunk, at=self._clock.now())
            mapped = self._origins.feed(chunk) if self._origins else chunk
            if mapped:
                return mapped
        raise StopAsyncIteration


async def read_bodiless(body: RelayedBody) -> None:
    """Read to its end an answer that has no body by its nature (HEAD, 204, 304)."""
    with contextlib.suppress(BrokenBodyError):
        async for _ in body:
            pass

"""`RelayedBody`: the body of one HTTP response, passed on piece by piece while it is recorded."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable

from fake_server.stage import BrokenBodyError
from harness.cassette.model import Direction
from harness.decoding import CodingError, Decoder
from harness.origins import StreamedMap
from harness.record.events import BodyEnd
from harness.record.exchange import ExchangeRecorder
from harness.relay.failures import how_lost
from harness.relay.intake import Answered, Intake
from provider.clock import monotonic
from provider.transport.errors import DeadlineError, TransportError


class RelayedBody:
    """Chunks for the client, as they arrive. Nothing is read ahead, so a slow client slows the service down.

    Attributes:
        outgrown: Whether the body was longer than a recording may be; its recording is cut there.
        recorded_bytes: Bytes that were recorded.

    Args:
        answer: The service's response; closed when the body has ended.
        intake: The response's chunks.
        recorder: Records the decoded chunks.
        decoder: Takes the content coding off; None to pass the body on as it is.
        origins: Maps the service's origins to the local server's; None for a body that is not text.
        on_end: Called once when the body has ended.
        longest: Most bytes to record; see `harness.relay.limits.RelayLimits.kept_body`.
    """

    def __init__(
        self,
        answer: Answered,
        intake: Intake,
        recorder: ExchangeRecorder,
        *,
        decoder: Decoder | None,
        origins: StreamedMap | None,
        on_end: Callable[[RelayedBody], None],
        longest: int,
    ) -> None:
        self.outgrown = False
        self.recorded_bytes = 0
        self._answer = answer
        self._intake = intake
        self._recorder = recorder
        self._decoder = decoder
        self._origins = origins
        self._on_end = on_end
        self._longest = longest
        self._ready: deque[bytes] = deque()
        self._over = False
        self._damage: CodingError | None = None

    def __aiter__(self) -> RelayedBody:
        return self

    async def __anext__(self) -> bytes:
        """The next chunk.

        Raises:
            BrokenBodyError: The service's body broke off, is damaged, or did not come in time.
        """
        try:
            return await self._next()
        except StopAsyncIteration:
            raise
        except DeadlineError as error:
            await self.end("cut", "!")
            raise BrokenBodyError("eof") from error
        except CodingError as error:
            await self.end("eof", "<")
            raise BrokenBodyError("eof") from error
        except TransportError as error:
            how = how_lost(error)
            await self.end(how, "<")
            raise BrokenBodyError(how) from error
        except BaseException:
            await self.end("eof", ">")
            raise

    async def aclose(self) -> None:
        """End the body because the client stopped reading; the recording shows that."""
        await self.end("eof", ">")

    async def end(self, kind: BodyEnd, by: Direction) -> None:
        """End the body. Only the first call counts."""
        if self._over:
            return
        self._over = True
        trailers = self._answer.trailers if kind == "whole" else ()
        self._recorder.end(kind, at=monotonic(), by=by, trailers=trailers)
        self._on_end(self)
        self._intake.stop()
        await self._answer.aclose()

    async def _next(self) -> bytes:
        while not self._over:
            if self._ready:
                return self._ready.popleft()
            if self._damage is not None:
                raise self._damage
            came = await self._intake.take()
            if came is None:
                rest = self._origins.finish() if self._origins else b""
                await self.end("whole", "<")
                if rest:
                    return rest
                raise StopAsyncIteration
            self._take(*came)
        raise StopAsyncIteration

    def _take(self, at: float, chunk: bytes) -> None:
        try:
            for piece in (chunk,) if self._decoder is None else self._decoder.feed(chunk):
                self._record(piece, at)
                mapped = self._origins.feed(piece) if self._origins else piece
                if mapped:
                    self._ready.append(mapped)
        except CodingError as error:
            self._damage = error

    def _record(self, piece: bytes, at: float) -> None:
        if self.outgrown:
            return
        if self.recorded_bytes + len(piece) > self._longest:
            self.outgrown = True
            self._recorder.end("cut", at=at, by="!")
        else:
            self.recorded_bytes += len(piece)
            self._recorder.chunk(piece, at=at)


async def read_all(body: RelayedBody) -> bytes:
    """Read a body to its end, if it was read ahead already, or is empty by its nature (HEAD, 204, 304)."""
    found = bytearray()
    with contextlib.suppress(BrokenBodyError):
        async for piece in body:
            found += piece
    return bytes(found)

"""An open WebSocket for asyncio: the counterpart of `provider.transport.sync_transport.SyncSocket`."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Self

from provider import clock
from provider.clock import RealTimer
from provider.transport.errors import DeadlineError, SocketEndedError, TransportError, place_of
from provider.transport.frames import CLOSE, TEXT, FrameWriter, MessageReader, frames_of
from provider.transport.response import Head
from provider.transport.types import Settings
from provider.websocket import Ended, Headers, Message, encode_close

if TYPE_CHECKING:
    from curl_cffi import Curl

_FAIRNESS: Final = 256
"""Messages returned in a row before other tasks may run."""


class AsyncSocket:
    """An open WebSocket. One task receives, others may send.

    Attributes:
        status: 101.
        headers: Of the 101.
    """

    def __init__(self, curl: Curl, descriptor: int, head: Head, settings: Settings, url: str) -> None:
        self.status = head.status
        self.headers: Headers = head.headers
        self._curl: Curl | None = curl
        self._url = url
        self._reader = MessageReader(curl, settings.max_message_bytes, answer_pings=settings.answer_pings)
        self._messages = self._reader.messages
        self._writer = FrameWriter(curl)
        self._loop = loop = asyncio.get_running_loop()
        self._readable = Readiness(
            functools.partial(loop.add_reader, descriptor), functools.partial(loop.remove_reader, descriptor)
        )
        self._writable = Readiness(
            functools.partial(loop.add_writer, descriptor), functools.partial(loop.remove_writer, descriptor)
        )
        self._in_a_row = 0

    def take(self) -> Message | None:
        """Return the next message if it has arrived and no other task has to run first; else None, and `receive` waits.

        This saves the cost of a coroutine for each message.
        """
        if not self._messages or self._in_a_row >= _FAIRNESS:
            return None
        self._in_a_row += 1
        return self._messages.popleft()

    @property
    def is_here(self) -> bool:
        """Whether this socket was opened in the running event loop; in another loop it can only be closed."""
        return asyncio.get_running_loop() is self._loop

    async def receive(self, timeout: float) -> Message:  # noqa: ASYNC109  # cheaper than a scope per message
        """Return the next message. By default, a ping has been answered when it is returned.

        Raises:
            DeadlineError: No message came within ``timeout`` seconds; the socket stays usable.
            SocketEndedError: The connection has ended; every later call raises it, too.
            ProtocolError: The peer broke the protocol.
            TooLargeError: A message is larger than the settings allow.
        """
        messages = self._messages
        self._in_a_row += 1
        if self._in_a_row >= _FAIRNESS:
            self._in_a_row = 0
            await asyncio.sleep(0)
        if messages:
            return messages.popleft()
        deadline: float | None = None
        while True:
            more = self._drain()
            if messages:
                return messages.popleft()
            self._reader.check()
            now = clock.monotonic()
            deadline = now + timeout if deadline is None else deadline
            if now >= deadline:
                raise DeadlineError(f"{place_of(self._url)}: the service sent no message within {timeout:g} s")
            self._in_a_row = 0
            if more:
                await asyncio.sleep(0)
            else:
                await self._readable.wait(deadline - now)

    async def send(self, message: Message, timeout: float) -> None:  # noqa: ASYNC109
        """Send one message, in the frames of its ``frames``.

        Raises:
            DeadlineError: The peer reads too slowly; the message may still go out before the next one.
            SocketEndedError: The connection has ended.
        """
        *begun, (payload, flags) = frames_of(message)
        if begun:
            self._reader.check()
        for piece in begun:
            self._writer.put(*piece)
        await self._send(payload, flags, timeout)

    async def send_text(self, text: str, timeout: float) -> None:  # noqa: ASYNC109
        """Send a text message. Raises as `send`."""
        await self._send(text.encode(), TEXT, timeout)

    async def close(self, code: int | None = 1000, reason: str = "", timeout: float = 1.0) -> None:  # noqa: ASYNC109
        """Close with a close frame, and wait up to ``timeout`` seconds for the peer's.

        In another loop than the socket's own, which may have ended, it does not wait.
        """
        if not self.is_here:
            self._close_at_once(code, reason)
            return
        deadline = clock.monotonic() + timeout
        try:
            if self._reader.failure is None:
                await self._send(encode_close(code, reason), CLOSE, timeout)
            while self._reader.failure is None:
                await self.receive(deadline - clock.monotonic())
                if clock.monotonic() >= deadline:  # the peer keeps sending messages
                    break
        except TransportError:
            pass
        finally:
            self.abort()

    def _close_at_once(self, code: int | None, reason: str) -> None:
        try:
            if self._curl is not None and self._reader.failure is None:
                self._writer.put(encode_close(code, reason), CLOSE)
                self._writer.flush()
        except TransportError:
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        """Close the connection at once, without waiting; at any time, and more than once."""
        curl, self._curl = self._curl, None
        if curl is None:
            return
        if self._reader.failure is None:
            self._reader.failure = SocketEndedError(Ended("eof"))
        self._readable.wake()
        self._writable.wake()
        curl.close()

    def _drain(self) -> bool:
        if self._curl is None:
            return False
        more = self._reader.drain()
        self._reader.answer_through(self._writer)
        return more

    async def _send(self, payload: bytes, flags: int, timeout: float) -> None:  # noqa: ASYNC109
        deadline = clock.monotonic() + timeout
        self._reader.check()
        self._writer.put(payload, flags)
        while True:
            if self._curl is None:
                raise SocketEndedError(Ended("eof"))
            if self._writer.flush():
                return
            left = deadline - clock.monotonic()
            if left <= 0:
                raise DeadlineError(f"{place_of(self._url)}: the message could not be sent within {timeout:g} s")
            await self._writable.wait(left)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Readiness:
    """Waits until a descriptor can be read, or written. The loop watches it only while a task waits."""

    def __init__(self, start: Callable[[Callable[[], None]], object], stop: Callable[[], object]) -> None:
        """Set how the loop watches the descriptor.

        Args:
            start: Registers a callback with the loop for this descriptor.
        stop: Removes the callback.
        """
        self._start = start
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._waiting: set[asyncio.Future[bool]] = set()
        self._watching = False

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109  # a timer is cheaper than a scope per message
        """Wait at most ``timeout`` seconds. Returns False after that."""
        ready: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.add(ready)
        if not self._watching:
            self._watching = True
            self._start(self.wake)
        timer = RealTimer(self._loop, timeout, _resolve, ready, False)  # noqa: FBT003  # the future's result
        try:
            return await ready
        finally:
            timer.cancel()
            self._waiting.discard(ready)
            if not self._waiting:
                self._forget()

    def wake(self) -> None:
        """Wake all waiting tasks, and stop watching. Call this before the descriptor is closed, too."""
        for ready in self._waiting:
            _resolve(ready, True)  # noqa: FBT003  # as above
        self._waiting.clear()
        self._forget()

    def _forget(self) -> None:
        if self._watching:
            self._watching = False
            if not self._loop.is_closed():
                self._stop()


def _resolve(future: asyncio.Future[bool], value: bool) -> None:  # noqa: FBT001  # as above
    if not future.done():
        future.set_result(value)

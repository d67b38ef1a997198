"""An open WebSocket for asyncio: the blocking one's twin, on the same two halves."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Final, Self

from provider import clock
from provider.transport.errors import DeadlineError, SocketEndedError, TransportError
from provider.transport.frames import CLOSE, TEXT, Assembly, frames_of
from provider.transport.heads import Head
from provider.transport.outgoing import Outgoing
from provider.transport.readiness import Readiness
from provider.transport.translate import place_of
from provider.transport.types import Settings
from provider.websocket import Ended, Headers, Message, encode_close

if TYPE_CHECKING:
    from curl_cffi import Curl

_FAIRNESS: Final = 256
"""Messages handed out in a row before other tasks get a turn."""


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
        self._assembly = Assembly(curl, settings.max_message_bytes, answer_pings=settings.answer_pings)
        self._outgoing = Outgoing(curl)
        self._loop = loop = asyncio.get_running_loop()
        self._readable = Readiness(
            functools.partial(loop.add_reader, descriptor), functools.partial(loop.remove_reader, descriptor)
        )
        self._writable = Readiness(
            functools.partial(loop.add_writer, descriptor), functools.partial(loop.remove_writer, descriptor)
        )
        self._in_a_row = 0

    def take(self) -> Message | None:
        """The next message if it is here already and it is nobody else's turn; else None: `receive` waits.

        Saves readers that have work to do per message the price of a coroutine.
        """
        messages = self._assembly.messages
        if not messages or self._in_a_row >= _FAIRNESS:
            return None
        self._in_a_row += 1
        return messages.popleft()

    @property
    def is_here(self) -> bool:
        """Whether it was opened in the running loop; in another one it can only be closed."""
        return asyncio.get_running_loop() is self._loop

    async def receive(self, timeout: float) -> Message:  # noqa: ASYNC109  # cheaper than a scope per message
        """The next message; pings have been answered when they are delivered, unless the settings leave that to you.

        Raises:
            DeadlineError: Nothing came within ``timeout`` seconds; the socket stays usable.
            SocketEndedError: The connection ended; again at every later call.
            ProtocolError: The other side broke the protocol.
            TooLargeError: A message is larger than the settings allow.
        """
        messages = self._assembly.messages
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
            self._assembly.check()
            now = clock.monotonic()
            deadline = now + timeout if deadline is None else deadline
            if now >= deadline:
                raise DeadlineError(f"{place_of(self._url)}: no message within {timeout:g} s")
            self._in_a_row = 0
            if more:
                await asyncio.sleep(0)
            else:
                await self._readable.wait(deadline - now)

    async def send(self, message: Message, timeout: float) -> None:  # noqa: ASYNC109
        """Send one message, in the frames that it names.

        Raises:
            DeadlineError: The other side does not take it in time; it may still go out before the next one.
            SocketEndedError: The connection has ended.
        """
        *begun, (payload, flags) = frames_of(message)
        if begun:
            self._assembly.check()
        for piece in begun:
            self._outgoing.put(*piece)
        await self._send(payload, flags, timeout)

    async def send_text(self, text: str, timeout: float) -> None:  # noqa: ASYNC109
        """Send a text message. Raises as `send`."""
        await self._send(text.encode(), TEXT, timeout)

    async def close(self, code: int | None = 1000, reason: str = "", timeout: float = 1.0) -> None:  # noqa: ASYNC109
        """Close properly: send a close frame, and wait up to ``timeout`` seconds for the other side's.

        In another loop than the one it was opened in, which need not run any more, nothing is waited for.
        """
        if not self.is_here:
            self._close_at_once(code, reason)
            return
        deadline = clock.monotonic() + timeout
        try:
            if self._assembly.failure is None:
                await self._send(encode_close(code, reason), CLOSE, timeout)
            while self._assembly.failure is None:
                await self.receive(deadline - clock.monotonic())
                if clock.monotonic() >= deadline:  # the other side just keeps talking
                    break
        except TransportError:
            pass
        finally:
            self.abort()

    def _close_at_once(self, code: int | None, reason: str) -> None:
        try:
            if self._curl is not None and self._assembly.failure is None:
                self._outgoing.put(encode_close(code, reason), CLOSE)
                self._outgoing.flush()
        except TransportError:
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        """End the connection at once; waits for nothing, may be called at any time, and twice."""
        curl, self._curl = self._curl, None
        if curl is None:
            return
        if self._assembly.failure is None:
            self._assembly.failure = SocketEndedError(Ended("eof"))
        self._readable.wake()
        self._writable.wake()
        curl.close()

    def _drain(self) -> bool:
        if self._curl is None:
            return False
        more = self._assembly.drain()
        self._assembly.answer_through(self._outgoing)
        return more

    async def _send(self, payload: bytes, flags: int, timeout: float) -> None:  # noqa: ASYNC109
        deadline = clock.monotonic() + timeout
        self._assembly.check()
        self._outgoing.put(payload, flags)
        while True:
            if self._curl is None:
                raise SocketEndedError(Ended("eof"))
            if self._outgoing.flush():
                return
            left = deadline - clock.monotonic()
            if left <= 0:
                raise DeadlineError(f"{place_of(self._url)}: the message was not taken within {timeout:g} s")
            await self._writable.wait(left)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

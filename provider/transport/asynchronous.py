"""The asyncio transport: the blocking one's twin, on the same handles and the same assembly of messages."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from provider.transport.assembly import Assembly, flags_of
from provider.transport.blocking import BodyCollector, check_accept, connect_error
from provider.transport.errors import (
    BrokenConnectionError,
    DeadlineError,
    SocketEndedError,
    TooLargeError,
    TransportError,
)
from provider.transport.handle import Handles, load_curl, make_key
from provider.transport.heads import Head
from provider.transport.translate import AGAIN, code_of, place_of, translate
from provider.transport.values import Request, Response, Settings
from provider.wire.message import Ended, Headers, Message, Opcode, encode_close

if TYPE_CHECKING:
    from curl_cffi import Curl

_TEXT: Final = flags_of(Message(Opcode.TEXT, b""))
_CLOSE: Final = flags_of(Message(Opcode.CLOSE, b""))
_PONG: Final = flags_of(Message(Opcode.PONG, b""))
_FAIRNESS: Final = 256
"""Messages handed out in a row before other tasks get a turn."""
_BUFFER_BYTES: Final = 4 * 1024 * 1024
_PAUSE_WRITE: Final = 0x10000001  # CURL_WRITEFUNC_PAUSE
_RESUME: Final = 0


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
        self._descriptor = descriptor
        self._url = url
        self._assembly = Assembly(curl, settings.max_message_bytes)
        self._messages = self._assembly.messages
        self._loop = asyncio.get_running_loop()
        self._reader: asyncio.Future[None] | None = None
        self._writing = asyncio.Lock()
        self._handed_out = 0

    async def receive(self, timeout: float) -> Message:  # noqa: ASYNC109  # cheaper than a scope per message
        """The next message; pings have been answered when they are delivered.

        Raises:
            DeadlineError: Nothing came within ``timeout`` seconds; the socket stays usable.
            SocketEndedError: The connection ended; again at every later call.
            ProtocolError: The other side broke the protocol.
            TooLargeError: A message is larger than the settings allow.
        """
        messages = self._messages
        if messages:
            self._handed_out += 1
            if self._handed_out % _FAIRNESS == 0:
                await asyncio.sleep(0)
            return messages.popleft()
        deadline: float | None = None
        while True:
            await self._drain()
            if messages:
                return messages.popleft()
            if self._assembly.failure is not None:
                raise self._assembly.failure
            now = time.monotonic()
            deadline = now + timeout if deadline is None else deadline
            if now >= deadline or not await self._readable(deadline - now):
                raise DeadlineError(f"{place_of(self._url)}: no message within {timeout:g} s")

    async def send(self, message: Message, timeout: float) -> None:  # noqa: ASYNC109
        """Send one message.

        Raises:
            DeadlineError: The other side does not take it.
            SocketEndedError: The connection has ended.
        """
        await self._send(message.data, flags_of(message), timeout)

    async def send_text(self, text: str, timeout: float) -> None:  # noqa: ASYNC109
        """Send a text message."""
        await self._send(text.encode(), _TEXT, timeout)

    async def close(self, code: int | None = 1000, reason: str = "", timeout: float = 1.0) -> None:  # noqa: ASYNC109
        """Close properly: send a close frame, and wait up to ``timeout`` seconds for the other side's."""
        if self._curl is None:
            return
        deadline = time.monotonic() + timeout
        try:
            if self._assembly.failure is None:
                await self._send(encode_close(code, reason), _CLOSE, timeout)
            while self._assembly.failure is None:
                await self.receive(max(0.0, deadline - time.monotonic()))
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
        reader, self._reader = self._reader, None
        if reader is not None:
            self._loop.remove_reader(self._descriptor)
            if not reader.done():
                reader.set_result(None)
        curl.close()

    async def _drain(self) -> None:
        if self._curl is None:
            return
        assembly = self._assembly
        assembly.drain()
        while assembly.pongs:
            await self._try_send(assembly.pongs.popleft(), _PONG)
        if assembly.close_reply is not None:
            reply, assembly.close_reply = assembly.close_reply, None
            await self._try_send(reply, _CLOSE)

    async def _try_send(self, payload: bytes, flags: int) -> None:
        """Answer a control frame; an end that shows itself here will show itself when reading, too."""
        try:
            await self._send(payload, flags, 1.0)
        except TransportError:
            pass

    async def _readable(self, timeout: float) -> bool:  # noqa: ASYNC109
        """Wait for something to read; False when time is up."""
        ready: asyncio.Future[None] = self._loop.create_future()
        self._reader = ready
        self._loop.add_reader(self._descriptor, _resolve, ready)
        timer = self._loop.call_later(timeout, _cancel_quietly, ready)
        try:
            await ready
        except asyncio.CancelledError:
            if ready.cancelled() and not _being_cancelled():
                return False
            raise
        finally:
            timer.cancel()
            if self._reader is ready:
                self._reader = None
                self._loop.remove_reader(self._descriptor)
        return True

    async def _send(self, payload: bytes, flags: int, timeout: float) -> None:  # noqa: ASYNC109
        deadline = time.monotonic() + timeout
        async with self._writing:
            rest = memoryview(payload)
            while True:
                curl = self._curl
                if curl is None:
                    raise self._assembly.failure or SocketEndedError(Ended("eof"))
                try:
                    sent = curl.ws_send(rest, flags)
                except Exception as error:
                    if code_of(error) != AGAIN:
                        raise self._assembly.failure or SocketEndedError(Ended("reset")) from error
                    sent = 0
                rest = rest[sent:]
                if not rest:
                    return
                left = deadline - time.monotonic()
                if left <= 0:
                    raise DeadlineError(f"{place_of(self._url)}: the message was not taken within {timeout:g} s")
                if not sent:
                    await self._writable(left)

    async def _writable(self, timeout: float) -> None:  # noqa: ASYNC109
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_writer(self._descriptor, _resolve, ready)
        try:
            await asyncio.wait([ready], timeout=timeout)
        finally:
            self._loop.remove_writer(self._descriptor)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _cancel_quietly(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.cancel()


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class AsyncStreamedResponse:
    """An answer whose body is read chunk by chunk. Close it, or use it with ``async with``.

    Attributes:
        status: The status code.
        reason: The reason phrase as sent.
        headers: In order, names in lower case.
    """

    def __init__(self, transfer: _Transfer) -> None:
        self._transfer = transfer
        self.status = transfer.head.status
        self.reason = transfer.head.reason
        self.headers: Headers = transfer.head.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, decoded, as it arrives.

        Raises:
            BrokenConnectionError: The body ended too early; after the chunks before that.
            DeadlineError: It was not whole in time.
        """
        async for chunk in self._transfer.chunks():
            yield chunk

    async def aclose(self) -> None:
        """Let go of the connection; may be called twice."""
        self._transfer.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class _Transfer:
    """One request under way: libcurl fills a bounded buffer, one task empties it."""

    def __init__(self, handles: Handles, acurl: Any, request: Request, timeout: float) -> None:
        self.head = Head()
        self._handles = handles
        self._acurl = acurl
        self._url = request.url
        self._curl: Curl | None = handles.new()
        self._buffer: deque[bytes] = deque()
        self._buffered = 0
        self._paused = False
        self._changed = asyncio.Event()
        try:
            self._given = handles.set_up_request(self._curl, request, timeout, self._on_header, self._on_body)
            self._done: asyncio.Future[None] = acurl.add_handle(self._curl)
        except BaseException:
            self._curl.close()
            raise
        self._done.add_done_callback(self._on_done)

    def _on_header(self, line: bytes) -> None:
        self.head.add(line)
        if self.head.complete:
            self._changed.set()

    def _on_body(self, chunk: bytes) -> int:
        if self._buffered > _BUFFER_BYTES:
            self._paused = True
            return _PAUSE_WRITE
        self._buffer.append(chunk)
        self._buffered += len(chunk)
        self._changed.set()
        return len(chunk)

    def _on_done(self, done: asyncio.Future[None]) -> None:
        self._changed.set()
        if not done.cancelled():
            done.exception()  # looked at here, so that a transfer nobody waits for any more is no warning

    async def begun(self) -> None:
        """Wait for the head of the answer."""
        while not self.head.complete:
            if self._done.done():
                self._raise_failure()
                raise BrokenConnectionError(f"{place_of(self._url)}: the answer has no whole head")
            self._changed.clear()
            await self._changed.wait()

    async def chunks(self) -> AsyncIterator[bytes]:
        """See `AsyncStreamedResponse.chunks`."""
        while True:
            while self._buffer:
                chunk = self._buffer.popleft()
                self._buffered -= len(chunk)
                yield chunk
            if self._paused and self._curl is not None:
                self._paused = False
                self._curl.pause(_RESUME)
                continue
            if self._done.done():
                self._raise_failure()
                self._learn()
                return
            self._changed.clear()
            await self._changed.wait()

    def _raise_failure(self) -> None:
        if self._done.cancelled():
            raise TransportError("The request was given up")
        error = self._done.exception()
        if error is not None:
            assert isinstance(error, Exception)
            raise translate(error, self._url) from error

    def _learn(self) -> None:
        if self._curl is not None:
            self._handles.learn_cookies(self._curl, self._given)

    def close(self) -> None:
        """End the transfer; waits for nothing."""
        curl, self._curl = self._curl, None
        if curl is None:
            return
        if not self._done.done():
            self._acurl.remove_handle(curl)
        curl.close()


class AsyncTransport:
    """HTTP requests and WebSockets for asyncio, many at once; connections are kept between requests."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Set up; needs no running loop.

        Raises:
            MissingCurlError: curl_cffi is not installed.
        """
        self.settings = settings or Settings()
        self._handles = Handles(self.settings)
        self._make_multi: Callable[[], Any] = load_curl().AsyncCurl
        self._multi: Any = None
        self._closed = False

    def set_cookies(self, url: str, cookies: Mapping[str, str]) -> None:
        """Give cookies for the host of a URL, and for no other."""
        self._handles.cookies.give(url, cookies)

    async def request(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109  # libcurl keeps it
        """Make one request and read the whole answer. Redirects are not followed.

        Raises:
            ConnectError: No connection.
            DeadlineError: Not done within ``timeout`` seconds.
            BrokenConnectionError: The connection broke before the answer was whole.
            TooLargeError: The body is larger than the settings allow.
        """
        body = BodyCollector(self.settings.max_body_bytes)
        transfer = self._transfer(request, timeout)
        try:
            await transfer.begun()
            async for chunk in transfer.chunks():
                if body.take(chunk) != len(chunk):
                    raise TooLargeError(f"The answer is larger than {self.settings.max_body_bytes} bytes")
            return body.response(transfer.head)
        finally:
            transfer.close()

    async def stream(self, request: Request, *, timeout: float) -> AsyncStreamedResponse:  # noqa: ASYNC109
        """Make one request; returns when the head of the answer is there. Errors as for `request`."""
        transfer = self._transfer(request, timeout)
        try:
            await transfer.begun()
            return AsyncStreamedResponse(transfer)
        except BaseException:
            transfer.close()
            raise

    def _transfer(self, request: Request, timeout: float) -> _Transfer:
        if self._closed:
            raise TransportError("The transport is closed")
        if self._multi is None:
            self._multi = self._make_multi()
        return _Transfer(self._handles, self._multi, request, timeout)

    async def connect(self, url: str, *, headers: Headers = (), timeout: float) -> AsyncSocket:  # noqa: ASYNC109
        """Open a WebSocket. The connection is made in a thread: libcurl's multi interface would close it.

        Raises:
            UpgradeRefusedError: The answer was no 101; with status and headers.
            ProtocolError: The 101 does not answer our key.
            ConnectError: No connection.
            DeadlineError: Not open within ``timeout`` seconds.
        """
        if self._closed:
            raise TransportError("The transport is closed")
        curl = self._handles.new()
        head, key = Head(), make_key()
        try:
            given = self._handles.set_up_socket(curl, url, headers, key, timeout, head.add)
        except BaseException:
            curl.close()
            raise
        performed = asyncio.get_running_loop().run_in_executor(None, lambda: curl.perform(clear_headers=False))
        try:
            await asyncio.shield(performed)
        except asyncio.CancelledError:
            # The thread cannot be stopped, only outlived: the handle is closed when it is done, at the latest in time.
            performed.add_done_callback(lambda done: (done.exception(), curl.close()))
            raise
        except Exception as error:
            failure = connect_error(error, self._handles.status_of(curl), head, url)
            curl.close()
            raise failure from error
        try:
            check_accept(head, key, url)
            self._handles.learn_cookies(curl, given)
            return AsyncSocket(curl, self._handles.descriptor_of(curl), head, self.settings, url)
        except BaseException:
            curl.close()
            raise

    async def close(self) -> None:
        """Close kept connections; may be called twice. Open sockets are their owner's."""
        self._closed = True
        multi, self._multi = self._multi, None
        if multi is not None:
            await multi.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

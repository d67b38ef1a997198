"""A running HTTP request in asyncio, and its response as a stream of chunks."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final, Self

from provider.transport.errors import BrokenConnectionError, TransportError, place_of, translate
from provider.transport.handle import Handles
from provider.transport.response import Head, OnInterim
from provider.transport.types import Request
from provider.websocket import Headers

if TYPE_CHECKING:
    from curl_cffi import Curl

_BUFFER_BYTES: Final = 4 * 1024 * 1024
_PAUSE: Final = 0x10000001  # CURL_WRITEFUNC_PAUSE
_RESUME: Final = 0  # CURLPAUSE_CONT


class Transfer:
    """A transfer into a bounded buffer, which libcurl fills and one task empties.

    Attributes:
        head: The part of the response's head that has come.
    """

    def __init__(
        self,
        handles: Handles,
        multi: Any,
        request: Request,
        timeout: float,
        on_interim: OnInterim | None = None,
        *,
        connect_timeout: float | None = None,
    ) -> None:
        self.head = Head(on_interim)
        self._handles = handles
        self._multi = multi
        self._url = request.url
        self._curl: Curl | None = handles.new()
        self._buffer: deque[bytes] = deque()
        self._buffered = 0
        self._paused = False
        self._changed = asyncio.Event()
        try:
            self._given = handles.set_up_request(
                self._curl, request, timeout, self._on_header, self._on_body, connect_timeout=connect_timeout
            )
            self._done: asyncio.Future[None] = multi.add_handle(self._curl)
        except BaseException:
            self._curl.close()
            raise
        self._done.add_done_callback(self._on_done)

    def _on_header(self, line: bytes) -> int:
        taken = self.head.add(line)
        if self.head.complete:
            self._changed.set()
        return taken

    def _on_body(self, chunk: bytes) -> int:
        if self._buffered > _BUFFER_BYTES:
            self._paused = True
            return _PAUSE
        self._buffer.append(chunk)
        self._buffered += len(chunk)
        self._changed.set()
        return len(chunk)

    def _on_done(self, done: asyncio.Future[None]) -> None:
        self._changed.set()
        if not done.cancelled():
            done.exception()  # retrieved here, so that asyncio does not warn of an abandoned transfer

    async def begun(self) -> None:
        """Wait until the head of the response has come.

        Raises:
            TransportError: The transfer failed before that.
        """
        while not self.head.complete:
            if self._done.done():
                self._check()
                raise BrokenConnectionError(
                    f"{place_of(self._url)}: the connection ended before the response's headers were complete"
                )
            self._changed.clear()
            await self._changed.wait()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; see `AsyncStreamedResponse.chunks`."""
        while True:
            while self._buffer:
                chunk = self._buffer.popleft()
                self._buffered -= len(chunk)
                yield chunk
            if self._paused and self._curl is not None:
                self._paused = False
                self._resume(self._curl)
            elif self._curl is None or self._done.done():
                self._check()
                return
            else:
                self._changed.clear()
                await self._changed.wait()

    def _resume(self, curl: Curl) -> None:
        """Continue a paused transfer.

        Raises:
            TooLargeError: The body is compressed more than libcurl can hold: a bomb.
        """
        try:
            curl.pause(_RESUME)
        except Exception as error:
            raise translate(error, self._url) from error

    def _check(self) -> None:
        """Check that the response is complete, and store its cookies."""
        if self._curl is None or self._done.cancelled():
            raise TransportError(f"{place_of(self._url)}: this client closed the response before its end")
        error = self._done.exception()
        if error is not None:
            assert isinstance(error, Exception)
            raise translate(error, self._url, connecting=self._handles.is_connecting(self._curl)) from error
        self._handles.learn_cookies(self._curl, self._given)

    @property
    def is_closed(self) -> bool:
        """Whether the transfer is closed."""
        return self._curl is None

    def close(self) -> None:
        """Close the transfer, without waiting."""
        curl, self._curl = self._curl, None
        if curl is None:
            return
        if not self._done.done():
            self._multi.remove_handle(curl)
        curl.close()
        self._changed.set()


class AsyncStreamedResponse:
    """A response whose body is read in chunks. Close it, or use it with ``async with``.

    Attributes:
        status: The status code.
        reason: The reason phrase as sent.
        headers: In order, names in lower case.
    """

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self.status = transfer.head.status
        self.reason = transfer.head.reason
        self.headers: Headers = transfer.head.headers

    @property
    def trailers(self) -> Headers:
        """The trailer fields after the body; empty before its end."""
        return self._transfer.head.trailers

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives; decoded, if the settings ask for it.

        Raises:
            BrokenConnectionError: The body ended too early; all chunks before were yielded.
            DeadlineError: The body was not complete in time.
            TransportError: The response or its transport was closed meanwhile.
        """
        async for chunk in self._transfer.chunks():
            yield chunk

    async def aclose(self) -> None:
        """Close the response; more than one call does no harm."""
        self._transfer.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

"""The transport for asyncio: the counterpart of `provider.transport.sync_transport`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Self

from provider.transport.async_request import AsyncStreamedResponse, Transfer
from provider.transport.async_socket import AsyncSocket
from provider.transport.connect import ConnectAttempt
from provider.transport.cookies import CookieStore
from provider.transport.errors import DeadlineError, TransportError, place_of
from provider.transport.handle import Handles, load_curl
from provider.transport.handshake import check_accept, make_key, upgrade_error
from provider.transport.multi import close_multi, new_multi
from provider.transport.response import BodyCollector, Head, OnInterim
from provider.transport.types import Request, Response, Settings
from provider.websocket import Headers

__all__ = ["AsyncSocket", "AsyncStreamedResponse", "AsyncTransport"]


class AsyncTransport:
    """Makes HTTP requests and WebSockets, many at once, and keeps connections between requests.

    Connections belong to the loop that opened them. The first request in another loop closes them.
    """

    def __init__(self, settings: Settings | None = None, cookies: CookieStore | None = None) -> None:
        """Make a transport; no loop needs to run.

        Args:
            settings: By default, those of `Settings`.
            cookies: To share with other transports; by default, a store of its own.

        Raises:
            MissingCurlError: curl_cffi is not installed.
        """
        self.settings = settings or Settings()
        self._handles = Handles(self.settings, cookies)
        load_curl()
        self._multi: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._transfers: set[Transfer] = set()
        self._closed = False

    def set_cookies(self, url: str, cookies: Mapping[str, str]) -> None:
        """Set cookies for the host of a URL, and for no other."""
        self._handles.cookies.add(url, cookies)

    async def request(
        self,
        request: Request,
        *,
        timeout: float,  # noqa: ASYNC109  # libcurl keeps it
        connect_timeout: float | None = None,
    ) -> Response:
        """Make one request, and read the whole response. Redirects are not followed.

        ``connect_timeout`` takes the place of the settings' one; both are in seconds.

        Raises:
            ConnectError: No connection.
            DeadlineError: It takes longer than ``timeout`` seconds.
            BrokenConnectionError: The connection broke before the end of the response.
            TooLargeError: The body is larger than the settings allow.
        """
        body = BodyCollector(self.settings.max_body_bytes)
        transfer = await self._transfer(request, timeout, connect_timeout=connect_timeout)
        try:
            await transfer.begun()
            async for chunk in transfer.chunks():
                body.take(chunk)
                if body.too_large:
                    raise body.failure(request.url)
            return body.response(transfer.head)
        finally:
            transfer.close()

    async def stream(
        self,
        request: Request,
        *,
        timeout: float,  # noqa: ASYNC109
        on_interim: OnInterim | None = None,
    ) -> AsyncStreamedResponse:
        """Make one request, and return when the head of the response has come. Raises as `request` does.

        Args:
            request: The request.
            timeout: Seconds for the whole response, the body included.
            on_interim: Called with each interim response (1xx).
        """
        transfer = await self._transfer(request, timeout, on_interim)
        try:
            await transfer.begun()
            return AsyncStreamedResponse(transfer)
        except BaseException:
            transfer.close()
            raise

    async def _transfer(
        self,
        request: Request,
        timeout: float,  # noqa: ASYNC109  # as in `request`
        on_interim: OnInterim | None = None,
        *,
        connect_timeout: float | None = None,
    ) -> Transfer:
        self._check_open()
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            await self._close_connections()
        if self._multi is None:
            self._multi, self._loop = new_multi(loop), loop
        self._transfers = {transfer for transfer in self._transfers if not transfer.is_closed}
        transfer = Transfer(self._handles, self._multi, request, timeout, on_interim, connect_timeout=connect_timeout)
        self._transfers.add(transfer)
        return transfer

    async def connect(self, url: str, *, headers: Headers = (), timeout: float) -> AsyncSocket:  # noqa: ASYNC109
        """Open a WebSocket.

        Raises:
            UpgradeRefusedError: The response is not a 101; the error has its status and headers.
            ProtocolError: The 101 has a wrong accept value.
            ConnectError: No connection.
            DeadlineError: It takes longer than ``timeout`` seconds.
        """
        self._check_open()
        # A request does not show its URL or headers: this keeps secrets out of traceback frames.
        call = Request(method="GET", url=url, headers=headers)
        del url, headers
        curl = self._handles.new()
        head, key = Head(), make_key()
        try:
            given = self._handles.set_up_socket(curl, call, key, timeout, head.add)
        except BaseException:
            curl.close()
            raise
        try:
            connected = await ConnectAttempt(curl).run_async(timeout)
        except Exception as error:
            with contextlib.closing(curl):
                self._handles.learn_cookies(curl, given)
            raise upgrade_error(error, head, call.url) from error
        if not connected:
            raise DeadlineError(f"{place_of(call.url)}: no connection within {timeout:g} s", connecting=True)
        try:
            check_accept(head, key, place_of(call.url))
            self._handles.learn_cookies(curl, given)
            return AsyncSocket(curl, self._handles.descriptor_of(curl), head, self.settings, call.url)
        except BaseException:
            curl.close()
            raise

    def _check_open(self) -> None:
        if self._closed:
            raise TransportError("The transport is closed: make another client")

    async def close(self) -> None:
        """Close idle connections and running responses; in any loop, and more than once.

        Open sockets stay open.
        """
        self._closed = True
        await self._close_connections()

    async def _close_connections(self) -> None:
        multi, self._multi, self._loop = self._multi, None, None
        for transfer in self._transfers:
            transfer.close()
        self._transfers.clear()
        if multi is not None:
            await close_multi(multi)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

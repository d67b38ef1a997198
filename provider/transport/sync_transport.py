"""The transport for threads, and its WebSocket."""

from __future__ import annotations

import contextlib
import selectors
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from provider import clock
from provider.transport.connect import ConnectAttempt
from provider.transport.cookies import CookieStore
from provider.transport.errors import (
    BrokenConnectionError,
    DeadlineError,
    SocketEndedError,
    TransportError,
    place_of,
    translate,
)
from provider.transport.frames import CLOSE, TEXT, FrameWriter, MessageReader, frames_of
from provider.transport.handle import Handles
from provider.transport.handshake import check_accept, make_key, upgrade_error
from provider.transport.response import BodyCollector, Head
from provider.transport.types import Request, Response, Settings
from provider.websocket import Ended, Headers, Message, encode_close

if TYPE_CHECKING:
    from curl_cffi import Curl

_INTERRUPTIBLE: Final = 1.0
"""Longest single wait in seconds. A signal just before a wait does not end it: this bounds the delay of a Ctrl-C."""


class SyncSocket:
    """An open WebSocket. One thread at a time may use it.

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
        self._writer = FrameWriter(curl)
        self._descriptor = descriptor
        self._selector = selectors.DefaultSelector()
        self._selector.register(descriptor, selectors.EVENT_READ)

    def receive(self, timeout: float) -> Message:
        """Return the next message. A ping has been answered when it is returned.

        Raises:
            DeadlineError: No message came within ``timeout`` seconds; the socket stays usable.
            SocketEndedError: The connection has ended; every later call raises it, too.
            ProtocolError: The peer broke the protocol.
            TooLargeError: A message is larger than the settings allow.
        """
        messages = self._reader.messages
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
            if not more:
                self._selector.select(min(deadline - now, _INTERRUPTIBLE))

    def send(self, message: Message, timeout: float) -> None:
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
        self._send(payload, flags, timeout)

    def send_text(self, text: str, timeout: float) -> None:
        """Send a text message. Raises as `send`."""
        self._send(text.encode(), TEXT, timeout)

    def close(self, code: int | None = 1000, reason: str = "", timeout: float = 1.0) -> None:
        """Close with a close frame, and wait up to ``timeout`` seconds for the peer's."""
        deadline = clock.monotonic() + timeout
        try:
            if self._reader.failure is None:
                self._send(encode_close(code, reason), CLOSE, timeout)
            while self._reader.failure is None:
                self.receive(deadline - clock.monotonic())
                if clock.monotonic() >= deadline:  # the peer keeps sending messages
                    break
        except TransportError:
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        """Close the connection at once; more than one call does no harm."""
        curl, self._curl = self._curl, None
        if curl is None:
            return
        if self._reader.failure is None:
            self._reader.failure = SocketEndedError(Ended("eof"))
        self._selector.close()
        curl.close()

    def _drain(self) -> bool:
        if self._curl is None:
            return False
        more = self._reader.drain()
        self._reader.answer_through(self._writer)
        return more

    def _send(self, payload: bytes, flags: int, timeout: float) -> None:
        deadline = clock.monotonic() + timeout
        self._reader.check()
        self._writer.put(payload, flags)
        while not self._writer.flush():
            left = deadline - clock.monotonic()
            if left <= 0:
                raise DeadlineError(f"{place_of(self._url)}: the message could not be sent within {timeout:g} s")
            self._wait_writable(left)

    def _wait_writable(self, timeout: float) -> None:
        self._selector.modify(self._descriptor, selectors.EVENT_WRITE)
        try:
            self._selector.select(min(timeout, _INTERRUPTIBLE))
        finally:
            self._selector.modify(self._descriptor, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SyncTransport:
    """Makes HTTP requests and WebSockets, one at a time, and keeps the connection between requests."""

    def __init__(self, settings: Settings | None = None, cookies: CookieStore | None = None) -> None:
        """Make a transport.

        Args:
            settings: By default, those of `Settings`.
            cookies: To share with other transports; by default, a store of its own.

        Raises:
            MissingCurlError: curl_cffi is not installed.
        """
        self.settings = settings or Settings()
        self._handles = Handles(self.settings, cookies)
        self._curl: Curl | None = self._handles.new()
        self._closed = False

    def set_cookies(self, url: str, cookies: Mapping[str, str]) -> None:
        """Set cookies for the host of a URL, and for no other."""
        self._handles.cookies.add(url, cookies)

    def request(self, request: Request, *, timeout: float, connect_timeout: float | None = None) -> Response:
        """Make one request, and read the whole response. Redirects are not followed.

        ``connect_timeout`` takes the place of the settings' one; both are in seconds.

        Raises:
            ConnectError: No connection.
            DeadlineError: It takes longer than ``timeout`` seconds.
            BrokenConnectionError: The connection broke before the end of the response.
            TooLargeError: The body is larger than the settings allow.
        """
        curl = self._curl
        if curl is None:
            raise TransportError("The transport is closed: make another client")
        head, body = Head(), BodyCollector(self.settings.max_body_bytes)
        curl.reset()
        given = self._handles.set_up_request(
            curl, request, timeout, head.add, body.take, connect_timeout=connect_timeout
        )
        try:
            curl.perform()
        except Exception as error:
            if body.too_large:
                raise body.failure(request.url) from error
            raise translate(error, request.url, connecting=self._handles.is_connecting(curl)) from error
        if not head.complete:
            raise BrokenConnectionError(
                f"{place_of(request.url)}: the connection ended before the response's headers were complete"
            )
        self._handles.learn_cookies(curl, given)
        return body.response(head)

    def connect(self, url: str, *, headers: Headers = (), timeout: float) -> SyncSocket:
        """Open a WebSocket.

        Raises:
            UpgradeRefusedError: The response is not a 101; the error has its status and headers.
            ProtocolError: The 101 has a wrong accept value.
            ConnectError: No connection.
            DeadlineError: It takes longer than ``timeout`` seconds.
        """
        if self._closed:
            raise TransportError("The transport is closed: make another client")
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
            connected = ConnectAttempt(curl).run(timeout)
        except Exception as error:
            with contextlib.closing(curl):
                self._handles.learn_cookies(curl, given)
            raise upgrade_error(error, head, call.url) from error
        if not connected:
            raise DeadlineError(f"{place_of(call.url)}: no connection within {timeout:g} s", connecting=True)
        try:
            check_accept(head, key, place_of(call.url))
            self._handles.learn_cookies(curl, given)
            return SyncSocket(curl, self._handles.descriptor_of(curl), head, self.settings, call.url)
        except BaseException:
            curl.close()
            raise

    def close(self) -> None:
        """Close idle connections; more than one call does no harm. Open sockets stay open."""
        self._closed = True
        curl, self._curl = self._curl, None
        if curl is not None:
            curl.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

"""HTTP/1.1 on one connection, over h11: requests, responses and keep-alive, until an upgrade or a tunnel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from typing import Final

import h11
from websockets.utils import accept_key

from fake_server.host.connections import ClientGoneError
from fake_server.host.limits import Limits
from fake_server.host.policy import BadRequestError, wants_websocket
from fake_server.host.response_head import NO_BODY, encoded, framed, reason_of, trailers, upgrade_headers
from fake_server.host.spooled_body import ArrivingBody
from fake_server.host.status_phrases import phrase_of
from fake_server.host.targets import authority_of, origin_form, with_encoded_target
from fake_server.host.tcp import TcpConnection
from fake_server.stage import Accept, Answer, Request, Response
from provider import clock
from provider.websocket import Headers

_LENGTHS: Final = frozenset({b"content-length", b"transfer-encoding"})
"""The header fields of which a request with a body has one (RFC 9112 §6.3)."""
_UNUSED: Final = h11.Connection(h11.SERVER)
"""What an upgraded connection has instead of its own state, which takes more than a kilobyte of memory."""
_TOGETHER: Final = 64 * 1024
"""Bytes of a body that are sent in one write with head and end; a copy of more costs as much as the write it saves."""


class HttpConnection:
    """The HTTP side of a connection. ``origin`` is the requests' origin; None takes it from each request's Host.

    Attributes:
        early: The answer to the last request if its body was not read; else None.
    """

    def __init__(self, tcp: TcpConnection, limits: Limits, *, scheme: str, origin: str | None) -> None:
        self._tcp = tcp
        self._limits = limits
        self._scheme = scheme
        self._origin = origin
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_bytes)
        self._began: float | None = None
        self._authority: str | None = None
        self.early: Answer | None = None

    # ---------------------------------------------------------------- in
    async def next_request(self, early: Callable[[Request], Answer | None]) -> Request | None:
        """Read the next request with its body; None at the end, and when the client is silent for too long.

        Args:
            early: Called with each request that announces a body: returns an answer that is sent without reading the
            body, or None to read it.

        Raises:
            BadRequestError: It is not a valid request, or too large, or too slow.
        """
        if self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE:
            self._start_anew()
        self._began = clock.monotonic() if self.unread else None
        try:
            async with asyncio.timeout(self._limits.head_timeout):
                event = await self._next_event()
        except TimeoutError as error:
            if self._began is None:
                return None
            raise BadRequestError(408, "the client did not send its whole request line and headers in time") from error
        if not isinstance(event, h11.Request):
            return None
        self._check_sizes(event)
        if any(name in _LENGTHS for name, _ in event.headers):
            request = self._make_request(event)
            self.early = early(request)
            if self.early is not None:
                return request
        return self._make_request(event, await self._read_body_in_time(event))

    async def _read_body_in_time(self, request: h11.Request) -> ArrivingBody:
        body = ArrivingBody(self._limits, _announced(request))
        limit = asyncio.timeout(self._limits.body_timeout)
        if not any(name in _LENGTHS for name, _ in request.headers):
            return await self._read_body(request, body, limit)  # without a body this does not wait
        try:
            async with limit:
                return await self._read_body(request, body, limit)
        except TimeoutError as error:
            raise BadRequestError(408, "the client announced a body and did not send all of it in time") from error

    def _start_anew(self) -> None:
        unread, ended = self._h11.trailing_data
        self._begin_with(unread, ended=ended)

    def _begin_with(self, unread: bytes, *, ended: bool) -> None:
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=self._limits.head_bytes)
        self._receive(unread)
        if ended:
            self._h11.receive_data(b"")

    def _receive(self, data: bytes) -> None:
        """Pass bytes to h11, without the empty lines before a request (RFC 9112 §2.2), which h11 rejects."""
        if self._h11.their_state is h11.IDLE and not self.unread:
            data = data.lstrip(b"\r\n")
        if data:
            self._began = self._began or clock.monotonic()
            self._h11.receive_data(data)

    async def _next_event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            unread = self.unread if self._h11.their_state is h11.IDLE else b""
            try:
                event = self._h11.next_event()
            except h11.RemoteProtocolError as error:
                encoded = with_encoded_target(unread)
                if encoded == unread:
                    raise BadRequestError(error.error_status_hint, str(error)) from error
                self._begin_with(encoded, ended=self._h11.trailing_data[1])
                continue
            if event is not h11.NEED_DATA:
                return event  # pyright: ignore[reportReturnType]  # NEED_DATA is the only other one
            if self._h11.they_are_waiting_for_100_continue:
                self._send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
            data = await self._tcp.read()
            if data:
                self._receive(data)
            elif self._tcp.reset:
                return h11.ConnectionClosed()
            else:
                self._h11.receive_data(b"")

    def _check_sizes(self, event: h11.Request) -> None:
        if len(event.target) + sum(len(name) + len(value) for name, value in event.headers) > self._limits.head_bytes:
            raise BadRequestError(431, f"request line and headers have more than {self._limits.head_bytes} bytes")
        names = {name for name, _ in event.headers}
        if b"transfer-encoding" in names and (b"content-length" in names or event.http_version == b"1.0"):
            # A proxy in front may see another end of the body: request smuggling (RFC 9112 §6.1).
            raise BadRequestError(
                400,
                "the body's length is ambiguous: Content-Length beside Transfer-Encoding, or Transfer-Encoding in "
                "HTTP/1.0",
            )

    async def _read_body(self, request: h11.Request, body: ArrivingBody, limit: asyncio.Timeout) -> ArrivingBody:
        loop = asyncio.get_running_loop()
        while True:
            event = await self._next_event()
            if isinstance(event, h11.Data):
                body.add(event.data)
                if body.large is not None:
                    limit.reschedule(loop.time() + self._limits.body_timeout)
            elif isinstance(event, h11.EndOfMessage) or event is h11.PAUSED:
                return body
            else:
                raise BadRequestError(
                    400,
                    f"the client's connection ended before the body of its {request.method.decode()} request did",
                )

    def _make_request(self, event: h11.Request, body: ArrivingBody | None = None) -> Request:
        headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in event.headers)
        fields = dict(headers)
        target = event.target.decode("latin-1")
        self._authority = authority_of(target)
        return Request(
            method=event.method.decode("latin-1"),
            target=origin_form(target),
            headers=headers,
            body=b"" if body is None else body.data,
            large=None if body is None else body.large,
            origin=self._origin or f"{self._scheme}://{fields.get('host') or self._tcp.address}",
            port=self._tcp.port,
            upgrade=wants_websocket(headers) and "sec-websocket-key" in fields,
            at=self._began or clock.monotonic(),
            inform=self._inform,
            spelling=tuple(raw.decode("latin-1") for raw, _ in event.headers.raw_items()),
        )

    @property
    def authority(self) -> str | None:
        """``scheme://host[:port]`` of the last request's target; None for a target that is not in absolute form."""
        return self._authority

    @property
    def http_version(self) -> str:
        """The HTTP version of the last request, e.g. ``1.1``."""
        return (self._h11.their_http_version or b"").decode()

    @property
    def unread(self) -> bytes:
        """Bytes that the client sent after its last request."""
        return self._h11.trailing_data[0]

    # ---------------------------------------------------------------- out
    @property
    def answered(self) -> bool:
        """Whether the response to the last request has started."""
        return self._h11.our_state not in {h11.IDLE, h11.SEND_RESPONSE}

    async def respond(self, request: Request, response: Response) -> bool:
        """Send a response; returns whether the connection can serve another request.

        Raises:
            ClientGoneError: The connection ended before the streamed body.
        """
        fields = framed(response, has_body=request.method != "HEAD")
        reason = reason_of(response).encode("latin-1", "replace")
        head = self._encode(h11.Response(status_code=response.status, headers=encoded(fields), reason=reason))
        has_body = request.method != "HEAD" and response.status not in NO_BODY
        unsent = await self._send_body(head, response.body if has_body else b"")
        has_length = any(name.lower() == "content-length" for name, _ in fields)
        may_trail = has_body and not has_length and self._h11.their_http_version != b"1.0"
        self._tcp.write(
            unsent + self._encode(h11.EndOfMessage(headers=encoded(trailers(response)) if may_trail else []))
        )
        await self._tcp.drain()
        # Bytes after a refused upgrade are WebSocket frames, not a request.
        may_follow = not (request.upgrade and self.unread)
        return may_follow and self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE

    async def _send_body(self, head: bytes, body: bytes | AsyncIterable[bytes]) -> bytes:
        """Send head and body; returns them unsent if they are small enough to go in one write with the end."""
        if isinstance(body, bytes):
            data = self._encode(h11.Data(data=body)) if body else b""
            if len(data) <= _TOGETHER:
                return head + data
            self._tcp.write(head)
            await self._tcp.write_all(data)
            return b""
        # The service's head and pieces are not held back: the next piece may take its time.
        self._tcp.write(head)
        async for chunk in body:
            if self._tcp.closed:
                raise ClientGoneError
            if chunk:
                self._send(h11.Data(data=chunk))
                await self._tcp.drain()
        return b""

    def switch(self, request: Request, accept: Accept) -> bytes:
        """Answer an upgrade with 101; returns the bytes that the client sent after its request."""
        key = accept_key(request.header("sec-websocket-key") or "") if accept.valid_key else accept_key("")
        headers = encoded(upgrade_headers(key, accept.headers))
        self._send(h11.InformationalResponse(status_code=101, headers=headers, reason=b"Switching Protocols"))
        early = self.unread
        self._h11 = _UNUSED
        return early

    def open_tunnel(self) -> None:
        """Answer a CONNECT with 200."""
        self._send(h11.Response(status_code=200, headers=[], reason=b"Connection established"))

    def refuse(self, response: Response) -> None:
        """Answer an invalid request. h11 sends nothing after an error, so this writes the bytes itself."""
        assert isinstance(response.body, bytes)
        fields = (*framed(response, has_body=True), ("connection", "close"))
        head = [f"HTTP/1.1 {response.status} {reason_of(response)}", *(f"{name}: {value}" for name, value in fields)]
        self._tcp.write("\r\n".join([*head, "", ""]).encode("latin-1") + response.body)

    def _inform(self, status: int, headers: Headers) -> None:
        if self._h11.our_state is h11.SEND_RESPONSE and self._h11.their_http_version != b"1.0":
            reason = phrase_of(status).encode("latin-1", "replace")
            self._send(h11.InformationalResponse(status_code=status, headers=encoded(headers), reason=reason))

    def _encode(self, event: h11.Event) -> bytes:
        return self._h11.send(event) or b""

    def _send(self, event: h11.Event) -> None:
        self._tcp.write(self._encode(event))


def _announced(request: h11.Request) -> int:
    """The size of a request's body in bytes, if the client says it; else 0."""
    return next((int(value) for name, value in request.headers if name == b"content-length"), 0)

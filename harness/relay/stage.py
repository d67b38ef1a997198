"""`Relay`: the stage that forwards to the live service, and records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from fake_server.stage import Accept, Answer, Request, Response
from harness.content_coding import is_coded
from harness.headers import client_headers, first
from harness.origins import OriginMap
from harness.profile import ServiceProfile
from harness.record.session import Recording
from harness.relay.calls import RelayedBody, read_bodiless
from harness.relay.header_rules import is_browser, upstream_body, upstream_headers, with_priority
from harness.relay.home import HomeTrack, Told, body_map, home_headers, home_of
from harness.relay.passage import Clock, RelayLimits, failure_answer, how_failed, own_answer, why_unreached
from harness.relay.sockets import RelayedSocket
from harness.relay.stand_in import StandIn
from harness.relay.upstream import Upstream
from provider.clock import monotonic, sleep
from provider.transport import values
from provider.transport.asynchronous import AsyncStreamedResponse, AsyncTransport
from provider.transport.errors import TransportError, UpgradeRefusedError
from provider.wire.message import Headers

_SETTLE_ALL: Final = 0.25
"""Seconds for what is under way; a client's close may lie in a buffer yet."""
_SETTLE_ENDING: Final = 2.0
"""Seconds for what one side has ended."""
_SETTLE_STEP: Final = 0.005
_BODILESS: Final = frozenset({204, 205, 304})


def _change(request: Request, outward: OriginMap) -> Callable[[bytes], bytes]:
    """Puts the service's origin in the place of the relay's in a body that is text."""
    content_type = request.header("content-type")
    return lambda body: upstream_body(body, content_type, outward)


class Relay:
    """Forwards each request to one service and its answer back, streaming, and tells a recording.

    The upstream is fixed here; no request and no cassette can change it, and redirects are passed on, not followed.
    Cookies are the client's own business: the relay keeps none, so several clients never share a session.

    Of a refused upgrade the service's status and headers are passed on, but not its body, which libcurl does not
    show; the answer then carries ``x-wiretape-note: refused-body-not-visible``.

    Of a local service, such as a fake, the recording is told the origin of the profile's upstream in place of its own,
    whose port is another one in each run.

    Args:
        upstream: ``https://host`` or ``http://host``, with a port or without.
        profile: Which origins of the service stand for the local server's own.
        recording: Told of everything; finishing it is its owner's business, after the relay is closed.
        settings: How to connect; cookies and default headers are set by the relay.
        limits: How long to wait.
        stand_in: The token that the service gets in the place of what clients send.

    Raises:
        harness.relay.upstream.UpstreamError: The upstream is anything else.
        provider.transport.errors.MissingCurlError: curl_cffi is not installed.
    """

    def __init__(
        self,
        upstream: str,
        profile: ServiceProfile,
        recording: Recording,
        *,
        settings: values.Settings | None = None,
        limits: RelayLimits | None = None,
        stand_in: StandIn | None = None,
    ) -> None:
        self._upstream = Upstream.parse(upstream)
        self._origins = tuple(dict.fromkeys((self._upstream.origin, *profile.origins)))
        self._home_origin = home_of(self._upstream.origin, profile.upstream)
        self._recording = recording
        self._limits = limits or RelayLimits()
        self._stand_in = stand_in
        plain = replace(settings or values.Settings(), keep_cookies=False)
        self._transports = {
            browser: AsyncTransport(replace(plain, default_headers=not browser)) for browser in (True, False)
        }
        self._bodies: set[RelayedBody] = set()
        self._sockets: set[RelayedSocket] = set()

    @property
    def recording(self) -> Recording:
        """What is told of everything."""
        return self._recording

    async def handle(self, request: Request) -> Answer:
        """Forward one request; the answer comes as soon as the service's head is there."""
        if self._upstream.url(request.target) is None:
            return own_answer(400, "bad-target", "The target is no path of the service")
        clock = Clock(request)
        outward = OriginMap((request.origin,), self._upstream.origin)
        headers = upstream_headers(request.headers, outward)
        change = _change(request, outward)
        # A coded body is passed on byte for byte; the recording is told what is in it.
        coded = is_coded(request.headers)
        body = request.body if coded else change(request.body)
        target = outward.text(request.target)
        home = self._home(request)
        track: Told = self._recording.begin(
            request.method,
            target if home is None else home.text(target),
            headers if home is None else home_headers(headers, home),
            at=clock.began,
            upgrade=request.upgrade,
        )
        track = track if home is None else HomeTrack(track, home)
        track.request_body(body, at=clock.now(), change=change if coded else None)
        headers = headers if self._stand_in is None else self._stand_in.in_headers(headers)
        try:
            if request.upgrade:
                return await self._open(replace(request, target=target), headers, track, clock, outward)
            return await self._call(replace(request, target=target), headers, body, track, clock)
        except UpgradeRefusedError as error:
            return self._refused(request, error, track, clock)
        except TransportError as error:
            track.abort("server", how_failed(error), at=clock.now())
            if reason := why_unreached(error):
                self._recording.cannot_reach(f"{self._upstream.origin} cannot be reached: {reason}")
            return failure_answer(error, self._recording.redactor.text(str(error)))
        except asyncio.CancelledError:
            track.abort("client", "eof", at=clock.now())
            raise

    def settle(self) -> None:
        """Wait, for a short time, for what the clients have ended to end on the service's side: it belongs to the
        recording, and whether it does is not to be chance. From a thread of its own.
        """
        ending = (
            (_SETTLE_ALL, lambda: bool(self._bodies or self._sockets)),
            (_SETTLE_ENDING, lambda: any(socket.is_ending for socket in tuple(self._sockets))),
        )
        for seconds, under_way in ending:
            until = monotonic() + seconds
            while under_way() and monotonic() < until:
                sleep(_SETTLE_STEP)

    async def close(self) -> None:
        """End what is still under way, as cut by the recorder, and let go of all connections."""
        for body in tuple(self._bodies):
            await body.end("cut", "!")
        for socket in tuple(self._sockets):
            socket.cut(monotonic())
        for transport in self._transports.values():
            await transport.close()

    def _transport(self, request: Request) -> AsyncTransport:
        return self._transports[is_browser(request.headers)]

    def _outgoing(self, url: str) -> str:
        return url if self._stand_in is None else self._stand_in.in_url(url)

    def _home(self, request: Request) -> OriginMap | None:
        if self._home_origin is None:
            return None
        return OriginMap((self._upstream.origin, request.origin), self._home_origin)

    def _inward(self, request: Request) -> OriginMap:
        return OriginMap(self._origins, request.origin)

    def _client_headers(self, request: Request, headers: Headers) -> Headers:
        return client_headers(headers, self._inward(request).text, secure=request.origin.startswith("https:"))

    async def _call(self, request: Request, headers: Headers, body: bytes, track: Told, clock: Clock) -> Response:
        url = self._outgoing(self._upstream.origin + request.target)
        call = values.Request(method=request.method, url=url, headers=with_priority(headers), body=body or None)
        answer = await self._transport(request).stream(call, timeout=self._limits.answer)
        track.respond(answer.status, answer.headers, reason=answer.reason or None, at=clock.now())
        relayed = self._body(request, answer, track, clock)
        plain = Response(
            status=answer.status,
            headers=self._client_headers(request, answer.headers),
            reason=answer.reason or None,
        )
        if request.method == "HEAD" or answer.status in _BODILESS:
            await read_bodiless(relayed)
            return plain
        return replace(plain, body=relayed)

    def _body(self, request: Request, answer: AsyncStreamedResponse, track: Told, clock: Clock) -> RelayedBody:
        origins = body_map(self._inward(request), first(answer.headers, "content-type"))
        body = RelayedBody(answer, track, clock, origins, self._bodies.discard)
        self._bodies.add(body)
        return body

    async def _open(self, request: Request, headers: Headers, track: Told, clock: Clock, outward: OriginMap) -> Accept:
        url = self._upstream.socket_url(request.target)
        assert url is not None
        transport = self._transport(request)
        upstream = await transport.connect(self._outgoing(url), headers=headers, timeout=self._limits.connect)
        track.respond(upstream.status, upstream.headers, at=clock.now())
        socket = RelayedSocket(
            upstream,
            track,
            self._limits,
            inward=self._inward(request),
            outward=outward,
            on_end=self._sockets.discard,
        )
        self._sockets.add(socket)
        return Accept(run=socket.run, headers=self._client_headers(request, upstream.headers))

    def _refused(self, request: Request, error: UpgradeRefusedError, track: Told, clock: Clock) -> Response:
        track.respond(error.status, error.headers, at=clock.now())
        track.end(at=clock.now())
        headers = self._client_headers(request, error.headers)
        return Response(status=error.status, headers=(*headers, ("x-wiretape-note", "refused-body-not-visible")))

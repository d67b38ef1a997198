"""`Relay`: the stage that forwards requests to the live service, and records them."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Final

from fake_server.stage import Accept, Answer, Drop, Inform, Request, Response
from harness.doors import Doors
from harness.origins import OriginMap, canonical_origin_for, shared_map
from harness.profile import ServiceProfile
from harness.record.recording import Recording
from harness.relay.connecting import UpstreamConnections
from harness.relay.cookies import CookieScopes
from harness.relay.failures import (
    failure_answer,
    how_failed,
    how_lost,
    is_out_of_descriptors,
    own_answer,
    why_unreached,
)
from harness.relay.limits import RelayLimits
from harness.relay.own_headers import other_protocol
from harness.relay.responses import OUTGROWN, RelayedExchange, ResponseRelay
from harness.relay.service_origins import ServiceOrigins
from harness.relay.sockets import RelayedSocket
from harness.relay.token_swap import TokenSwap
from harness.relay.uploads import ForwardedBody, upload_of
from harness.relay.upstream import Upstream
from provider.clock import monotonic, sleep
from provider.transport import types
from provider.transport.errors import BrokenConnectionError, TransportError, UpgradeRefusedError
from provider.websocket import Headers

_SETTLE_ALL: Final = 0.25
"""Seconds to wait for all that is open: a client's close may still lie in a buffer."""
_SETTLE_ENDING: Final = 2.0
"""Seconds to wait for sockets that one side has closed."""
_SETTLE_STEP: Final = 0.005
"""Seconds between two looks."""
_SLOWEST: Final = 128 * 1024
"""Bytes per second of an upload, for which the service has so much more time."""
_BAD_TARGET: Final = (
    "a request was refused: its target is not a path of the service, which begins with / and holds no fragment"
)
_NOT_CHANGED: Final = (
    "the relay carries WebSockets only, and forwarded the request without it; what would have followed is not recorded"
)
_NO_DESCRIPTORS: Final = "the recorder is out of file descriptors and could not reach the service: raise `ulimit -n`"


class Relay:
    """Forwards each request to one service, streams its response back, and records both.

    The upstream is fixed here: no request and no cassette can change it, and redirects are passed on, not followed.
    The relay keeps no cookies, so several clients never share a session.

    The service sees the client's own headers or, with ``impersonate``, those of a browser. In the latter case a
    refused upgrade passes without its body, which libcurl does not show; the response carries ``x-wiretape-note:
    refused-body-not-visible``.

    The recording of a local service, such as a fake, shows the canonical origin; see
    `harness.origins.canonical_origin_for`.

    Args:
        upstream: ``https://host`` or ``http://host``, with a port or without.
        profile: Which origins of the service are mapped to the local server's own.
        recording: Records every exchange. Its owner finishes it after the relay is closed.
        settings: How to connect; the relay sets impersonation, cookies and default headers itself.
        limits: How long to wait, and how much to record.
        impersonate: Browser to impersonate (curl_cffi's names); by default the profile's for its own service, and none
            for others.
        token_swap: Replaces the clients' placeholder token by the real one; None to forward tokens as they are.
        doors: The local ports of a session with several upstreams.
        beside: For a further upstream of a session: the main one's origin. Its exchanges have absolute targets.
        cookies: Which upstream of the session set which cookie; the relays of a session share it.

    Raises:
        harness.relay.upstream.UpstreamError: The upstream is anything else.
        provider.transport.errors.MissingCurlError: curl_cffi is not installed.
    """

    def __init__(  # noqa: PLR0913  # keyword-only options
        self,
        upstream: str,
        profile: ServiceProfile,
        recording: Recording,
        *,
        settings: types.Settings | None = None,
        limits: RelayLimits | None = None,
        impersonate: str | None = None,
        token_swap: TokenSwap | None = None,
        doors: Doors | None = None,
        beside: str = "",
        cookies: CookieScopes | None = None,
    ) -> None:
        self._cookies = cookies or CookieScopes()
        self._beside = beside
        self._upstream = Upstream.parse(upstream)
        self._canonical_origin = canonical_origin_for(beside or self._upstream.origin, profile.upstream)
        self._recording = recording
        self._limits = limits or RelayLimits()
        self._token_swap = token_swap
        known = self._upstream.origin in {profile.upstream, *profile.origins}
        look = impersonate or (profile.impersonate if known else None)
        self._connections = UpstreamConnections(self._upstream, settings or types.Settings(), look)
        self._noted = Counter[str]()
        self._origins = ServiceOrigins(beside or self._upstream.origin, profile.origins, doors)
        self._responses = ResponseRelay(
            self._origins, recording.redactor, self._limits, self._noted, self._note_cookies
        )
        self._sockets: set[RelayedSocket] = set()

    @property
    def recording(self) -> Recording:
        """The recording into which the relay writes what passes through it."""
        return self._recording

    @property
    def upstream(self) -> str:
        """Origin of the service."""
        return self._upstream.origin

    @property
    def notes(self) -> tuple[str, ...]:
        """What a cassette does not show, as sentences: interim responses, refused targets, bodies that were cut."""
        return tuple(f"{text} ({count} times)" if count > 1 else text for text, count in self._noted.items())

    @property
    def lost(self) -> bool:
        """Whether file descriptors ran out for the service's connections, or a body was too large to be recorded."""
        return _NO_DESCRIPTORS in self._noted or OUTGROWN in self._noted

    async def handle(self, request: Request) -> Answer:
        """Forward one request. Returns as soon as the head of the service's response has arrived."""
        if request.target != "*" and self._upstream.url(request.target) is None:
            self._noted[_BAD_TARGET] += 1
            return own_answer(400, "bad-target", _BAD_TARGET)
        if asked := other_protocol(request.headers):
            self._noted[f"a request asked for the protocol {asked} by `Upgrade`: {_NOT_CHANGED}"] += 1
        began = request.at or monotonic()
        outward = self._origins.outward(request.origin)
        upload = upload_of(request, outward)
        target = outward.text(request.target)
        headers = self._connections.headers(request, outward, upload.size)
        headers = self._cookies.passing(self._upstream.origin, target, headers)
        recorder = self._recording.begin(
            request.method,
            self._upstream.origin + target if self._beside else target,
            headers,
            at=began,
            upgrade=request.upgrade,
            origins=self._canonical(request),
        )
        sent = headers if self._token_swap is None else self._token_swap.in_headers(headers)
        exchange = RelayedExchange(replace(request, target=target, inform=self._counted(request)), recorder)
        try:
            async with upload.recorded(recorder):
                if request.upgrade:
                    return await self._open(exchange, sent, outward)
                return await self._call(exchange, sent, upload)
        except UpgradeRefusedError as error:
            return self._responses.refused(exchange, error)
        except asyncio.CancelledError:
            recorder.abort("client", "eof", at=monotonic())
            raise
        except Exception as error:
            if (response := self._failed(exchange, error)) is None:
                raise
            return response

    def _failed(self, exchange: RelayedExchange, error: Exception) -> Response | Drop | None:
        """The answer to a request that could not be forwarded; None if the error is a bug of ours.

        If the service broke the connection, the client's breaks, too, as it does without the relay and in a replay.
        """
        recorder = exchange.recorder
        if is_out_of_descriptors():
            self._noted[_NO_DESCRIPTORS] += 1
            recorder.abort("recorder", at=monotonic())
            return own_answer(503, "out-of-descriptors", _NO_DESCRIPTORS)
        if not isinstance(error, TransportError):
            recorder.abort("recorder", at=monotonic())
            return None
        recorder.abort("server", how_failed(error), at=monotonic())
        if reason := why_unreached(error):
            self._recording.report_unreachable(f"{self._upstream.origin} cannot be reached: {reason}")
        if isinstance(error, BrokenConnectionError):
            return Drop(how=how_lost(error))
        return failure_answer(error, self._recording.redactor.text(str(error)))

    async def preflight(self, request: Request) -> Answer:
        """Forward and record a page's CORS preflight like any other request."""
        return await self.handle(request)

    def settle(self) -> None:
        """Wait briefly until exchanges that the clients have ended have ended on the service's side as well.

        Otherwise chance would decide whether the service's end is in the recording. Blocks: call it from a thread that
        is not the relay's.
        """
        ending = (
            (_SETTLE_ALL, lambda: self._responses.any_open or bool(self._sockets)),
            (_SETTLE_ENDING, lambda: any(socket.is_ending for socket in tuple(self._sockets))),
        )
        for seconds, any_open in ending:
            until = monotonic() + seconds
            while any_open() and monotonic() < until:
                sleep(_SETTLE_STEP)

    async def close(self) -> None:
        """End all open exchanges, as cut by the recorder, and close all connections."""
        await self._responses.close()
        for socket in tuple(self._sockets):
            socket.cut(monotonic())
        await self._connections.close()

    def _counted(self, request: Request) -> Inform:
        def inform(status: int, headers: Headers) -> None:
            self._noted[f"an interim answer ({status}) was passed on, and not recorded"] += 1
            request.inform(status, self._responses.client_headers(request, headers, decoded=False))

        return inform

    def _note_cookies(self, target: str, headers: Headers) -> None:
        self._cookies.note(self._upstream.origin, target, headers)

    def _outgoing(self, url: str) -> str:
        return url if self._token_swap is None else self._token_swap.in_url(url)

    def _canonical(self, request: Request) -> OriginMap | None:
        """The map from a local service's origin to the canonical one; None for any other service."""
        if self._canonical_origin is None:
            return None
        if self._beside:
            return shared_map((self._beside,), self._canonical_origin)
        return shared_map((self._upstream.origin, request.origin), self._canonical_origin)

    async def _call(self, exchange: RelayedExchange, headers: Headers, upload: ForwardedBody) -> Response:
        request = exchange.request
        target = "/" if request.target == "*" else request.target
        url = self._outgoing(self._upstream.origin + target)
        timeout = self._limits.answer + upload.size / _SLOWEST
        answer = await self._connections.call(request, headers, upload.body, url, timeout)
        return await self._responses.pass_on(exchange, answer)

    async def _open(self, exchange: RelayedExchange, headers: Headers, outward: OriginMap) -> Answer:
        request, recorder = exchange.request, exchange.recorder
        url = self._upstream.socket_url(request.target)
        if url is None:
            raise TransportError("the client's WebSocket upgrade has a whole URL as its target: it must be a path")
        opened = await self._connections.open(request, headers, self._outgoing(url), self._limits.connect)
        if not isinstance(opened, tuple):
            return await self._responses.pass_on(exchange, opened)
        fields, upstream = opened
        recorder.respond(101, fields, at=monotonic())
        socket = RelayedSocket(
            upstream,
            recorder,
            self._limits,
            inward=self._responses.inward(request),
            outward=outward,
            on_end=self._sockets.discard,
        )
        self._sockets.add(socket)
        shown = self._responses.client_headers(request, fields, decoded=False)
        return Accept(run=socket.run, headers=shown, answers_pings=True, answers_close=True)

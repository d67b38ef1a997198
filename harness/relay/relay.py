"""`Relay`: the stage that forwards to the live service, and records."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from fake_server.stage import Accept, Answer, Inform, Request, Response
from harness.content_coding import is_coded
from harness.headers import client_headers, first
from harness.origins import OriginMap, StreamedMap, canonical_origin_for
from harness.profile import ServiceProfile
from harness.record.exchange import ExchangeRecorder
from harness.record.recording import Recording
from harness.relay.calls import RelayedBody, read_out
from harness.relay.coding import Decoder, codings_of, decoder_for
from harness.relay.connecting import Connections
from harness.relay.failures import (
    Clock,
    RelayLimits,
    failure_answer,
    how_failed,
    out_of_descriptors,
    own_answer,
    why_unreached,
)
from harness.relay.headers import upstream_body
from harness.relay.intake import Answered, Intake
from harness.relay.sockets import RelayedSocket
from harness.relay.token_swap import TokenSwap
from harness.relay.upstream import Upstream
from provider.clock import monotonic, sleep
from provider.transport import types as values
from provider.transport.errors import TransportError, UpgradeRefusedError
from provider.websocket import Headers

_SETTLE_ALL: Final = 0.25
"""Seconds for what is under way; a client's close may lie in a buffer yet."""
_SETTLE_ENDING: Final = 2.0
"""Seconds for what one side has ended."""
_SETTLE_STEP: Final = 0.005
_BODILESS: Final = frozenset({204, 304})
_LOOK_AHEAD: Final = 256 * 1024
"""Bytes of a body that are read before its head is passed on, where the body decides about that."""
_LOOK_SECONDS: Final = 0.1
"""How long a slow body may keep its head waiting for that."""
_BAD_TARGET: Final = (
    "a request's target is no path of the service, and was refused: it begins with / and holds no fragment"
)
_NO_DESCRIPTORS: Final = "the recorder is out of file descriptors and could not reach the service: raise `ulimit -n`"
_OUTGROWN: Final = "a body is longer than what a cassette holds of it: it passed, and its recording is cut there"


def _change(request: Request, outward: OriginMap) -> Callable[[bytes], bytes]:
    """Puts the service's origin in the place of the relay's in a body that is text."""
    content_type = request.header("content-type")
    return lambda body: upstream_body(body, content_type, outward)


class Relay:
    """Forwards each request to one service and its answer back, streaming, and tells a recording.

    The upstream is fixed here; no request and no cassette can change it, and redirects are passed on, not followed.
    Cookies are the client's own business: the relay keeps none, so several clients never share a session.

    The service sees the client's own headers, or, where ``impersonate`` says so, a browser's look. Then a refused
    upgrade passes without its body, which libcurl does not show; the answer carries ``x-wiretape-note:
    refused-body-not-visible``.

    Of a local service, such as a fake, the recording is told the origin of the profile's upstream in place of its own,
    whose port is another one in each run.

    Args:
        upstream: ``https://host`` or ``http://host``, with a port or without.
        profile: Which origins of the service stand for the local server's own.
        recording: Told of everything; finishing it is its owner's business, after the relay is closed.
        settings: How to connect; the look, cookies and default headers are set by the relay.
        impersonate: Browser whose look is taken on (curl_cffi's names); by default the profile's word for its own
            service, and none for others.
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
        impersonate: str | None = None,
        stand_in: TokenSwap | None = None,
    ) -> None:
        self._upstream = Upstream.parse(upstream)
        self._origins = tuple(dict.fromkeys((self._upstream.origin, *profile.origins)))
        self._canonical_origin = canonical_origin_for(self._upstream.origin, profile.upstream)
        self._recording = recording
        self._limits = limits or RelayLimits()
        self._stand_in = stand_in
        known = self._upstream.origin in {profile.upstream, *profile.origins}
        look = impersonate or (profile.impersonate if known else None)
        self._connections = Connections(self._upstream, settings or values.Settings(), look)
        self._noted = Counter[str]()
        self._kept = 0
        self._bodies: set[RelayedBody] = set()
        self._sockets: set[RelayedSocket] = set()

    @property
    def recording(self) -> Recording:
        """What is told of everything."""
        return self._recording

    @property
    def notes(self) -> tuple[str, ...]:
        """What a recording does not say of itself: interim answers, what could not be forwarded, what was cut short."""
        return tuple(f"{text} ({count} times)" if count > 1 else text for text, count in self._noted.items())

    @property
    def lost(self) -> bool:
        """Whether the recorder itself kept something from the service, or from the recording."""
        return _NO_DESCRIPTORS in self._noted or _OUTGROWN in self._noted

    async def handle(self, request: Request) -> Answer:
        """Forward one request; the answer comes as soon as the service's head is there."""
        if request.target != "*" and self._upstream.url(request.target) is None:
            self._noted[_BAD_TARGET] += 1
            return own_answer(400, "bad-target", _BAD_TARGET)
        clock = Clock(request)
        outward = OriginMap((request.origin,), self._upstream.origin)
        change = _change(request, outward)
        # A coded body is passed on byte for byte; the recording is told what is in it.
        coded = is_coded(request.headers)
        body = request.body if coded else change(request.body)
        target = outward.text(request.target)
        request = replace(request, inform=self._counted(request))
        headers = self._connections.headers(request, outward, body)
        recorder = self._recording.begin(
            request.method,
            target,
            headers,
            at=clock.began,
            upgrade=request.upgrade,
            origins=self._canonical(request),
        )
        recorder.request_body(body, at=clock.now(), change=change if coded else None)
        headers = headers if self._stand_in is None else self._stand_in.in_headers(headers)
        try:
            if request.upgrade:
                return await self._open(replace(request, target=target), headers, recorder, clock, outward)
            return await self._call(replace(request, target=target), headers, body, recorder, clock)
        except UpgradeRefusedError as error:
            return self._refused(request, error, recorder, clock)
        except asyncio.CancelledError:
            recorder.abort("client", "eof", at=clock.now())
            raise
        except Exception as error:
            if out_of_descriptors():
                self._noted[_NO_DESCRIPTORS] += 1
                recorder.abort("recorder", at=clock.now())
                return own_answer(503, "out-of-descriptors", _NO_DESCRIPTORS)
            if not isinstance(error, TransportError):
                recorder.abort("recorder", at=clock.now())
                raise
            recorder.abort("server", how_failed(error), at=clock.now())
            if reason := why_unreached(error):
                self._recording.report_unreachable(f"{self._upstream.origin} cannot be reached: {reason}")
            return failure_answer(error, self._recording.redactor.text(str(error)))

    async def preflight(self, request: Request) -> Answer:
        """A page's preflight goes to the service like any other request, and is recorded."""
        return await self.handle(request)

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
        await self._connections.close()

    def _counted(self, request: Request) -> Inform:
        def inform(status: int, headers: Headers) -> None:
            self._noted[f"an interim answer ({status}) was passed on, and not recorded"] += 1
            request.inform(status, self._client_headers(request, headers, decoded=False))

        return inform

    def _outgoing(self, url: str) -> str:
        return url if self._stand_in is None else self._stand_in.in_url(url)

    def _canonical(self, request: Request) -> OriginMap | None:
        """The map from a local service's origin to the canonical one; None for any other service."""
        if self._canonical_origin is None:
            return None
        return OriginMap((self._upstream.origin, request.origin), self._canonical_origin)

    def _inward(self, request: Request) -> OriginMap:
        return OriginMap(self._origins, request.origin)

    def _client_headers(self, request: Request, headers: Headers, *, decoded: bool, measured: bool = False) -> Headers:
        inward = self._inward(request).text
        secure = request.origin.startswith("https:")
        return client_headers(headers, inward, secure=secure, decoded=decoded, measured=measured)

    async def _call(
        self, request: Request, headers: Headers, body: bytes, recorder: ExchangeRecorder, clock: Clock
    ) -> Response:
        target = "/" if request.target == "*" else request.target
        url = self._outgoing(self._upstream.origin + target)
        answer = await self._connections.call(request, headers, body, url, self._limits.answer)
        return await self._pass_on(request, answer, recorder, clock)

    async def _pass_on(self, request: Request, answer: Answered, recorder: ExchangeRecorder, clock: Clock) -> Response:
        """The service's answer as the client's, told to the recording."""
        began = clock.now()
        reason = answer.reason or None
        intake = Intake(answer, clock)
        if request.method == "HEAD" or answer.status in _BODILESS:
            recorder.respond(answer.status, answer.headers, reason=reason, at=began)
            await read_out(self._body(request, answer, intake, recorder, clock, None))
            fields = self._client_headers(request, answer.headers, decoded=False, measured=True)
            return Response(status=answer.status, headers=fields, reason=reason)
        try:
            decoder = await self._decoder(answer, intake)
        except BaseException:
            recorder.respond(answer.status, answer.headers, reason=reason, at=began)
            await self._body(request, answer, intake, recorder, clock, None).aclose()
            raise
        coded = decoder is None and bool(codings_of(answer.headers))
        recorder.respond(answer.status, answer.headers, reason=reason, at=began, coded=coded)
        body = self._body(request, answer, intake, recorder, clock, decoder)
        unchanged = (
            decoder is None
            and StreamedMap.for_type(self._inward(request), first(answer.headers, "content-type")) is None
        )
        fields = self._client_headers(
            request, answer.headers, decoded=decoder is not None, measured=unchanged and _length(answer) is not None
        )
        plain = Response(status=answer.status, headers=fields, reason=reason)
        if intake.ended and _length(answer) is not None and not answer.trailers:
            return replace(plain, body=await read_out(body))
        return replace(plain, body=body, trailers=lambda: self._trailers(request, answer))

    async def _decoder(self, answer: Answered, intake: Intake) -> Decoder | None:
        """What takes the content coding off, if anything does; looks at the beginning of the body where it has to."""
        codings = codings_of(answer.headers)
        length = _length(answer)
        if codings or (length is not None and length <= _LOOK_AHEAD):
            await intake.look_ahead(_LOOK_AHEAD, _LOOK_SECONDS)
        redactor = self._recording.redactor
        return decoder_for(
            codings, intake.data, whole=intake.ended, is_secret=lambda found: bool(redactor.data(found).edits)
        )

    def _trailers(self, request: Request, answer: Answered) -> Headers:
        return self._client_headers(request, answer.trailers, decoded=False)

    def _body(
        self,
        request: Request,
        answer: Answered,
        intake: Intake,
        recorder: ExchangeRecorder,
        clock: Clock,
        decoder: Decoder | None,
    ) -> RelayedBody:
        origins = StreamedMap.for_type(self._inward(request), first(answer.headers, "content-type"))
        body = RelayedBody(
            answer,
            intake,
            recorder,
            clock,
            decoder=decoder,
            origins=origins,
            on_end=self._body_ended,
            longest=min(self._limits.kept_body, self._limits.kept_bodies - self._kept),
        )
        self._bodies.add(body)
        return body

    def _body_ended(self, body: RelayedBody) -> None:
        self._bodies.discard(body)
        self._kept += body.kept
        if body.outgrown:
            self._noted[_OUTGROWN] += 1

    async def _open(
        self, request: Request, headers: Headers, recorder: ExchangeRecorder, clock: Clock, outward: OriginMap
    ) -> Answer:
        url = self._upstream.socket_url(request.target)
        if url is None:
            raise TransportError("an upgrade has a path")
        opened = await self._connections.open(request, headers, self._outgoing(url), self._limits.connect)
        if not isinstance(opened, tuple):
            return await self._pass_on(request, opened, recorder, clock)
        fields, upstream = opened
        recorder.respond(101, fields, at=clock.now())
        socket = RelayedSocket(
            upstream,
            recorder,
            self._limits,
            inward=self._inward(request),
            outward=outward,
            on_end=self._sockets.discard,
        )
        self._sockets.add(socket)
        shown = self._client_headers(request, fields, decoded=False)
        return Accept(run=socket.run, headers=shown, answers_pings=True)

    def _refused(
        self, request: Request, error: UpgradeRefusedError, recorder: ExchangeRecorder, clock: Clock
    ) -> Response:
        recorder.respond(error.status, error.headers, at=clock.now())
        recorder.end(at=clock.now())
        headers = self._client_headers(request, error.headers, decoded=True)
        return Response(status=error.status, headers=(*headers, ("x-wiretape-note", "refused-body-not-visible")))


def _length(answer: Answered) -> int | None:
    """The length that an answer names for its body; None if it names none, or says it in another way, too."""
    if first(answer.headers, "transfer-encoding") is not None:
        return None
    said = [value for name, value in answer.headers if name == "content-length"]
    return int(said[0]) if len(said) == 1 and said[0].isascii() and said[0].isdecimal() else None

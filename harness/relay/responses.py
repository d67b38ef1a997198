"""`ResponseRelay`: passes the service's responses on to the client while the recorder records them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from fake_server.stage import Request, Response
from harness.decoding import Decoder, codings_of
from harness.framing.event_streams import is_event_stream, media_type_of
from harness.headers import client_headers, first
from harness.origins import OriginMap, StreamedMap
from harness.record.exchange import ExchangeRecorder
from harness.redact.engine import Redactor
from harness.relay.body import RelayedBody, read_all
from harness.relay.coding import decoder_for
from harness.relay.intake import Answered, Intake
from harness.relay.limits import RelayLimits
from harness.relay.service_origins import ServiceOrigins
from provider.clock import monotonic
from provider.transport.errors import UpgradeRefusedError
from provider.websocket import Headers

OnHeaders: TypeAlias = Callable[[str, Headers], None]
OUTGROWN: Final = "a body is longer than what a cassette holds of it: it passed, and its recording is cut there"
_BODILESS: Final = frozenset({204, 304})
_LOOK_AHEAD: Final = 256 * 1024
"""Bytes of a body that are read before its head is passed on, where the body decides about its head."""
_LOOK_SECONDS: Final = 0.1
"""Seconds for which a slow body may delay its head for that."""


@dataclass(frozen=True, slots=True)
class RelayedExchange:
    """A request that the relay has forwarded, with the recorder of its exchange."""

    request: Request
    recorder: ExchangeRecorder


class ResponseRelay:
    """Turns the service's responses into those that the client gets, and records them.

    Args:
        origins: Map the service's origins to the local server's.
        redactor: Of the recording: decides whether a coded body must be decoded to be redacted.
        limits: How much of a body is recorded.
        notes: Counts what the recording does not show; `OUTGROWN` is added here.
        on_headers: Called with the target of each request and the headers of its responses, before the client has them.
    """

    def __init__(
        self,
        origins: ServiceOrigins,
        redactor: Redactor,
        limits: RelayLimits,
        notes: Counter[str],
        on_headers: OnHeaders,
    ) -> None:
        self._origins = origins
        self._redactor = redactor
        self._limits = limits
        self._notes = notes
        self._on_headers = on_headers
        self._recorded_bytes = 0
        self._bodies: set[RelayedBody] = set()

    @property
    def any_open(self) -> bool:
        """Whether a body has not ended."""
        return bool(self._bodies)

    async def close(self) -> None:
        """End the open bodies, as cut by the recorder."""
        for body in tuple(self._bodies):
            await body.end("cut", "!")

    def inward(self, request: Request) -> OriginMap:
        """The map from the service's origins to the one by which the client called the local server."""
        return self._origins.inward(request.origin)

    def client_headers(self, request: Request, headers: Headers, *, decoded: bool, measured: bool = False) -> Headers:
        """The response's headers or trailers, as the client receives them; see `harness.headers.client_headers`."""
        self._on_headers(request.target, headers)
        inward = self.inward(request).header
        secure = request.origin.startswith("https:")
        return client_headers(headers, inward, secure=secure, decoded=decoded, measured=measured)

    async def pass_on(self, exchange: RelayedExchange, answer: Answered) -> Response:
        """The client's response. Its body, if it is not read ahead already, follows while the service sends it."""
        request, recorder = exchange.request, exchange.recorder
        began = monotonic()
        reason = answer.reason or None
        intake = Intake(answer)
        if request.method == "HEAD" or answer.status in _BODILESS:
            recorder.respond(answer.status, answer.headers, reason=reason, at=began)
            await read_all(self._body(exchange, answer, intake, None))
            fields = self.client_headers(request, answer.headers, decoded=False, measured=True)
            return Response(status=answer.status, headers=fields, reason=reason)
        try:
            decoder = await self._decoder(answer, intake)
        except BaseException:
            recorder.respond(answer.status, answer.headers, reason=reason, at=began)
            await self._body(exchange, answer, intake, None).aclose()
            raise
        coded = decoder is None and bool(codings_of(answer.headers))
        recorder.respond(answer.status, answer.headers, reason=reason, at=began, coded=coded)
        body = self._body(exchange, answer, intake, decoder)
        length = _length(answer)
        measured = decoder is None and self._body_map(request, answer) is None and length is not None
        fields = self.client_headers(request, answer.headers, decoded=decoder is not None, measured=measured)
        plain = Response(status=answer.status, headers=fields, reason=reason)
        if intake.ended and length is not None and not answer.trailers:
            return replace(plain, body=await read_all(body))
        return replace(plain, body=body, trailers=lambda: self._trailers(request, answer))

    def refused(self, exchange: RelayedExchange, error: UpgradeRefusedError) -> Response:
        """Record the service's refusal of an upgrade, and return it for the client.

        The response has no body, because libcurl does not show it.
        """
        exchange.recorder.respond(error.status, error.headers, at=monotonic())
        exchange.recorder.end(at=monotonic())
        headers = self.client_headers(exchange.request, error.headers, decoded=True)
        return Response(status=error.status, headers=(*headers, ("x-wiretape-note", "refused-body-not-visible")))

    async def _decoder(self, answer: Answered, intake: Intake) -> Decoder | None:
        """The decoder for the body's content coding; None to pass the body on as it is.

        Reads the beginning of the body where that decides.
        """
        codings = codings_of(answer.headers)
        length = _length(answer)
        if codings or (length is not None and length <= _LOOK_AHEAD):
            await intake.look_ahead(_LOOK_AHEAD, _LOOK_SECONDS)
        return decoder_for(
            codings, intake.data, whole=intake.ended, is_secret=lambda found: bool(self._redactor.data(found).edits)
        )

    def _trailers(self, request: Request, answer: Answered) -> Headers:
        return self.client_headers(request, answer.trailers, decoded=False)

    def _body_map(self, request: Request, answer: Answered) -> StreamedMap | None:
        return StreamedMap.for_type(self.inward(request), first(answer.headers, "content-type"))

    def _body(
        self, exchange: RelayedExchange, answer: Answered, intake: Intake, decoder: Decoder | None
    ) -> RelayedBody:
        body = RelayedBody(
            answer,
            intake,
            exchange.recorder,
            decoder=decoder,
            origins=self._body_map(exchange.request, answer),
            on_end=self._body_ended,
            longest=min(self._longest(answer), self._limits.kept_bodies - self._recorded_bytes),
        )
        self._bodies.add(body)
        return body

    def _longest(self, answer: Answered) -> int:
        """Bytes of the body that may be recorded."""
        is_of_events = is_event_stream(media_type_of(answer.headers))
        return min(self._limits.kept_body, self._limits.kept_stream) if is_of_events else self._limits.kept_body

    def _body_ended(self, body: RelayedBody) -> None:
        self._bodies.discard(body)
        self._recorded_bytes += body.recorded_bytes
        if body.outgrown:
            self._notes[OUTGROWN] += 1


def _length(answer: Answered) -> int | None:
    """The body's length by ``Content-Length``; None if that is missing or contradictory."""
    if first(answer.headers, "transfer-encoding") is not None:
        return None
    lengths = [value for name, value in answer.headers if name == "content-length"]
    return int(lengths[0]) if len(lengths) == 1 and lengths[0].isascii() and lengths[0].isdecimal() else None

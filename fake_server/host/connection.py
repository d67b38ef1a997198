"""One connection from its first byte to its last: HTTP, then perhaps a WebSocket, or a tunnel and all of it again."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, Callable, Coroutine
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from fake_server.host.connections import ClientGoneError, Failures, while_there
from fake_server.host.http import HttpConnection
from fake_server.host.keepalive import Keepalive
from fake_server.host.limits import Limits
from fake_server.host.pages import AnswersPreflights, Pages
from fake_server.host.policy import Access, BadRequestError, Leniency, refusal, refuse, wants_websocket
from fake_server.host.tcp import Wire
from fake_server.host.tunnel import Gate, Passage, TunnelEnd, Way, origin_of, parse_authority
from fake_server.host.websocket import HostSocket, Manners
from fake_server.stage import Accept, Answer, BrokenBodyError, Drop, Request, Response, Stage, Stall

_Answered = TypeVar("_Answered")


@dataclass(frozen=True, slots=True)
class Rules:
    """What all connections of a server go by."""

    access: Access
    limits: Limits
    failures: Failures
    pages: Pages = field(default_factory=Pages)
    identity: ssl.SSLContext | None = None
    gate: Gate | None = None
    leniency: Leniency = field(default_factory=Leniency)
    keepalive: Keepalive = field(default_factory=Keepalive)

    def manners(self, accept: Accept) -> Manners:
        """How a socket is held that was accepted like this."""
        return Manners(
            linger=self.limits.linger if accept.linger else 0.0,
            check_text=self.leniency.strict,
            keepalive=self.keepalive,
            answer_pings=not accept.answers_pings,
        )


class Connection:
    """One client's connection, and what is spoken on it. ``number`` is for the log.

    A connection belongs to the stage that served when it came. One that has been through a tunnel starts again, as
    another connection, on the encrypted wire.
    """

    def __init__(self, wire: Wire, rules: Rules, stage: Stage, number: int, *, tunnelled_to: str | None = None) -> None:
        self._wire = wire
        self._rules = rules
        self._limits = rules.limits
        self._stage = stage
        self._number = number
        self._tunnelled = tunnelled_to is not None
        scheme = "https" if rules.identity else "http"
        self._http = HttpConnection(wire, rules.limits, scheme=scheme, origin=tunnelled_to)
        self._requests = 0

    async def serve(self) -> None:
        """Serve it to its end. Everything started here has ended on return; a cancellation still says good-bye."""
        wire = self._wire
        leaving = False
        try:
            while await self._serve_one():
                pass
            await wire.finish(self._limits.close_timeout)
        except BadRequestError as error:
            await self._refuse(error)
        except ClientGoneError:
            pass
        except asyncio.CancelledError:
            leaving = True
            raise
        finally:
            (wire.leave if leaving else wire.abort)()

    # ---------------------------------------------------------------- one request
    async def _serve_one(self) -> bool:
        """Serve one request; returns whether another one may follow."""
        request = await self._http.next_request()
        if request is None:
            return False
        self._requests += 1
        if request.method == "CONNECT":
            return await self._open_tunnel(request)
        if self._tunnelled:
            return await self._give(request, await self._ask(request))
        match self._admit(request):
            case Request() as admitted:
                return await self._give(admitted, await self._ask(admitted))
            case Response() as refused:
                return await self._give(request, refused)
            case passage:
                return await self._lead(request, passage)

    def _admit(self, request: Request) -> Request | Passage | Response:
        """What a request outside of tunnels gets: an answer of the stage, or of another server, or a refusal."""
        gate = self._rules.gate
        try:
            decided = None if gate is None else gate.request(request, self._http.authority)
        except Exception as error:  # noqa: BLE001  # the caller's function, treated as a stage is
            self._failed(request, error)
            return refusal(500, "gate", type(error).__name__)
        if decided is not None:
            return decided
        refused = self._rules.access.refusal(request)
        if refused is not None:
            self._rules.failures.turned_away(self._rules.access.stranger(request, refused))
        return refused or request

    async def _ask(self, request: Request) -> Answer:
        pages = self._rules.pages
        if not pages.is_preflight(request):
            return pages.shown(request, await self._ask_stage(request, self._stage.handle))
        stage = self._stage
        own = await self._ask_stage(request, stage.preflight) if isinstance(stage, AnswersPreflights) else None
        return await pages.preflight(request, own)

    async def _ask_stage(
        self, request: Request, handle: Callable[[Request], Coroutine[object, object, _Answered]]
    ) -> _Answered | Response:
        refused = self._rules.leniency.refusal(request, self._http.http_version)
        if refused is not None:
            return refused
        try:
            answer = await while_there(self._wire, handle(request), grace=self._limits.close_timeout)
        except ClientGoneError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a stage raises is the client's 500, and reported
            self._failed(request, error)
            return refusal(500, "stage", type(error).__name__)
        if isinstance(answer, Accept) and not request.upgrade:
            return refuse("key" if wants_websocket(request.headers) else "plain")
        return answer

    async def _give(self, request: Request, answer: Answer) -> bool:
        match answer:
            case Response():
                return await self._respond(request, answer)
            case Accept():
                await self._converse(request, answer)
            case Drop():
                await self._wait(answer.after)
                await self._wire.end(answer.how, self._limits.close_timeout)
            case Stall():
                self._wire.ignore()
                await self._wire.gone.wait()
        return False

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await while_there(self._wire, asyncio.sleep(seconds), grace=self._limits.close_timeout)

    def _failed(self, request: Request, error: Exception) -> None:
        self._rules.failures.report(error, self._number, f"{request.method} {request.path}")

    # ---------------------------------------------------------------- answers
    async def _respond(self, request: Request, response: Response) -> bool:
        try:
            await self._wait(response.after)
            work = self._http.respond(request, response)
            if isinstance(response.body, bytes):
                return await work  # it waits for the client alone, and for no longer than the client is there
            return await while_there(self._wire, work, grace=self._limits.close_timeout)
        except BrokenBodyError as broken:
            await self._wire.flush()
            await self._wire.end(broken.how, self._limits.close_timeout)
        except ClientGoneError:
            raise
        except Exception as error:  # noqa: BLE001  # what a stage's body raises, or h11 about its headers
            self._failed(request, error)
            if not self._http.answered:
                return await self._http.respond(request, refusal(500, "stage", type(error).__name__))
            # Half an answer is out: breaking off is all that is left to say so.
            self._wire.break_off()
        finally:
            await _close(response.body)
        return False

    async def _converse(self, request: Request, accept: Accept) -> None:
        await self._wait(accept.after)
        try:
            early = self._http.switch(request, accept)
        except Exception as error:  # noqa: BLE001  # h11 about the stage's headers
            self._failed(request, error)
            await self._http.respond(request, refusal(500, "stage", type(error).__name__))
            return
        socket = HostSocket(self._wire, self._limits, early, self._rules.manners(accept))
        code = 1000
        try:
            await accept.run(socket)
        except asyncio.CancelledError:
            socket.leave()
            raise
        except Exception as error:  # noqa: BLE001  # whatever a stage raises is the client's 1011, and reported
            self._failed(request, error)
            code = 1011
        await socket.finish(code)

    async def _refuse(self, error: BadRequestError) -> None:
        """Answer what cannot be read as a request."""
        self._rules.failures.refused(str(error))
        self._http.refuse(refusal(error.status, "request", str(error)))
        await self._wire.finish(self._limits.close_timeout)

    # ---------------------------------------------------------------- a tunnel
    async def _open_tunnel(self, request: Request) -> bool:
        """Returns whether another request may follow: one with the password that was asked for."""
        host, port = parse_authority(request.target) or ("", 0)
        way = self._way(request, host, port)
        match way:
            case Response():
                return await self._give(request, way) and way.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
            case ssl.SSLContext():
                self._http.open_tunnel()
                await self._serve_inside(await self._encrypted(way, host, port), host, port, tls=True)
            case "plain":
                self._http.open_tunnel()
                await self._serve_inside(self._wire, host, port, tls=False)
            case _:
                return await self._lead(request, way)
        return False

    def _way(self, request: Request, host: str, port: int) -> Way:
        gate = self._rules.gate
        if gate is None or self._tunnelled:
            return refusal(405, "tunnel", "this server is no proxy")
        if not host or self._http.unread:
            return refusal(400, "tunnel", "CONNECT wants host:port, and its client to wait for the answer")
        try:
            return gate.connect(request, host, port)
        except Exception as error:  # noqa: BLE001  # the caller's function, treated as a stage is
            self._failed(request, error)
            return refusal(500, "tunnel", type(error).__name__)

    async def _encrypted(self, context: ssl.SSLContext, host: str, port: int) -> Wire:
        try:
            return await self._wire.start_tls(context)
        except ConnectionError as error:
            self._tell_end(TunnelEnd(host=host, port=port, error=error))
            raise
        except asyncio.CancelledError:
            error = ConnectionError("the server stopped in the TLS handshake")
            self._tell_end(TunnelEnd(host=host, port=port, error=error))
            raise

    async def _serve_inside(self, wire: Wire, host: str, port: int, *, tls: bool) -> None:
        origin = origin_of(host, port, tls=tls)
        inner = Connection(wire, self._rules, self._stage, self._number, tunnelled_to=origin)
        try:
            await inner.serve()
        finally:
            self._tell_end(TunnelEnd(host=host, port=port, requests=inner._requests))

    def _tell_end(self, end: TunnelEnd) -> None:
        if self._rules.gate is not None:
            self._rules.gate.ended(end)

    async def _lead(self, request: Request, passage: Passage) -> bool:
        """Lead the client to another server; it has the connection to its end."""
        try:
            refused = await while_there(self._wire, passage.open(), grace=self._limits.close_timeout)
            if refused is not None:
                await self._give(request, refused)
                return False
            if request.method == "CONNECT":
                self._http.open_tunnel()
            await passage.carry(self._wire)
            return False
        finally:
            passage.close()


async def _close(body: bytes | AsyncIterable[bytes]) -> None:
    """Let a streamed body go, whether it was sent or not."""
    close = getattr(body, "aclose", None)
    if close is not None:
        await close()

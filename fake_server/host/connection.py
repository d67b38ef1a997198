"""One connection from its first byte to its last: HTTP, then perhaps a WebSocket, or a tunnel with HTTP inside."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import TypeVar

from fake_server.host.bodies import close_body, write_raw
from fake_server.host.connections import ClientGoneError, run_while_connected
from fake_server.host.early import AnswersEarly
from fake_server.host.handshakes import encrypted
from fake_server.host.http import HttpConnection
from fake_server.host.pages import AnswersPreflights
from fake_server.host.policy import BadRequestError, refusal, refuse, wants_websocket
from fake_server.host.server_settings import ServerSettings
from fake_server.host.tcp import TcpConnection
from fake_server.host.tunnel import Passage, TunnelEnd, Way, origin_of, parse_authority
from fake_server.host.websocket import HostSocket
from fake_server.stage import Accept, Answer, BrokenBodyError, Drop, RawBytes, Request, Response, Stage, Stall

_Answered = TypeVar("_Answered")


class Connection:
    """Serves one client's connection: HTTP, then perhaps a WebSocket or a tunnel. ``number`` names it in the log.

    A connection keeps the stage that served when it was accepted. Inside a tunnel, another `Connection` serves the
    client on the encrypted connection.
    """

    def __init__(
        self,
        tcp: TcpConnection,
        settings: ServerSettings,
        stage: Stage,
        number: int,
        *,
        tunnelled_to: str | None = None,
    ) -> None:
        self._tcp = tcp
        self._settings = settings
        self._limits = settings.limits
        self._stage = stage
        self._number = number
        self._tunnelled = tunnelled_to is not None
        scheme = "https" if settings.identity else "http"
        self._http = HttpConnection(tcp, settings.limits, scheme=scheme, origin=tunnelled_to)
        self._requests = 0

    async def serve(self) -> None:
        """Serve the connection to its end, and end all its work. A cancellation still closes it in good order."""
        tcp = self._tcp
        leaving = False
        try:
            while await self._serve_one():
                pass
            await tcp.finish(self._limits.close_timeout)
        except BadRequestError as error:
            await self._refuse(error)
        except ClientGoneError:
            pass
        except asyncio.CancelledError:
            leaving = True
            raise
        finally:
            (tcp.leave if leaving else tcp.abort)()

    # ---------------------------------------------------------------- one request
    async def _serve_one(self) -> bool:
        """Serve one request; returns whether another one may follow."""
        request = await self._http.next_request(self._early)
        if request is None:
            return False
        self._requests += 1
        self._tcp.note_request()
        if self._http.early is not None:
            return await self._send_answer(request, self._settings.pages.shown(request, self._http.early))
        if request.method == "CONNECT":
            return await self._open_tunnel(request)
        if self._tunnelled:
            return await self._send_answer(request, await self._answer(request))
        match self._admit(request):
            case Request() as admitted:
                return await self._send_answer(admitted, await self._answer(admitted))
            case Response() as refused:
                return await self._send_answer(request, refused)
            case passage:
                return await self._pass_on(request, passage)

    def _early(self, request: Request) -> Answer | None:
        stage = self._stage
        if not isinstance(stage, AnswersEarly) or self._settings.access.refusal(request) is not None:
            return None
        return stage.early(request)

    def _admit(self, request: Request) -> Request | Passage | Response:
        """Decide on a request outside of tunnels: to the stage, to another server, or a refusal."""
        gate = self._settings.gate
        try:
            decided = None if gate is None else gate.request(request, self._http.authority)
        except Exception as error:  # noqa: BLE001  # the user's function: handled like a stage's error
            self._failed(request, error)
            return refusal(500, "gate", type(error).__name__)
        if decided is not None:
            return decided
        refused = self._settings.access.refusal(request)
        if refused is not None:
            self._settings.failures.count_refused_client(self._settings.access.describe(request, refused))
        return refused or request

    async def _answer(self, request: Request) -> Answer:
        pages = self._settings.pages
        if not pages.is_preflight(request):
            return pages.shown(request, await self._ask_stage(request, self._stage.handle))
        stage = self._stage
        own = await self._ask_stage(request, stage.preflight) if isinstance(stage, AnswersPreflights) else None
        return await pages.preflight(request, own)

    async def _ask_stage(
        self, request: Request, handle: Callable[[Request], Coroutine[object, object, _Answered]]
    ) -> _Answered | Response:
        refused = self._settings.handshake.refusal(request, self._http.http_version)
        if refused is not None:
            return refused
        try:
            answer = await run_while_connected(self._tcp, handle(request), grace=self._limits.close_timeout)
        except ClientGoneError:
            raise
        except Exception as error:  # noqa: BLE001  # any error of a stage becomes a 500, and is reported
            self._failed(request, error)
            return refusal(500, "stage", type(error).__name__)
        if isinstance(answer, Accept) and not request.upgrade:
            return refuse("key" if wants_websocket(request.headers) else "plain")
        return answer

    async def _send_answer(self, request: Request, answer: Answer) -> bool:
        match answer:
            case Response():
                return await self._respond(request, answer)
            case Accept():
                await self._run_socket(request, answer)
            case Drop():
                await self._wait(answer.after)
                if answer.reads_on:
                    await self._tcp.half_close()
                else:
                    await self._tcp.end(answer.how, self._limits.close_timeout)
            case Stall():
                self._tcp.ignore()
                await self._tcp.gone.wait()
            case RawBytes():
                await run_while_connected(self._tcp, write_raw(self._tcp, answer), grace=self._limits.close_timeout)
                await self._tcp.end(answer.how, self._limits.close_timeout)
        return False

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await run_while_connected(self._tcp, asyncio.sleep(seconds), grace=self._limits.close_timeout)

    def _failed(self, request: Request, error: Exception) -> None:
        self._settings.failures.report(error, self._number, f"{request.method} {request.path}")

    # ---------------------------------------------------------------- answers
    async def _respond(self, request: Request, response: Response) -> bool:
        try:
            await self._wait(response.after)
            work = self._http.respond(request, response)
            if isinstance(response.body, bytes):
                return await work  # it ends when the client reads or leaves
            return await run_while_connected(self._tcp, work, grace=self._limits.close_timeout)
        except BrokenBodyError as broken:
            await self._tcp.flush()
            await self._tcp.end(broken.how, self._limits.close_timeout)
        except ClientGoneError:
            raise
        except Exception as error:  # noqa: BLE001  # errors of a stage's body, and h11's about its headers
            self._failed(request, error)
            if not self._http.answered:
                return await self._http.respond(request, refusal(500, "stage", type(error).__name__))
            # Part of the response is sent: only a reset can tell the client that the rest is missing.
            self._tcp.break_off()
        finally:
            await close_body(response.body)
        return False

    async def _run_socket(self, request: Request, accept: Accept) -> None:
        await self._wait(accept.after)
        try:
            early = self._http.switch(request, accept)
        except Exception as error:  # noqa: BLE001  # h11's error about the stage's headers
            self._failed(request, error)
            await self._http.respond(request, refusal(500, "stage", type(error).__name__))
            return
        socket = HostSocket(self._tcp, self._limits, early, self._settings.socket_settings(accept))
        code = 1000
        try:
            await accept.run(socket)
        except asyncio.CancelledError:
            socket.leave()
            raise
        except Exception as error:  # noqa: BLE001  # any error of a stage becomes a close with 1011, and is reported
            self._failed(request, error)
            code = 1011
        await socket.finish(code)

    async def _refuse(self, error: BadRequestError) -> None:
        """Answer bytes that are not a valid request."""
        self._settings.failures.count_bad_request(str(error))
        self._http.refuse(refusal(error.status, "request", str(error)))
        await self._tcp.finish(self._limits.close_timeout)

    # ---------------------------------------------------------------- a tunnel
    async def _open_tunnel(self, request: Request) -> bool:
        """Handle a CONNECT; returns whether another request may follow: the same one, with the proxy's password."""
        host, port = parse_authority(request.target) or ("", 0)
        way = self._way(request, host, port)
        match way:
            case Response():
                return await self._send_answer(request, way) and way.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
            case ssl.SSLContext():
                self._http.open_tunnel()
                await self._serve_inside(await self._encrypted(way, host, port), host, port, tls=True)
            case "plain":
                self._http.open_tunnel()
                await self._serve_inside(self._tcp, host, port, tls=False)
            case _:
                return await self._pass_on(request, way)
        return False

    def _way(self, request: Request, host: str, port: int) -> Way:
        gate = self._settings.gate
        if gate is None or self._tunnelled:
            return refusal(405, "tunnel", "this server is no proxy")
        if not host or self._http.unread:
            return refusal(400, "tunnel", "CONNECT wants host:port, and its client to wait for the answer")
        try:
            return gate.connect(request, host, port)
        except Exception as error:  # noqa: BLE001  # the user's function: handled like a stage's error
            self._failed(request, error)
            return refusal(500, "tunnel", type(error).__name__)

    async def _encrypted(self, context: ssl.SSLContext, host: str, port: int) -> TcpConnection:
        try:
            return await encrypted(self._tcp, context, self._stage, self._limits)
        except ConnectionError as error:
            self._report_end(TunnelEnd(host=host, port=port, error=error))
            raise
        except asyncio.CancelledError:
            error = ConnectionError("the local server stopped during the TLS handshake")
            self._report_end(TunnelEnd(host=host, port=port, error=error))
            raise

    async def _serve_inside(self, tcp: TcpConnection, host: str, port: int, *, tls: bool) -> None:
        origin = origin_of(host, port, tls=tls)
        inner = Connection(tcp, self._settings, self._stage, self._number, tunnelled_to=origin)
        try:
            await inner.serve()
        finally:
            self._report_end(TunnelEnd(host=host, port=port, requests=inner._requests))

    def _report_end(self, end: TunnelEnd) -> None:
        if self._settings.gate is not None:
            self._settings.gate.ended(end)

    async def _pass_on(self, request: Request, passage: Passage) -> bool:
        """Connect the client to another server, until either ends; returns False, since no request can follow."""
        try:
            refused = await run_while_connected(self._tcp, passage.open(), grace=self._limits.close_timeout)
            if refused is not None:
                await self._send_answer(request, refused)
                return False
            if request.method == "CONNECT":
                self._http.open_tunnel()
            await passage.carry(self._tcp)
            return False
        finally:
            passage.close()

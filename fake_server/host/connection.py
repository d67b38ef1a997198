"""One connection from its first byte to its last: HTTP, then perhaps a WebSocket, or a tunnel and all of it again."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from fake_server.host.access import Access
from fake_server.host.http import BadRequestError, HttpConnection
from fake_server.host.limits import Limits
from fake_server.host.websocket import HostSocket
from fake_server.host.wire import Wire
from fake_server.stage import Accept, Answer, BrokenBodyError, Drop, Request, Response, Stage, Stall

_logger = logging.getLogger("fake_server.host")
_JSON: Final = (("content-type", "application/json"),)

Tunnel = Callable[[str, int], ssl.SSLContext | None]
"""Asked for each CONNECT: the TLS context to speak with as that host, or None to refuse."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Shared:
    """What all connections of a server have in common.

    Attributes:
        stage: Gives the stage that serves now.
        errors: What stages raised, for whoever runs the server.
    """

    stage: Callable[[], Stage]
    access: Access
    limits: Limits
    tunnel: Tunnel | None = None
    errors: list[Exception] = field(default_factory=list[Exception])


class ClientGoneError(Exception):
    """The client left while its answer was being made."""


async def serve_connection(wire: Wire, shared: Shared, *, scheme: str, origin: str | None = None) -> None:
    """Serve one connection to its end. Everything it started has ended when it returns."""
    http = HttpConnection(wire, shared.limits, scheme=scheme, origin=origin)
    try:
        while await _serve_one(wire, http, shared, tunnelled=origin is not None):
            pass
        await wire.finish(shared.limits.close_timeout)
    except BadRequestError as error:
        await _refuse(wire, error, shared.limits)
    except ClientGoneError:
        pass
    finally:
        wire.abort()


async def _serve_one(wire: Wire, http: HttpConnection, shared: Shared, *, tunnelled: bool) -> bool:
    """Serve one request; returns whether another one may follow."""
    request = await http.next_request()
    if request is None:
        return False
    if request.method == "CONNECT":
        await _tunnel(wire, http, shared, request, allowed=not tunnelled)
        return False
    refusal = None if tunnelled else shared.access.refusal(request)
    answer = refusal or await _ask(wire, shared, request)
    match answer:
        case Response():
            return await _respond(wire, http, shared, request, answer)
        case Accept():
            await _converse(wire, http, shared, request, answer)
            return False
        case Drop():
            await _while_there(wire, asyncio.sleep(answer.after))
            await wire.end(answer.how, shared.limits.close_timeout)
            return False
        case Stall():
            await wire.gone.wait()
            return False


async def _ask(wire: Wire, shared: Shared, request: Request) -> Answer:
    try:
        answer = await _while_there(wire, shared.stage().handle(request))
    except ClientGoneError:
        raise
    except Exception as error:
        _logger.exception("the stage failed at %s %s", request.method, request.path)
        shared.errors.append(error)
        return _error(500, "stage", type(error).__name__)
    if isinstance(answer, Accept) and not request.upgrade:
        return _error(426, "upgrade", "this is a WebSocket endpoint")
    return answer


def _error(status: int, error: str, why: str) -> Response:
    body = json.dumps({"wiretape": {"error": error, "why": why}}).encode()
    return Response(status=status, headers=_JSON, body=body)


async def _respond(wire: Wire, http: HttpConnection, shared: Shared, request: Request, response: Response) -> bool:
    try:
        if response.after:
            await _while_there(wire, asyncio.sleep(response.after))
        return await _while_there(wire, http.respond(request, response))
    except BrokenBodyError as broken:
        await wire.drain()
        await wire.end(broken.how, shared.limits.close_timeout)
        return False
    except ClientGoneError:
        raise
    except Exception as error:
        # Half an answer is out: breaking off is all that is left to say so.
        _logger.exception("the body of %s %s failed", request.method, request.path)
        shared.errors.append(error)
        wire.break_off()
        return False


async def _converse(wire: Wire, http: HttpConnection, shared: Shared, request: Request, accept: Accept) -> None:
    if accept.after:
        await _while_there(wire, asyncio.sleep(accept.after))
    socket = HostSocket(wire, shared.limits, http.switch(request, accept))
    code = 1000
    try:
        await accept.run(socket)
    except Exception as error:
        _logger.exception("the stage failed on the socket %s", request.path)
        shared.errors.append(error)
        code = 1011
    finally:
        socket.dispose()
    await socket.finish(code)


async def _tunnel(wire: Wire, http: HttpConnection, shared: Shared, request: Request, *, allowed: bool) -> None:
    host, _, port = request.target.rpartition(":")
    if shared.tunnel is None or not allowed or not port.isdigit():
        await http.respond(request, _error(405, "tunnel", "this server is no proxy"))
        return
    context = shared.tunnel(host.strip("[]"), int(port))
    if context is None:
        await http.respond(request, _error(403, "tunnel", "this proxy does not serve that host"))
        return
    http.open_tunnel()
    inner = await wire.start_tls(context, shared.limits.tls_timeout)
    origin = f"https://{host}" if port == "443" else f"https://{host}:{port}"
    await serve_connection(inner, shared, scheme="https", origin=origin)


async def _refuse(wire: Wire, error: BadRequestError, limits: Limits) -> None:
    """Answer what cannot be read as a request."""
    body = json.dumps({"wiretape": {"error": "request", "why": str(error)}}).encode()
    head = f"HTTP/1.1 {error.status} Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
    wire.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    await wire.finish(limits.close_timeout)


async def _while_there(wire: Wire, work: Awaitable[Result] | Coroutine[Any, Any, Result]) -> Result:
    """Await something, unless the client leaves first: then it is cancelled.

    Raises:
        ClientGoneError: The client left.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(wire.gone.wait())
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientGoneError
    finally:
        gone.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))

"""Ways to reach a port of this machine, by every library at hand."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import urllib.request
from typing import Any

from tests.support.netblock.curl_ways import CURL_WAYS
from tests.support.netblock.way import TIMEOUT, Way, run_in_asyncio, url_of


def _pycurl(port: int, _door: int) -> None:
    import pycurl

    handle: Any = pycurl.Curl()
    handle.setopt(pycurl.URL, url_of(port))
    handle.setopt(pycurl.TIMEOUT, 10)
    try:
        assert handle.perform_rs() == "ok"
    finally:
        handle.close()


def _provider(port: int, _door: int) -> None:
    from provider.transport.sync_transport import SyncTransport
    from provider.transport.types import Request, Settings

    with contextlib.closing(SyncTransport(Settings())) as transport:
        transport.request(Request(method="GET", url=url_of(port)), timeout=TIMEOUT)


def _provider_socket(port: int, _door: int) -> None:
    from provider.transport.sync_transport import SyncTransport
    from provider.transport.types import Settings

    with contextlib.closing(SyncTransport(Settings())) as transport:
        transport.connect(url_of(port, "ws"), timeout=TIMEOUT).close()


async def _provider_async(port: int, _door: int) -> None:
    from provider.transport.async_transport import AsyncTransport
    from provider.transport.types import Request, Settings

    async with AsyncTransport(Settings()) as transport:
        await transport.request(Request(method="GET", url=url_of(port)), timeout=TIMEOUT)


def _copilot(port: int, _door: int) -> None:
    from provider.client import CopilotClient
    from provider.errors import CopilotError

    with contextlib.suppress(CopilotError):  # the listener is no Copilot; a refusal is no CopilotError
        list(CopilotClient("stand-in", base_url=url_of(port), timeout=TIMEOUT).chat("Hello"))


def _requests(port: int, _door: int) -> None:
    import requests

    assert requests.get(url_of(port), timeout=TIMEOUT).text == "ok"


def _requests_redirect(port: int, door: int) -> None:
    import requests

    assert requests.get(f"{url_of(door)}to/{port}", timeout=TIMEOUT).text == "ok"


def _httpx(port: int, _door: int) -> None:
    import httpx

    assert httpx.get(url_of(port), timeout=TIMEOUT).text == "ok"


async def _httpx_async(port: int, _door: int) -> None:
    import httpx

    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        assert (await client.get(url_of(port))).text == "ok"


async def _aiohttp(port: int, _door: int) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session, session.get(url_of(port)) as answer:
        assert await answer.text() == "ok"


async def _aiohttp_socket(port: int, _door: int) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session, session.ws_connect(url_of(port)):
        pass


def _websockets(port: int, _door: int) -> None:
    from websockets.sync.client import connect

    with connect(url_of(port, "ws"), open_timeout=TIMEOUT):
        pass


async def _websockets_async(port: int, _door: int) -> None:
    import websockets

    async with websockets.connect(url_of(port, "ws"), open_timeout=TIMEOUT):
        pass


def _urllib(port: int, _door: int) -> None:
    with urllib.request.urlopen(url_of(port), timeout=TIMEOUT) as answer:
        assert answer.read() == b"ok"


def _http_client(port: int, _door: int) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"ok"


def _connect(port: int, _door: int) -> None:
    with socket.socket() as made:
        made.connect(("127.0.0.1", port))


def _connect_ex(port: int, _door: int) -> None:
    with socket.socket() as made:
        assert made.connect_ex(("127.0.0.1", port)) == 0


def _create_connection(port: int, _door: int) -> None:
    socket.create_connection(("localhost", port), timeout=TIMEOUT).close()


async def _open_connection(port: int, _door: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await writer.wait_closed()


async def _sock_connect(port: int, _door: int) -> None:
    with socket.socket() as made:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", port))


def _trio(port: int, _door: int) -> None:
    import trio

    async def go() -> None:
        await (await trio.open_tcp_stream("127.0.0.1", port)).aclose()

    trio.run(go)


def _uvloop(port: int, _door: int) -> None:
    import uvloop

    async def go() -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", port)
        transport.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(go())


WAYS: dict[str, Way] = {
    **CURL_WAYS,
    "pycurl": _pycurl,
    "provider": _provider,
    "provider WebSocket": _provider_socket,
    "provider async": run_in_asyncio(_provider_async),
    "CopilotClient": _copilot,
    "requests": _requests,
    "requests redirect": _requests_redirect,
    "httpx": _httpx,
    "httpx async": run_in_asyncio(_httpx_async),
    "aiohttp": run_in_asyncio(_aiohttp),
    "aiohttp WebSocket": run_in_asyncio(_aiohttp_socket),
    "websockets": _websockets,
    "websockets async": run_in_asyncio(_websockets_async),
    "urllib": _urllib,
    "http.client": _http_client,
    "connect": _connect,
    "connect_ex": _connect_ex,
    "create_connection": _create_connection,
    "asyncio.open_connection": run_in_asyncio(_open_connection),
    "sock_connect": run_in_asyncio(_sock_connect),
    "trio": _trio,
    "uvloop": _uvloop,
}
"""By name."""

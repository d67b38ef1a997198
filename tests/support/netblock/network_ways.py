"""Ways to reach a port of this machine, by every library at hand: each is a function of the port and of an open door."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import os
import socket
import urllib.request
from collections.abc import Callable, Coroutine
from typing import Any

_TIMEOUT = 10.0
Way = Callable[[int, int], object]


def _url(port: int, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{port}/"


def _run(way: Callable[[int, int], Coroutine[Any, Any, object]]) -> Way:
    return lambda port, door: asyncio.run(way(port, door))


def _curl(port: int, _door: int) -> None:
    import curl_cffi

    assert curl_cffi.get(_url(port), timeout=_TIMEOUT).text == "ok"


def _curl_impersonated(port: int, _door: int) -> None:
    import curl_cffi

    assert curl_cffi.get(_url(port), timeout=_TIMEOUT, impersonate="chrome").text == "ok"


def _curl_stream(port: int, _door: int) -> None:
    from curl_cffi.requests import Session

    with Session() as session, session.stream("GET", _url(port), timeout=_TIMEOUT) as answer:
        assert b"".join(answer.iter_content()) == b"ok"


def _curl_redirect(port: int, door: int) -> None:
    import curl_cffi

    assert curl_cffi.get(f"{_url(door)}to/{port}", timeout=_TIMEOUT).text == "ok"


def _curl_proxy(port: int, _door: int) -> None:
    import curl_cffi

    assert curl_cffi.get("http://example.test/", proxies={"http": _url(port)}, timeout=_TIMEOUT).text == "ok"


def _curl_socks(port: int, door: int) -> None:
    import curl_cffi

    with contextlib.suppress(curl_cffi.CurlError):  # the listener speaks no SOCKS; a refusal is no CurlError
        curl_cffi.get(_url(door), proxies={"http": f"socks5://127.0.0.1:{port}"}, timeout=1.0)


def _curl_env_proxy(port: int, _door: int) -> None:
    import curl_cffi

    os.environ["http_proxy"] = _url(port)
    try:
        assert curl_cffi.get("http://example.test/", timeout=_TIMEOUT).text == "ok"
    finally:
        del os.environ["http_proxy"]


def _curl_resolve(port: int, _door: int) -> None:
    import curl_cffi

    options: Any = {curl_cffi.CurlOpt.RESOLVE: [f"wire.test:{port}:127.0.0.1"]}
    assert curl_cffi.get(f"http://wire.test:{port}/", timeout=_TIMEOUT, curl_options=options).text == "ok"


def _curl_copy(port: int, _door: int) -> None:
    from curl_cffi import Curl, CurlOpt

    original = Curl()
    original.setopt(CurlOpt.URL, _url(port).encode())
    copy = original.duphandle()
    original.close()
    got = io.BytesIO()
    copy.setopt(CurlOpt.WRITEDATA, got)
    try:
        copy.perform()
    finally:
        copy.close()
    assert got.getvalue() == b"ok"


def _curl_socket(port: int, _door: int) -> None:
    from curl_cffi.requests import Session

    with Session() as session:
        session.ws_connect(_url(port, "ws")).close()


async def _curl_async(port: int, _door: int) -> None:
    from curl_cffi.requests import AsyncSession

    async with AsyncSession() as session:
        assert (await session.get(_url(port), timeout=_TIMEOUT)).text == "ok"


async def _curl_async_stream(port: int, _door: int) -> None:
    from curl_cffi.requests import AsyncSession

    async with AsyncSession() as session, session.stream("GET", _url(port), timeout=_TIMEOUT) as answer:
        assert await answer.acontent() == b"ok"


async def _curl_async_redirect(port: int, door: int) -> None:
    from curl_cffi.requests import AsyncSession

    async with AsyncSession() as session:
        assert (await session.get(f"{_url(door)}to/{port}", timeout=_TIMEOUT)).text == "ok"


async def _curl_async_socket(port: int, _door: int) -> None:
    from curl_cffi.requests import AsyncSession

    async with AsyncSession() as session:
        await (await session.ws_connect(_url(port, "ws"), timeout=_TIMEOUT)).close()


def _pycurl(port: int, _door: int) -> None:
    import pycurl

    handle: Any = pycurl.Curl()
    handle.setopt(pycurl.URL, _url(port))
    handle.setopt(pycurl.TIMEOUT, 10)
    try:
        assert handle.perform_rs() == "ok"
    finally:
        handle.close()


def _provider(port: int, _door: int) -> None:
    from provider.transport.sync_transport import SyncTransport
    from provider.transport.types import Request, Settings

    with contextlib.closing(SyncTransport(Settings())) as transport:
        transport.request(Request(method="GET", url=_url(port)), timeout=_TIMEOUT)


def _provider_socket(port: int, _door: int) -> None:
    from provider.transport.sync_transport import SyncTransport
    from provider.transport.types import Settings

    with contextlib.closing(SyncTransport(Settings())) as transport:
        transport.connect(_url(port, "ws"), timeout=_TIMEOUT).close()


async def _provider_async(port: int, _door: int) -> None:
    from provider.transport.async_transport import AsyncTransport
    from provider.transport.types import Request, Settings

    async with AsyncTransport(Settings()) as transport:
        await transport.request(Request(method="GET", url=_url(port)), timeout=_TIMEOUT)


def _copilot(port: int, _door: int) -> None:
    from provider.client import CopilotClient
    from provider.errors import CopilotError

    with contextlib.suppress(CopilotError):  # the listener is no Copilot; a refusal is no CopilotError
        list(CopilotClient("stand-in", base_url=_url(port), timeout=_TIMEOUT).chat("Hello"))


def _requests(port: int, _door: int) -> None:
    import requests

    assert requests.get(_url(port), timeout=_TIMEOUT).text == "ok"


def _requests_redirect(port: int, door: int) -> None:
    import requests

    assert requests.get(f"{_url(door)}to/{port}", timeout=_TIMEOUT).text == "ok"


def _httpx(port: int, _door: int) -> None:
    import httpx

    assert httpx.get(_url(port), timeout=_TIMEOUT).text == "ok"


async def _httpx_async(port: int, _door: int) -> None:
    import httpx

    async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
        assert (await client.get(_url(port))).text == "ok"


async def _aiohttp(port: int, _door: int) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session, session.get(_url(port)) as answer:
        assert await answer.text() == "ok"


async def _aiohttp_socket(port: int, _door: int) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session, session.ws_connect(_url(port)):
        pass


def _websockets(port: int, _door: int) -> None:
    from websockets.sync.client import connect

    with connect(_url(port, "ws"), open_timeout=_TIMEOUT):
        pass


async def _websockets_async(port: int, _door: int) -> None:
    import websockets

    async with websockets.connect(_url(port, "ws"), open_timeout=_TIMEOUT):
        pass


def _urllib(port: int, _door: int) -> None:
    with urllib.request.urlopen(_url(port), timeout=_TIMEOUT) as answer:
        assert answer.read() == b"ok"


def _http_client(port: int, _door: int) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"ok"


def _connect(port: int, _door: int) -> None:
    with socket.socket() as made:
        made.connect(("127.0.0.1", port))


def _connect_ex(port: int, _door: int) -> None:
    with socket.socket() as made:
        assert made.connect_ex(("127.0.0.1", port)) == 0


def _create_connection(port: int, _door: int) -> None:
    socket.create_connection(("localhost", port), timeout=_TIMEOUT).close()


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
    "curl_cffi": _curl,
    "curl_cffi impersonating": _curl_impersonated,
    "curl_cffi stream": _curl_stream,
    "curl_cffi redirect": _curl_redirect,
    "curl_cffi HTTP proxy": _curl_proxy,
    "curl_cffi SOCKS proxy": _curl_socks,
    "curl_cffi proxy of the environment": _curl_env_proxy,
    "curl_cffi RESOLVE": _curl_resolve,
    "curl_cffi duplicated handle": _curl_copy,
    "curl_cffi WebSocket": _curl_socket,
    "curl_cffi async": _run(_curl_async),
    "curl_cffi async stream": _run(_curl_async_stream),
    "curl_cffi async redirect": _run(_curl_async_redirect),
    "curl_cffi async WebSocket": _run(_curl_async_socket),
    "pycurl": _pycurl,
    "provider": _provider,
    "provider WebSocket": _provider_socket,
    "provider async": _run(_provider_async),
    "CopilotClient": _copilot,
    "requests": _requests,
    "requests redirect": _requests_redirect,
    "httpx": _httpx,
    "httpx async": _run(_httpx_async),
    "aiohttp": _run(_aiohttp),
    "aiohttp WebSocket": _run(_aiohttp_socket),
    "websockets": _websockets,
    "websockets async": _run(_websockets_async),
    "urllib": _urllib,
    "http.client": _http_client,
    "connect": _connect,
    "connect_ex": _connect_ex,
    "create_connection": _create_connection,
    "asyncio.open_connection": _run(_open_connection),
    "sock_connect": _run(_sock_connect),
    "trio": _trio,
    "uvloop": _uvloop,
}
"""By name; each one raises unless it gets an answer, or a connection where that is all it asks for."""

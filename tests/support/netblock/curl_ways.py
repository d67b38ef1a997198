"""Ways of curl_cffi to reach a port of this machine."""

from __future__ import annotations

import contextlib
import io
import os
from typing import Any

from tests.support.netblock.way import TIMEOUT, Way, run_in_asyncio, url_of


def _curl(port: int, _door: int) -> None:
    import curl_cffi

    assert curl_cffi.get(url_of(port), timeout=TIMEOUT).text == "ok"


def _curl_impersonated(port: int, _door: int) -> None:
    import curl_cffi

    assert curl_cffi.get(url_of(port), timeout=TIMEOUT, impersonate="chrome").text == "ok"


def _curl_stream(port: int, _door: int) -> None:
    from curl_cffi.requests import Session

    with Session() as session, session.stream("GET", url_of(port), timeout=TIMEOUT) as answer:
        assert b"".join(answer.iter_content()) == b"ok"


def _curl_redirect(port: int, door: int) -> None:
    import curl_cffi

    assert curl_cffi.get(f"{url_of(door)}to/{port}", timeout=TIMEOUT).text == "ok"


def _curl_proxy(port: int, _door: int) -> None:
    import curl_cffi

    assert curl_cffi.get("http://example.test/", proxies={"http": url_of(port)}, timeout=TIMEOUT).text == "ok"


def _curl_socks(port: int, door: int) -> None:
    import curl_cffi

    with contextlib.suppress(curl_cffi.CurlError):  # the listener speaks no SOCKS; a refusal is no CurlError
        curl_cffi.get(url_of(door), proxies={"http": f"socks5://127.0.0.1:{port}"}, timeout=1.0)


def _curl_env_proxy(port: int, _door: int) -> None:
    import curl_cffi

    os.environ["http_proxy"] = url_of(port)
    try:
        assert curl_cffi.get("http://example.test/", timeout=TIMEOUT).text == "ok"
    finally:
        del os.environ["http_proxy"]


def _curl_resolve(port: int, _door: int) -> None:
    import curl_cffi

    options: Any = {curl_cffi.CurlOpt.RESOLVE: [f"wire.test:{port}:127.0.0.1"]}
    assert curl_cffi.get(f"http://wire.test:{port}/", timeout=TIMEOUT, curl_options=options).text == "ok"


def _curl_copy(port: int, _door: int) -> None:
    from curl_cffi import Curl, CurlOpt

    original = Curl()
    original.setopt(CurlOpt.URL, url_of(port).encode())
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
        session.ws_connect(url_of(port, "ws")).close()


async def _curl_async(port: int, _door: int) -> None:
    from curl_cffi.requests import AsyncSession

    async with AsyncSession() as session:
        assert (await session.get(url_of(port), timeout=TIMEOUT)).text == "ok"


async def _curl_async_stream(port: int, _door: int) -> None:
    from curl_cffi.requests import AsyncSession

    async with AsyncSession() as session, session.stream("GET", url_of(port), timeout=TIMEOUT) as answer:
        assert await answer.acontent() == b"ok"


async def _curl_async_redirect(port: int, door: int) -> None:
    from curl_cffi.requests import AsyncSession

    async with AsyncSession() as session:
        assert (await session.get(f"{url_of(door)}to/{port}", timeout=TIMEOUT)).text == "ok"


async def _curl_async_socket(port: int, _door: int) -> None:
    from curl_cffi.requests import AsyncSession

    async with AsyncSession() as session:
        await (await session.ws_connect(url_of(port, "ws"), timeout=TIMEOUT)).close()


CURL_WAYS: dict[str, Way] = {
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
    "curl_cffi async": run_in_asyncio(_curl_async),
    "curl_cffi async stream": run_in_asyncio(_curl_async_stream),
    "curl_cffi async redirect": run_in_asyncio(_curl_async_redirect),
    "curl_cffi async WebSocket": run_in_asyncio(_curl_async_socket),
}

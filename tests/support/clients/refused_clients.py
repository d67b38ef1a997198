"""How clients that share no code with each other see a refusal: of a call, of an upgrade, and in mid-conversation."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request

import aiohttp
import curl_cffi
import websockets
from curl_cffi import CurlError
from websockets.exceptions import ConnectionClosed, InvalidStatus

TIMEOUT = 10


def curl_cffi_call(url: str) -> tuple[int, str, object]:
    answer = curl_cffi.get(url, timeout=TIMEOUT)
    return answer.status_code, answer.headers["x-wiretape-error"], answer.json()


def aiohttp_call(url: str) -> tuple[int, str, object]:
    async def ask() -> tuple[int, str, object]:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, answer.headers["x-wiretape-error"], await answer.json()

    return asyncio.run(asyncio.wait_for(ask(), TIMEOUT))


def urllib_call(url: str) -> tuple[int, str, object]:
    try:
        urllib.request.urlopen(url, timeout=TIMEOUT)  # a test's own server
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["x-wiretape-error"], json.loads(error.read())
    raise AssertionError("it was answered")


def curl_cffi_upgrade(url: str) -> int:
    async def ask() -> int:
        async with curl_cffi.AsyncSession() as session:
            try:
                await session.ws_connect(url, timeout=TIMEOUT)
            except CurlError as error:
                return int(str(error).partition("Refused WebSocket upgrade: ")[2][:3])
        return 101

    return asyncio.run(ask())


def aiohttp_upgrade(url: str) -> int:
    async def ask() -> int:
        async with aiohttp.ClientSession() as session:
            try:
                await session.ws_connect(url)
            except aiohttp.WSServerHandshakeError as error:
                return error.status
        return 101

    return asyncio.run(asyncio.wait_for(ask(), TIMEOUT))


def websockets_upgrade(url: str) -> int:
    async def ask() -> int:
        try:
            async with websockets.connect(url, proxy=None):
                return 101
        except InvalidStatus as error:
            return error.response.status_code

    return asyncio.run(asyncio.wait_for(ask(), TIMEOUT))


def curl_cffi_close(url: str, said: str) -> tuple[int, str]:
    socket = curl_cffi.WebSocket()
    socket.connect(url, timeout=TIMEOUT)
    try:
        socket.send_str(said)
        payload, _ = socket.recv()
    finally:
        if not socket.closed:
            socket.close()
    return int.from_bytes(payload[:2]), payload[2:].decode()


def aiohttp_close(url: str, said: str) -> tuple[int, str]:
    async def ask() -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.ws_connect(url, autoclose=False) as socket:
            await socket.send_str(said)
            last = await socket.receive()
            return int(last.data), str(last.extra)

    return asyncio.run(asyncio.wait_for(ask(), TIMEOUT))


def websockets_close(url: str, said: str) -> tuple[int, str]:
    async def ask() -> tuple[int, str]:
        async with websockets.connect(url, proxy=None) as socket:
            await socket.send(said)
            try:
                await socket.recv()
            except ConnectionClosed as error:
                assert error.rcvd is not None
                return error.rcvd.code, error.rcvd.reason
            raise AssertionError("it was answered")

    return asyncio.run(asyncio.wait_for(ask(), TIMEOUT))

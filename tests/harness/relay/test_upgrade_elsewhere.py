"""Requests that ask for another protocol than WebSocket: forwarded without that, and reported."""

import asyncio

import pytest

from fake_server.stage import Response


async def ask(relayed, *fields):
    head = "\r\n".join(["POST /exec/1/start HTTP/1.1", f"Host: 127.0.0.1:{relayed.port}", "Content-Length: 2", *fields])
    reader, writer = await asyncio.open_connection("127.0.0.1", relayed.port)
    writer.write(f"{head}\r\n\r\n{{}}".encode())
    async with asyncio.timeout(60):
        status = await reader.readline()
    writer.close()
    return status


async def test_request_for_another_protocol_is_forwarded_without_that_and_reported(relay):
    relayed = await relay(lambda _: Response(body=b"done"))
    status = await ask(relayed, "Connection: Upgrade", "Upgrade: tcp")
    assert status == b"HTTP/1.1 200 OK\r\n"
    assert relayed.service.requests[0].header("upgrade") is None
    (note,) = relayed.stage.notes
    assert note.startswith("a request asked for the protocol tcp by `Upgrade`: the relay carries WebSockets only")


@pytest.mark.parametrize(
    "fields",
    [
        ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
        ("Connection: Upgrade", "Upgrade: TLS/1.0"),
        ("Upgrade: tcp",),
        ("Connection: Upgrade", "Upgrade: a word of a secret"),
        ("Connection: close",),
    ],
)
async def test_what_a_client_only_offers_is_not_reported(relay, fields):
    relayed = await relay(lambda _: Response(body=b"done"))
    assert await ask(relayed, *fields) == b"HTTP/1.1 200 OK\r\n"
    assert relayed.stage.notes == ()

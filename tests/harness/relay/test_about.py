"""Whether a local service is a fake: any other server answers what it likes, and is asked all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from fake_server import serve
from fake_server.stage import Request, Response
from harness.relay.about import describe_origin
from tests.support.servers.raw_server import Connection, serve_raw


class Endless:
    """A stage that answers every path with a stream that does not end."""

    def __init__(self) -> None:
        self.pieces = 0

    async def handle(self, _: Request) -> Response:
        async def body() -> AsyncIterator[bytes]:
            while True:
                self.pieces += 1
                yield b"x\n"
                await asyncio.sleep(0.01)

        return Response(body=body())

    async def close(self) -> None: ...


def test_a_service_that_streams_at_every_path_is_not_read_to_a_limit() -> None:
    stage = Endless()
    with serve(stage) as server:
        assert describe_origin(server.url) == server.url
    assert stage.pieces < 500  # the limit of 4096 bytes is 2048 pieces


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 broken\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{",
        b"",
    ],
)
def test_a_service_that_answers_badly_is_no_fake(answer: bytes) -> None:
    async def script(connection: Connection) -> None:
        await connection.read_request()
        await connection.send(answer)
        connection.fin()

    with serve_raw(script) as server:
        assert describe_origin(server.url) == server.url

"""The server of a soak: ``python -m tests.soak.service`` prints its port, and serves until its input ends.

A socket of ``/idle`` gets nothing. One of ``/stream/COUNT/PAUSE`` gets COUNT numbered messages with PAUSE seconds between.
One of ``/flood`` gets large messages without end, as does a body of that path; one of ``/deaf`` is never read.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

from fake_server import serve
from fake_server.host.limits import Limits
from fake_server.stage import Accept, Answer, Request, Response, Socket
from provider.websocket import Ended, Message, Opcode

_LARGE = b"x" * 2**16
_LONG = 3600.0
"""Seconds; the end of the connection comes before."""


class Soaked:
    """Counts nothing, keeps nothing."""

    async def handle(self, request: Request) -> Answer:
        """Accept every socket."""
        _, kind, *numbers = request.path.split("/")
        if not request.upgrade:
            return Response(body=_endless()) if kind == "flood" else Response(status=404)

        async def run(socket: Socket) -> None:
            if kind == "stream":
                await _stream(socket, int(numbers[0]), float(numbers[1]))
            elif kind == "flood":
                await _flood(socket)
            elif kind == "deaf":
                await socket.sleep(_LONG)
            else:
                while not isinstance(await socket.receive(), Ended):
                    pass

        return Accept(run=run)

    async def close(self) -> None:
        """Nothing is open."""


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield _LARGE + b"\n"


async def _flood(socket: Socket) -> None:
    while not isinstance(await socket.poll(0), Ended):
        await socket.send(Message(Opcode.TEXT, _LARGE))


async def _stream(socket: Socket, count: int, pause: float) -> None:
    for number in range(count):
        await socket.send(Message(Opcode.TEXT, b'{"number":%d,"text":"%s"}' % (number, b"x" * 60)))
        await socket.sleep(pause)


async def main() -> None:
    """Serve until standard input ends."""
    async with serve(Soaked(), limits=Limits(connections=15_000)) as server:
        print(server.port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())

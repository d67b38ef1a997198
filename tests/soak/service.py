"""The server of a soak: ``python -m tests.soak.service`` prints its port, and serves until its input ends.

A socket of ``/idle`` gets nothing. One of ``/stream/COUNT/PAUSE`` gets COUNT numbered messages with PAUSE seconds between.
"""

from __future__ import annotations

import asyncio
import sys

from fake_server import serve
from fake_server.host.limits import Limits
from fake_server.stage import Accept, Answer, Request, Response, Socket
from provider.websocket import Ended, Message, Opcode


class Soaked:
    """Counts nothing, keeps nothing."""

    async def handle(self, request: Request) -> Answer:
        """Accept every socket."""
        if not request.upgrade:
            return Response(status=404)
        _, kind, *numbers = request.path.split("/")

        async def run(socket: Socket) -> None:
            if kind == "stream":
                await _stream(socket, int(numbers[0]), float(numbers[1]))
            else:
                while not isinstance(await socket.receive(), Ended):
                    pass

        return Accept(run=run)

    async def close(self) -> None:
        """Nothing is open."""


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

"""A stage in a process of its own that streams many small messages: what clients are measured against."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from benchmarks.processes import process
from fake_server import Accept, Answer, Request, Response, Socket, serve
from fake_server.host.frames import encode_frame
from provider.websocket import Ended

_JSON = (("content-type", "application/json"),)


def message(number: int) -> bytes:
    """About 90 bytes, as the service writes them."""
    return b'{"event":"appendText","messageId":"a1b2c3","partId":"p1","text":"Hello wo ","id":"%d"}' % number


class Streaming:
    """REST as a client needs it; every `send` is answered with ``count`` pieces of text and the end of a turn."""

    def __init__(self, count: int) -> None:
        texts = [message(number) for number in range(count)]
        ends = [
            b'{"event":"done","messageId":"a1","id":"x"}',
            b'{"event":"titleUpdate","conversationId":"c","title":"t"}',
            b'{"event":"suggestedFollowups","messageId":"a1","suggestions":["a"]}',
        ]
        self._frames = b"".join(encode_frame(1, text) for text in (*texts, *ends))

    async def handle(self, request: Request) -> Answer:
        if request.upgrade:
            return Accept(run=self._run)
        return Response(headers=_JSON, body=b'{"firstName":null,"id":"c","currentConversationId":"c","sessionKey":"k"}')

    async def _run(self, socket: Socket) -> None:
        while not isinstance(received := await socket.receive(), Ended):
            if b'"event":"send"' in received.data:
                await socket.send_encoded(self._frames)

    async def close(self) -> None:
        pass


def _serve(pipe: Connection, count: int) -> None:
    with serve(Streaming(count)) as server:
        pipe.send(server.url)
        pipe.recv()


@contextmanager
def streaming_service(count: int) -> Generator[str]:
    """The service's URL, for as long as the block runs."""
    with process(_serve, count) as (url, _):
        yield url

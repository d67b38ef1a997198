"""The faults of a socket's handshake, and of its answers to pings and to the client's close frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from fake_server.host.frames import encode_frame
from fake_server.stage import Accept, Answer, Request, Socket, SocketWrapper
from harness.faults.plan import ArmedRule
from provider.websocket import Ended, Headers, Message, Opcode, encode_close

Altered: TypeAlias = Callable[[ArmedRule, Request, Answer], Awaitable[Answer | None]]
"""Changes the stage's answer; returns None if it cannot be changed so: the stage refused, or there is no socket."""
_LONG: Final = 3600.0
"""Seconds that a close frame, or all that the client sends, stays unanswered at most."""

_PATIENCE: Final = 10.0
"""Seconds that the client has for its close frame."""


async def _wrong_key(_: ArmedRule, __: Request, answer: Answer) -> Answer | None:
    return replace(answer, valid_key=False) if isinstance(answer, Accept) else None


async def _subprotocol(armed: ArmedRule, _: Request, answer: Answer) -> Answer | None:
    if not isinstance(answer, Accept):
        return None
    name = str(armed.rule.parameters["name"])
    chosen: Headers = (("sec-websocket-protocol", name),) if name else ()
    return replace(answer, headers=(*(each for each in answer.headers if each[0] != "sec-websocket-protocol"), *chosen))


async def _no_pong(_: ArmedRule, __: Request, answer: Answer) -> Answer | None:
    return _with_pongs(answer, None)


async def _wrong_pong(_: ArmedRule, __: Request, answer: Answer) -> Answer | None:
    return _with_pongs(answer, b"wrong")


def _with_pongs(answer: Answer, payload: bytes | None) -> Answer | None:
    if not isinstance(answer, Accept):
        return None
    run = answer.run

    async def answered(socket: Socket) -> None:
        await run(_PongSocket(socket, payload))

    return replace(answer, run=answered, answers_pings=True)


class _PongSocket(SocketWrapper):
    """A socket whose pings get no pong, or a wrong one, whatever the stage does."""

    def __init__(self, socket: Socket, payload: bytes | None) -> None:
        super().__init__(socket)
        self._payload = payload

    async def receive(self) -> Message | Ended:
        """Wait for the client's next message, or for how it ended; see `Socket.receive`."""
        got = await self._socket.receive()
        await self._answer(got)
        return got

    async def poll(self, within: float) -> Message | Ended | None:
        """Wait some seconds for the client's next message; None if nothing arrives; see `Socket.poll`."""
        got = await self._socket.poll(within)
        await self._answer(got)
        return got

    async def send(self, message: Message) -> None:
        """See `Socket.send`; the stage's own pongs are left out."""
        if message.opcode is not Opcode.PONG:
            await self._socket.send(message)

    async def _answer(self, got: Message | Ended | None) -> None:
        if isinstance(got, Message) and got.opcode is Opcode.PING and self._payload is not None:
            await self._socket.send(Message(Opcode.PONG, self._payload))


async def _ignore_close(_: ArmedRule, __: Request, answer: Answer) -> Answer | None:
    if not isinstance(answer, Accept):
        return None
    run = answer.run

    async def silent(socket: Socket) -> None:
        await run(_DeafSocket(socket))
        # The client's close frame stays unanswered; the connection stays until the client ends it.
        while not isinstance(await socket.receive(), Ended):
            pass
        await socket.sleep(_LONG)

    return replace(answer, run=silent, answers_close=True)


class _DeafSocket(SocketWrapper):
    """A socket on which the client's close frame gets no answer, whatever the stage does."""

    def __init__(self, socket: Socket) -> None:
        super().__init__(socket)
        self._left: Ended | None = None

    async def receive(self) -> Message | Ended:
        """Wait for the client's next message, or for how it ended; see `Socket.receive`."""
        got = await self._socket.receive()
        self._left = got if isinstance(got, Ended) else None
        return got

    async def poll(self, within: float) -> Message | Ended | None:
        """Wait some seconds for the client's next message; None if nothing arrives; see `Socket.poll`."""
        got = await self._socket.poll(within)
        self._left = got if isinstance(got, Ended) else None
        return got

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """See `Socket.close`; the client's close frame gets no answer."""
        return await self._socket.close(code, reason) if self._left is None else self._left


async def _slow_close(armed: ArmedRule, _: Request, answer: Answer) -> Answer | None:
    if not isinstance(answer, Accept):
        return None
    run, seconds = answer.run, float(armed.rule.parameters["for"])

    async def lingering(socket: Socket) -> None:
        slow = _SlowSocket(socket)
        await run(slow)
        await slow.close()
        await socket.sleep(seconds)
        await socket.abort("eof")

    return replace(answer, run=lingering, answers_close=True)


class _SlowSocket(_DeafSocket):
    """A socket whose close frames are exchanged as usual, and whose connection stays open after that."""

    def __init__(self, socket: Socket) -> None:
        super().__init__(socket)
        self._has_closed = False

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """Send a close frame, once, and wait a bounded time for the client's; the connection stays open."""
        if not self._has_closed:
            self._has_closed = True
            await self._socket.send_encoded(encode_frame(Opcode.CLOSE, encode_close(code, reason)))
        until = self.now() + _PATIENCE
        while self._left is None and self.now() < until:
            await self.poll(until - self.now())
        return self._left or Ended("eof")


async def _passed(_: ArmedRule, __: Request, answer: Answer) -> Answer | None:
    return answer if isinstance(answer, Accept) else None


async def _unread(_: ArmedRule, __: Request, answer: Answer) -> Answer | None:
    return replace(answer, run=_silent) if isinstance(answer, Accept) else None


async def _silent(socket: Socket) -> None:
    """Never receive from the socket: once `Limits.queued_bytes` wait, the server stops reading from the connection."""
    await socket.sleep(_LONG)


ALTERED: Final[Mapping[str, Altered]] = {
    "wrong-key": _wrong_key,
    "subprotocol": _subprotocol,
    "no-pong": _no_pong,
    "wrong-pong": _wrong_pong,
    "ignore-close": _ignore_close,
    "slow-close": _slow_close,
    "kick": _passed,
    "unread": _unread,
}
"""``kick`` leaves the answer as it is: the stage ends the other sockets."""

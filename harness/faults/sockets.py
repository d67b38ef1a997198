"""`SpoiltSocket`: a socket whose messages pass a `FaultySequence` on their way to the client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from fake_server.stage import How, Socket, SocketWrapper
from harness.faults.acts import Act, EndConnection, Finish, Put, Repeat, Sleep, StayOpen, Write, ends
from harness.faults.plan import ArmedRule
from harness.faults.sequence import FaultySequence
from harness.server_frames import EncodedMessages
from provider.websocket import BINARY, Ended, Message, decode_close

Run: TypeAlias = Callable[[Socket], Awaitable[None]]
"""What a stage does with an accepted socket."""


class SpoiltSocket(SocketWrapper):
    """Applies faults towards the client; what the client sends reaches the stage unchanged."""

    def __init__(self, socket: Socket, sequence: FaultySequence[Message]) -> None:
        super().__init__(socket)
        self._sequence = sequence
        self._frames = EncodedMessages()
        self._waiting: list[Act[Message]] = []
        self.is_silent = False

    async def send(self, message: Message) -> None:
        """See `Socket.send`. Pings and pongs are no messages: no rule counts them."""
        if self._sequence.ended:
            # As the local server does after an end: a stage that keeps sending must still let other tasks run.
            await asyncio.sleep(0)
        elif message.opcode > BINARY:
            await self._socket.send(message)
        else:
            waiting, self._waiting = self._waiting, []
            await self.carry_out([*waiting, *self._sequence.push(message)])

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """Send encoded frames, in large writes; see `Socket.send_encoded`."""
        for message in self._frames.feed(frames):
            await self.send(message)

    async def receive(self) -> Message | Ended:
        """Wait for the client's next message, or for how it ended; see `Socket.receive`."""
        got = await self._socket.receive()
        await self._spoke(got)
        return got

    async def poll(self, within: float) -> Message | Ended | None:
        """Wait some seconds for the client's next message; None if nothing arrives; see `Socket.poll`."""
        got = await self._socket.poll(within)
        if got is not None:
            await self._spoke(got)
        return got

    async def close(self, code: int | None = 1000, reason: str = "") -> Ended:
        """Send a close frame and wait a bounded time for the client's; see `Socket.close`."""
        await self.carry_out(self._sequence.finish())
        return await self.until_client_leaves() if self.is_silent else await self._socket.close(code, reason)

    async def abort(self, how: How = "eof") -> None:
        """End the connection without a close frame; see `Socket.abort`."""
        await self.carry_out(self._sequence.finish())
        if self.is_silent:
            await self.until_client_leaves()
        else:
            await self._socket.abort(how)

    async def begin(self) -> None:
        """Carry out the acts of rules that strike before the first message."""
        await self.carry_out(self._sequence.begin())

    async def until_client_leaves(self) -> Ended:
        """Receive until the client has ended the connection."""
        while isinstance(got := await self._socket.receive(), Message):
            pass
        return got

    def postpone(self, acts: Sequence[Act[Message]]) -> None:
        """Keep acts that do not end the socket, to carry them out with the next message."""
        self._waiting += acts

    async def carry_out(self, acts: Sequence[Act[Message]]) -> None:
        """Carry out acts, in order."""
        for act in acts:
            match act:
                case Put():
                    await self._socket.send(act.item)
                case Write():
                    await self._socket.send_encoded(act.data)
                case Sleep():
                    await self._socket.sleep(act.seconds)
                case EndConnection():
                    await self._socket.abort(act.how)
                case Finish():
                    ended = decode_close(act.payload)
                    await self._socket.close(ended.code, ended.reason)
                case StayOpen() | Repeat():  # only a stream's body repeats
                    self.is_silent = True

    async def _spoke(self, got: Message | Ended) -> None:
        if isinstance(got, Message) and got.opcode <= BINARY:
            await self.carry_out(self._sequence.flush())


class Interruption:
    """Ends a running socket from outside of it: the server closes all sockets, or the network fails."""

    def __init__(self) -> None:
        self._called = asyncio.Event()
        self._acts: list[Act[Message]] = []

    def call(self, act: Act[Message]) -> None:
        """Interrupt the socket; the first one counts."""
        if not self._acts:
            self._acts.append(act)
            self._called.set()

    async def wait(self) -> list[Act[Message]]:
        """Wait for `call`; returns the acts that end the socket."""
        await self._called.wait()
        return self._acts


def faulty_run(run: Run, sequence: FaultySequence[Message], interruption: Interruption | None) -> Run:
    """Wrap a stage's handler of an accepted socket, so that the sequence's faults apply to what it sends."""

    async def wrapped(socket: Socket) -> None:
        faulty = SpoiltSocket(socket, sequence)
        await faulty.begin()
        timed = sequence.timed
        if timed or interruption is not None:
            await _watched(run, faulty, sequence, timed, interruption or Interruption())
        else:
            await run(faulty)
        if faulty.is_silent:
            await faulty.until_client_leaves()
        else:
            await faulty.carry_out(sequence.finish())

    return wrapped


async def _watched(
    run: Run,
    faulty: SpoiltSocket,
    sequence: FaultySequence[Message],
    timed: Sequence[ArmedRule],
    interruption: Interruption,
) -> None:
    """Run the stage's handler until it returns, or until a timed rule or an interruption ends the socket."""
    inner = asyncio.ensure_future(run(faulty))
    watcher = asyncio.ensure_future(_first_end(faulty, sequence, timed, interruption))
    try:
        await asyncio.wait({inner, watcher}, return_when=asyncio.FIRST_COMPLETED)
        if watcher.done() and not inner.done():
            await _cancelled(inner)
            await faulty.carry_out(watcher.result())
        else:
            inner.result()
    finally:
        await _cancelled(watcher)
        await _cancelled(inner)


async def _first_end(
    faulty: SpoiltSocket,
    sequence: FaultySequence[Message],
    timed: Sequence[ArmedRule],
    interruption: Interruption,
) -> list[Act[Message]]:
    started = faulty.now()
    for armed in sorted(timed, key=lambda each: each.rule.where.seconds or 0.0):
        left = started + (armed.rule.where.seconds or 0.0) - faulty.now()
        try:
            async with asyncio.timeout(max(0.0, left)):
                return await interruption.wait()
        except TimeoutError:
            acts = sequence.strike(armed)
        if any(map(ends, acts)) and not isinstance(acts[-1], StayOpen):
            return acts
        faulty.is_silent = faulty.is_silent or bool(acts and isinstance(acts[-1], StayOpen))
        faulty.postpone([act for act in acts if not ends(act)])
    return await interruption.wait()


async def _cancelled(task: asyncio.Future[Any]) -> None:
    """Cancel a task, and wait for its end."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})

"""`SocketSession`: one connection to a stub's socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fake_server.stage import Socket
from harness.replay.problems import ClientHung, MessageMismatch, Nearest, Problem, Unplayed
from harness.replay.responses import CLOSE_CODE, mismatch_reason
from harness.stubs.shown import Shown
from harness.stubs.socket_stub import SocketStub
from harness.stubs.steps import CloseStep, CutStep, Expected, ExpectStep, SendStep, Step, WaitStep, made, mismatch
from provider.websocket import Ended, Message, Opcode

_DATA: Final = (Opcode.TEXT, Opcode.BINARY)


class SocketSession:
    """Plays the steps of a stub to one client.

    Args:
        stub: The stub.
        shown: Makes the texts of problems.
        problem: Called with each problem.
        deadline: Seconds to wait for a message of the client; None for ever.
    """

    def __init__(
        self, stub: SocketStub, shown: Shown, problem: Callable[[Problem], None], deadline: float | None
    ) -> None:
        self._stub = stub
        self._shown = shown
        self._problem = problem
        self._deadline = deadline
        self._steps: tuple[Step, ...] = tuple(stub.steps)
        self._rules = tuple(stub.rules)
        self._done = 0
        self._failed = False
        self._last: Message | None = None
        self._number = 0

    def leftover(self) -> Unplayed | None:
        """The steps that were not played before the client left; None if all were, or if the session failed before."""
        left = self._steps[self._done :]
        expected = [step for step in left if isinstance(step, ExpectStep)]
        sent = [step for step in left if isinstance(step, SendStep)]
        if self._failed or not (expected or sent):
            return None
        first = "an expected message" if isinstance(left[0], ExpectStep) else "a message of the server"
        return Unplayed(
            exchange=self._shown.text(self._stub.label),
            unsent=len(sent),
            unsaid=len(expected),
            first=f"step {self._done + 1}, {first}",
            begun=True,
        )

    async def run(self, socket: Socket) -> None:
        """Go through the steps, then wait until the client closes the socket."""
        for step in self._steps:
            if not await self._step(socket, step):
                return
            self._done += 1
        while (message := await self._next(socket, None)) is not None:
            await self._refuse(socket, message, None)
            return

    async def _step(self, socket: Socket, step: Step) -> bool:
        match step:
            case SendStep(message):
                await socket.send(made(message, self._last))
            case WaitStep(seconds):
                await socket.sleep(seconds)
            case CloseStep(code, reason):
                await socket.close(code, reason)
            case CutStep(how):
                await socket.abort(how)
            case ExpectStep(message):
                return await self._expect(socket, message)
        return True

    async def _expect(self, socket: Socket, expected: Expected) -> bool:
        message = await self._next(socket, self._deadline)
        if message is None:
            return False
        if next(mismatch(expected, message), None) is None:
            return True
        await self._refuse(socket, message, expected)
        return False

    async def _next(self, socket: Socket, deadline: float | None) -> Message | None:
        """The client's next message that no `whenever` answers; None if the client left, or sent nothing in time."""
        while True:
            got = await socket.receive() if deadline is None else await socket.poll(deadline)
            if isinstance(got, Ended):
                return None
            if got is None:
                await self._hung(socket, deadline or 0.0)
                return None
            if got.opcode not in _DATA:
                continue
            self._number += 1
            self._last = got
            self._stub.messages.append(got)
            if not await self._answered(socket, got):
                return got

    async def _answered(self, socket: Socket, message: Message) -> bool:
        for expected, answer in self._rules:
            if next(mismatch(expected, message), None) is None:
                if answer is not None:
                    await socket.send(made(answer, message))
                return True
        return False

    async def _refuse(self, socket: Socket, message: Message, expected: Expected | None) -> None:
        text = self._shown.message(message)
        nearest = None
        if self._done < len(self._steps):
            differences = self._shown.differences(mismatch(expected, message))
            nearest = Nearest(f"step {self._done + 1}, the expected message", differences)
        hint = (
            "" if nearest else "The stub expects no further message: add .expect(..), or .whenever(..) for heartbeats"
        )
        self._fail(
            MessageMismatch(
                exchange=self._shown.text(self._stub.label),
                number=self._number,
                message=text,
                nearest=nearest,
                hint=hint,
            )
        )
        await socket.close(CLOSE_CODE, mismatch_reason(self._number))

    async def _hung(self, socket: Socket, deadline: float) -> None:
        awaited = f"message {self._number + 1} of the client (step {self._done + 1})"
        self._fail(ClientHung(exchange=self._shown.text(self._stub.label), awaited=awaited, deadline=deadline))
        await socket.close(CLOSE_CODE, "wiretape: no message in time")

    def _fail(self, problem: Problem) -> None:
        self._failed = True
        self._problem(problem)

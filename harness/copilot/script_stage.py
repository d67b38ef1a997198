"""`ScriptedStage`: the fake with a script in front of it, and `FaultySocket`, which applies the faults of a turn."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from typing import Final, cast

import msgspec

from fake_server.scenarios import Asked, Scenario
from fake_server.script import Config, Script, fault_response, place_of
from fake_server.stage import Accept, Answer, Request, Socket, SocketWrapper
from harness.copilot.script_faults import FaultPlan, StallTurn, TurnFault, TurnFaults
from provider.websocket import Message

_REASON: Final = "wiretape: as scripted"
_socket: ContextVar[FaultySocket] = ContextVar("scripted_socket")
"""The socket whose message the current task answers: each socket has its own task."""


class ScriptedStage:
    """A stage that plays scripted turns, and refuses requests by a plan.

    Args:
        config: Of the fake.
        plan: The requests to refuse.
        choose: Returns the scenario for a message and its faults; without a scenario the fake answers by itself.
    """

    def __init__(
        self, config: Config, plan: FaultPlan, choose: Callable[[Asked], tuple[Scenario | None, TurnFaults] | None]
    ) -> None:
        self._plan = plan
        self._choose = choose
        self._script = Script(replace(config, claim=self._claim))

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        refuse = self._plan.at_request(place_of(request))
        if refuse is not None:
            return fault_response(refuse.how)
        answer = await self._script.handle(request)
        return _with_faults(answer) if isinstance(answer, Accept) else answer

    async def close(self) -> None:
        """Release everything that the stage holds; see `fake_server.stage.Stage.close`."""
        await self._script.close()

    def _claim(self, asked: Asked) -> Scenario | None:
        chosen = self._choose(asked)
        scenario, faults = chosen or (None, TurnFaults())
        _socket.get().begin(faults)
        return scenario


def _with_faults(accept: Accept) -> Accept:
    async def run(socket: Socket) -> None:
        faulty = FaultySocket(socket)
        token = _socket.set(faulty)
        try:
            await accept.run(faulty)
        finally:
            _socket.reset(token)

    return replace(accept, run=run)


def _is_done(message: Message) -> bool:
    try:
        event: object = msgspec.json.decode(message.data)
    except ValueError:
        return False  # a raw message of the script
    return isinstance(event, dict) and cast("dict[str, object]", event).get("event") == "done"


class FaultySocket(SocketWrapper):
    """A socket that counts the events of a turn, and applies its faults at their points."""

    def __init__(self, socket: Socket) -> None:
        super().__init__(socket)
        self._faults = TurnFaults()
        self._sent = 0
        self._whole = False
        self._silent = False

    def begin(self, faults: TurnFaults) -> None:
        """Begin a turn with these faults."""
        self._faults = faults
        self._sent = 0
        self._whole = False
        self._silent = False

    async def send(self, message: Message) -> None:
        """See `Socket.send`; each message is one event of the turn."""
        if not self._silent:
            await self._strike(self._faults.at_event(self._sent, whole=self._whole))
        if self._silent:
            return
        self._sent += 1
        # Noted before the event is sent, so that a report taken after the client received the event shows the fault.
        self._whole = self._whole or bool(self._faults.waiting and _is_done(message))
        fault = self._faults.at_event(self._sent, whole=self._whole)
        await self._socket.send(message)
        await self._strike(fault)

    async def send_encoded(self, frames: bytes | memoryview) -> None:
        """Send encoded frames, in large writes; see `Socket.send_encoded`."""
        if not self._silent:
            await self._socket.send_encoded(frames)

    async def _strike(self, fault: TurnFault | None) -> None:
        if fault is None:
            return
        self._silent = True
        if isinstance(fault, StallTurn):
            return
        if isinstance(fault.how, int):
            await self._socket.close(fault.how, _REASON)
        else:
            await self._socket.abort(fault.how)

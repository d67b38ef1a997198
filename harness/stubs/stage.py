"""`StubStage`: answers requests by stubs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from fake_server.stage import Accept, Answer, Request, Response, Socket, Stage
from harness.calls import WireCall, call_of
from harness.replay.problems import Miss, Problem
from harness.replay.responses import refusal
from harness.stubs.expectation import Expectation
from harness.stubs.socket_session import SocketSession
from harness.stubs.socket_stub import SocketStub
from harness.stubs.stub import Stub, given
from provider.websocket import header

ABOUT: Final = "/.wiretape"
"""By this path a recorder asks local servers whether they are a fake; it is no request of the client under test."""


class Chooser(Protocol):
    """The part of `harness.stubs.stubs.Stubs` that a `StubStage` calls."""

    def choose(self, request: Request, call: WireCall, *, may_miss: bool) -> Expectation | Miss | None:
        """The stub that answers a request, or the problem; see `harness.stubs.stubs.Stubs.choose`."""
        ...

    def open_session(self, stub: SocketStub) -> SocketSession:
        """A session for a client that a stub of sockets accepts; see `harness.stubs.stubs.Stubs.open_session`."""
        ...

    def note(self, problem: Problem) -> None:
        """Add a problem to the report; see `harness.stubs.stubs.Stubs.note`."""
        ...


class StubStage:
    """A stage in front of another one: stubs answer what they match.

    Args:
        stubs: Chooses the stub of each request.
        behind: The other stage, which this one closes; None if there is none.
        passes: Returns whether requests that no stub matches go to ``behind``; else they are problems.
    """

    def __init__(self, stubs: Chooser, behind: Stage | None, passes: Callable[[], bool]) -> None:
        self._stubs = stubs
        self._behind = behind
        self._passes = passes

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        call = call_of(request)
        if request.path == ABOUT and request.method == "GET":
            return Response(status=404)
        may_miss = self._behind is not None and self._passes()
        chosen = self._stubs.choose(request, call, may_miss=may_miss)
        match chosen:
            case Miss():
                answer: Answer = refusal(chosen)
            case SocketStub():
                answer = self._accept(chosen, request)
            case Stub():
                sent = chosen.answer_of(chosen.call_count - 1)
                answer = await self._passed(request) if sent is None else await given(sent, call)
            case _:
                answer = await self._passed(request)
        call.status = answer.status if isinstance(answer, Response) else 101 if isinstance(answer, Accept) else None
        return answer

    async def close(self) -> None:
        """Close the stage behind."""
        if self._behind is not None:
            await self._behind.close()

    async def _passed(self, request: Request) -> Answer:
        if self._behind is None:
            raise RuntimeError(
                "pass_through: these stubs have no cassette or service behind them to answer the request: give "
                "the stub an answer"
            )
        return await self._behind.handle(request)

    def _accept(self, stub: SocketStub, request: Request) -> Accept:
        offered = header(request.headers, "sec-websocket-protocol")
        chosen = stub.subprotocol or (offered or "").partition(",")[0].strip()
        headers = (("sec-websocket-protocol", chosen),) if offered and chosen else ()
        return Accept(run=_runner(self._stubs.open_session(stub)), headers=headers, linger=True)


def _runner(session: SocketSession) -> Callable[[Socket], Awaitable[None]]:
    async def run(socket: Socket) -> None:
        await session.run(socket)

    return run

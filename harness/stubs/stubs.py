"""`Stubs`: the stubs of one test or server, and the requests and problems so far."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias, TypeVar

from fake_server.stage import Request, Stage
from harness.calls import WireCall
from harness.profile import ServiceProfile
from harness.replay.problems import Miss, Nearest, Other, Problem
from harness.replay.report import Report
from harness.stubs.condition import SOCKET, Pattern, condition
from harness.stubs.expectation import Expectation
from harness.stubs.problems import NoStub, StubUsedUp, TooEarly, Uncalled
from harness.stubs.shown import Shown
from harness.stubs.socket_session import SocketSession
from harness.stubs.socket_stub import SocketStub
from harness.stubs.stage import StubStage
from harness.stubs.stub import Stub
from harness.stubs.values import ABSENT, ValueDifference

ANY_SERVICE: Final = ServiceProfile(name="service", upstream="")
"""A service of which nothing is known but the general rules of redaction."""
_MOST_PROBLEMS: Final = 1000
_MOST_OTHERS: Final = 6
_WEIGHTS: Final = {"method": 20, "path": 30}
"""How much a difference counts in the choice of the nearest stub; 1 for any other."""
Missed: TypeAlias = NoStub | StubUsedUp | TooEarly
Made = TypeVar("Made", bound=Expectation)


def _always() -> bool:
    return True


class Stubs:
    """A list of stubs for one server. The first stub that matches a request, and is not used up, answers it.

    Each stub must be called at least once, or as often as its `Stub.times` says, unless it is `Stub.optional`.
    Thread-safe: stubs may be added from any thread, before and after a stage is created.

    Args:
        profile: The service, whose secrets reports mask.
        deadline: Seconds that a socket waits for an expected message; None for ever.
        ordered: Whether stubs must be called in the order of their definition.
        on_problem: Called with each problem when it happens, in the servers' thread.
    """

    def __init__(
        self,
        *,
        profile: ServiceProfile = ANY_SERVICE,
        deadline: float | None = 5.0,
        ordered: bool = False,
        on_problem: Callable[[Problem], None] | None = None,
    ) -> None:
        self._shown = Shown(profile)
        self._deadline = deadline
        self._ordered = ordered
        self._on_problem = on_problem
        self._lock = threading.RLock()
        self._stubs: list[Expectation] = []
        self._sessions: list[SocketSession] = []
        self._calls: list[WireCall] = []
        self._problems: list[Problem] = []
        self._answered = 0

    # ---------------------------------------------------------------- definition
    def on(  # the conditions that a stub may have
        self,
        method: str,
        path: str | re.Pattern[str],
        *,
        query: Mapping[str, Pattern] | None = None,
        headers: Mapping[str, Pattern] | None = None,
        json: object = ABSENT,
        content: bytes | Pattern | None = None,
        match: Callable[[WireCall], bool] | None = None,
    ) -> Stub:
        """Add a stub of requests.

        Args:
            method: Such as ``"GET"``; ``"*"`` for any.
            path: Such as ``"/items/{id}"``: a name in braces matches one segment, ``*`` matches within a segment,
                ``**`` matches several. A query behind ``?`` is a condition, too. A regular expression matches the whole
                path.
            query: Parameters that the request must have; it may have others.
            headers: Headers that the request must have; it may have others.
            json: The body as JSON; `harness.stubs.containing` for a part of it.
            content: The body as bytes or text, decompressed.
            match: A further condition.

        Raises:
            StubError: A condition is malformed.
        """
        wanted = condition(method, path, query=query, headers=headers, json=json, content=content, match=match)
        return self._added(lambda number: Stub(number, wanted))

    def on_socket(
        self,
        path: str | re.Pattern[str],
        *,
        query: Mapping[str, Pattern] | None = None,
        headers: Mapping[str, Pattern] | None = None,
        subprotocol: str | None = None,
    ) -> SocketStub:
        """Add a stub of WebSockets.

        Args:
            path: As for `on`.
            query: As for `on`.
            headers: As for `on`.
            subprotocol: The one that a client has to offer, and that the stub accepts; None accepts the first offered.

        Raises:
            StubError: A condition is malformed.
        """
        offered = dict(headers or {})
        if subprotocol is not None:
            offered["sec-websocket-protocol"] = re.compile(rf"(?:.*,)?\s*{re.escape(subprotocol)}\s*(?:,.*)?")
        wanted = condition(SOCKET, path, query=query, headers=offered)
        return self._added(lambda number: SocketStub(number, wanted, subprotocol))

    def stage(self, behind: Stage | None = None, passes: Callable[[], bool] = _always) -> Stage:
        """A stage that answers by the stubs.

        Args:
            behind: Answers the requests that no stub matches, and is closed with this stage; None makes them problems.
            passes: Returns whether a request that no stub matches goes to ``behind`` now; else it is a problem.
        """
        return StubStage(self, behind, passes)

    def _added(self, make: Callable[[int], Made]) -> Made:
        with self._lock:
            made = make(len(self._stubs) + 1)
            if self._ordered and self._stubs:
                made.after(self._stubs[-1])
            self._stubs.append(made)
            return made

    # ---------------------------------------------------------------- what came
    @property
    def count(self) -> int:
        """Number of stubs."""
        return len(self._stubs)

    @property
    def calls(self) -> list[WireCall]:
        """All requests, answered or not, in order."""
        with self._lock:
            return list(self._calls)

    def report(self) -> Report:
        """The requests that no stub answers, the mismatches on sockets, and the stubs that were called too seldom."""
        with self._lock:
            problems = (*self._problems, *self._uncalled())
            return Report(problems=problems, played=self._answered, total=len(self._calls))

    def problems(self) -> tuple[Problem, ...]:
        """The problems so far, without stubs that were called too seldom."""
        with self._lock:
            return tuple(self._problems)

    def check(self) -> None:
        """Raise an error unless everything came that the stubs expect, and nothing else.

        Raises:
            ReplayError: There are problems. The class is that of the first one, the text has all of them.
        """
        self.report().check()

    def _uncalled(self) -> Iterator[Problem]:
        for stub in self._stubs:
            if not stub.is_satisfied:
                yield Uncalled(exchange=self._shown.text(stub.label), counts=stub.counts, begun=stub.called)
        for session in self._sessions:
            left = session.leftover()
            if left is not None:
                yield left

    # ---------------------------------------------------------------- for the stage
    def choose(self, request: Request, call: WireCall, *, may_miss: bool) -> Expectation | Miss | None:
        """The stub that answers a request; else the problem of the request, or None.

        Args:
            request: The request.
            call: The request as `WireCall`.
            may_miss: Whether a request that no stub matches is no problem; then the result is None.
        """
        with self._lock:
            self._calls.append(call)
            self._shown.received(request)
            matching = [stub for stub in self._stubs if stub.matches(request, call)]
            free = [stub for stub in matching if not stub.is_used_up]
            chosen = next((stub for stub in free if stub.awaited is None), None)
            if chosen is not None:
                chosen.take(call)
                self._answered += 1
                return chosen
            if may_miss and not free:
                return None
            problem = self._miss(request, call, matching, free)
            self.note(problem)
            return problem

    def open_session(self, stub: SocketStub) -> SocketSession:
        """A session for a client that a stub of sockets accepts."""
        session = SocketSession(stub, self._shown, self.note, self._deadline)
        with self._lock:
            self._sessions.append(session)
        return session

    def note(self, problem: Problem) -> None:
        """Add a problem to the report."""
        with self._lock:
            if len(self._problems) < _MOST_PROBLEMS:
                self._problems.append(problem)
        if self._on_problem is not None:
            self._on_problem(problem)

    def _miss(self, request: Request, call: WireCall, matching: list[Expectation], free: list[Expectation]) -> Missed:
        text = self._shown.request(request)
        if free:
            awaited = free[0].awaited
            hint = "" if awaited is None else f"{awaited.label} has to come first: {awaited.counts}"
            return TooEarly(request=text, nearest=self._near(free[0], []), hint=self._shown.text(hint))
        if matching:
            hint = "Raise its times(..), or add a further stub"
            return StubUsedUp(request=text, nearest=self._near(matching[0], []), hint=hint)
        ranked = sorted(
            ((list(stub.condition.differences(request, call)), stub) for stub in self._stubs),
            key=lambda each: sum(_WEIGHTS.get(found.place, 1) for found in each[0]),
        )
        if not ranked:
            return NoStub(request=text, hint="There is no stub yet: add one with on(..)")
        (found, nearest), *rest = ranked
        others = tuple(Other(self._shown.text(stub.label), _why(found)) for found, stub in rest[:_MOST_OTHERS])
        hint = "Correct the request, or add a stub for it"
        return NoStub(request=text, nearest=self._near(nearest, found), others=others, hint=hint)

    def _near(self, stub: Expectation, found: list[ValueDifference]) -> Nearest:
        return Nearest(self._shown.text(stub.label), self._shown.differences(found), played=stub.is_used_up)


def _why(found: list[ValueDifference]) -> str:
    return f"differs in {', '.join(each.place for each in found[:4])}"

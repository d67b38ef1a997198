"""`Rounds`: plays a cassette again and again, for any number of clients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec

from fake_server.stage import Answer, Request
from harness.cassette.model import Cassette, Exchange, Line, SocketExchange
from harness.replay.player import Player
from harness.replay.problems import Problem, Unplayed
from harness.replay.report import Report

MOST_ROUNDS: Final = 16
"""Rounds that wait for requests; beyond them the oldest one without an open socket takes part no longer."""
AGAIN: Final = 1012
"""The close code for "connect again" (RFC 6455's registry: Service Restart)."""
_ENDS: Final = frozenset({"close", "eof", "reset", "cut"})


class Rounds:
    """A stage that plays a cassette, and starts one more round of it when no round has a response left for a request.

    Each round binds its own values, and a socket stays in its round. So clients may come at the same time, or one after
    the other. A request goes to the oldest round that has an unplayed response. What no client requested is no problem.

    Args:
        play: Makes the player of one more round.
    """

    def __init__(self, play: Callable[[], Player]) -> None:
        self._play = play
        self._rounds = [play()]
        self._count = 1
        self._problems: list[Problem] = []
        self._notes: Counter[str] = Counter()
        self._played: frozenset[int] = frozenset()

    async def handle(self, request: Request) -> Answer:
        """The recorded response of a round, or a refusal that lists the differences.

        Raises:
            MatcherError: A function of the profile raised.
        """
        for each in list(self._rounds):
            answer = await each.try_handle(request)
            if answer is not None:
                return answer
        fresh = self._play()
        answer = await fresh.try_handle(request)
        if answer is None:
            # The first round says why: its report counts from the beginning.
            return await self._rounds[-1].handle(request)
        self._rounds.append(fresh)
        self._count += 1
        self._retire()
        return answer

    async def preflight(self, request: Request) -> Answer | None:
        """The recorded response to a page's preflight; see `Player.preflight`."""
        return await self._rounds[-1].preflight(request)

    async def close(self) -> None:
        """Do nothing: the rounds hold no resources."""

    def report(self) -> Report:
        """What was played in all rounds, and the problems."""
        reports = [each.report() for each in self._rounds]
        found = [problem for each in reports for problem in each.problems if not isinstance(problem, Unplayed)]
        played = self._played.union(*(each.played_indices for each in reports))
        notes = self._notes + Counter(note for each in reports for note in each.notes)
        rounds = (f"the cassette was played in {self._count} rounds",) if self._count > 1 else ()
        return Report(
            problems=(*self._problems, *found),
            played=len(played),
            total=reports[0].total,
            played_indices=played,
            bound=tuple(bound for each in reports for bound in each.bound),
            notes=(*rounds, *notes),
            relaxed=reports[0].relaxed,
        )

    def _retire(self) -> None:
        """Drop the oldest idle round if there are more than `MOST_ROUNDS`; its part of the report stays."""
        if len(self._rounds) <= MOST_ROUNDS:
            return
        oldest = next((each for each in self._rounds[:-1] if each.is_idle), None)
        if oldest is None:
            return
        self._rounds.remove(oldest)
        report = oldest.report()
        self._problems += [problem for problem in report.problems if not isinstance(problem, Unplayed)]
        self._notes.update(report.notes)
        self._played |= report.played_indices


def with_ends(cassette: Cassette) -> Cassette:
    """The cassette with an end by the service on each socket and stream, so that its client connects again.

    A socket that the client closed, or that the recording left open, ends there with the close code 1012. A stream ends
    properly.
    """
    return msgspec.structs.replace(cassette, exchanges=tuple(_ended(each) for each in cassette.exchanges))


def _ended(exchange: Exchange) -> Exchange:
    if isinstance(exchange, SocketExchange):
        return _ended_socket(exchange)
    response = exchange.response
    if response is None or response.stream is None:
        return exchange
    kept = tuple(line for line in response.stream if line.kind not in _ENDS or line.direction == "<")
    return msgspec.structs.replace(exchange, response=msgspec.structs.replace(response, stream=kept))


def _ended_socket(exchange: SocketExchange) -> SocketExchange:
    lines = exchange.messages
    if not lines:
        return exchange
    at = next((number for number, line in enumerate(lines) if line.kind in _ENDS), len(lines))
    if at < len(lines) and lines[at].direction == "<":
        return exchange
    time = lines[min(at, len(lines) - 1)].time
    end = Line("<", time, "close", b"wiretape: the recording ends here", AGAIN)
    return msgspec.structs.replace(exchange, messages=(*lines[:at], end))

"""`NoCassette`: a stage for a cassette that is not there."""

from __future__ import annotations

from fake_server.stage import Answer, Request
from harness.match.mask import escaped
from harness.replay.problems import NoCassetteFound, Problem
from harness.replay.refusal import refusal
from harness.replay.report import Report


class NoCassette:
    """Refuses every request with status 501, of kind ``no-cassette``, and notes it.

    Args:
        path: Of the missing file, as it is to be shown.
    """

    def __init__(self, path: str) -> None:
        self._path = escaped(path)
        self._problems: list[Problem] = []

    async def handle(self, request: Request) -> Answer:
        """A refusal."""
        # The query stays out: nothing is known here of where secrets stand.
        name = f"{'socket' if request.upgrade else escaped(request.method)[:40]} {escaped(request.path)[:300]}"
        problem = NoCassetteFound(asked=name, path=self._path, hint="Record it, or correct its name")
        self._problems.append(problem)
        return refusal(problem)

    async def close(self) -> None:
        """Nothing is held between requests."""

    def report(self) -> Report:
        """What was asked for."""
        return Report(problems=tuple(self._problems))

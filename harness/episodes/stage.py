"""`Episodes`: a stage that plays what is recorded, and records the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fake_server.stage import Accept, Answer, Request, Response, Socket
from harness.cassette.model import Cassette
from harness.content_coding import content_of
from harness.episodes.asking import Tries
from harness.episodes.guard import GuardedSocket, RecordedConversations
from harness.profile import ServiceProfile
from harness.record.options import SaveOptions
from harness.relay.relay import Relay
from harness.replay.problems import MessageMismatch, NoMatch, Problem
from harness.replay.refusal import refusal
from harness.replay.report import Report

_CANNOT_GO_ON: Final = (
    "A conversation that was played cannot go on live: the service does not know it. "
    "Record the whole session again (record mode `all` or `rewrite`)."
)


class Episodes:
    """What matches is played; the rest goes live, and is added to the cassette in the end.

    Args:
        cassette: What is played.
        player: Plays it; a `Player`.
        relay: Takes the rest; its recording is of the same cassette.
        profile: The service.
    """

    def __init__(self, cassette: Cassette, player: Tries, relay: Relay, profile: ServiceProfile) -> None:
        self._player = player
        self._relay = relay
        self._recorded = RecordedConversations(cassette, profile, relay.recording)
        self._problems: list[Problem] = []
        self.missed = 0
        """How many requests had no recorded answer and went live."""

    async def handle(self, request: Request) -> Answer:
        """The recorded answer, or the service's."""
        answer = await self._player.try_handle(request)
        if answer is not None:
            return answer
        if self._recorded.named_in(request.target.encode(), content_of(request.headers, request.body).data):
            return self._refused(f"{request.method} {request.path}")
        self.missed += 1
        answer = await self._relay.handle(request)
        return self._guarded(request, answer) if isinstance(answer, Accept) else answer

    async def close(self) -> None:
        """Close the player and the relay."""
        try:
            await self._player.close()
        finally:
            await self._relay.close()

    def report(self) -> Report:
        """The player's report, with what could not go live."""
        played = self._player.report()
        return replace(played, problems=(*self._problems, *map(_explained, played.problems)))

    def finish(self, save: SaveOptions | None = None) -> Cassette | None:
        """Add what went live to the cassette; for when the stage is closed.

        Returns:
            The cassette as it is on the disk now; None if nothing went live: then no file is touched.

        Raises:
            harness.errors.HarnessError: As in `harness.record.recording.Recording.finish`.
        """
        if not self.missed:
            self._relay.recording.discard()
            return None
        return self._relay.recording.finish(save or SaveOptions(mode="append"))

    def _guarded(self, request: Request, answer: Accept) -> Accept:
        async def run(socket: Socket) -> None:
            await answer.run(GuardedSocket(socket, self._recorded, lambda: self._note(f"socket {request.path}")))

        return replace(answer, run=run)

    def _note(self, asked: str) -> NoMatch:
        problem = NoMatch(asked=asked, hint=_CANNOT_GO_ON)
        self._problems.append(problem)
        return problem

    def _refused(self, asked: str) -> Response:
        return refusal(self._note(asked))


def _explained(problem: Problem) -> Problem:
    if isinstance(problem, MessageMismatch) and not problem.hint:
        return replace(problem, hint=_CANNOT_GO_ON)
    return problem

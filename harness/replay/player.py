"""`Player`: a stage that responds from a cassette."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Final

from fake_server.stage import Accept, Answer, Request, Socket
from harness.cassette.model import Cassette
from harness.doors import Doors
from harness.match.large_uploads import RecordedUploads
from harness.profile import ServiceProfile
from harness.replay.causes import RESPONSE
from harness.replay.clock import Clock, clock_of
from harness.replay.pace import Pace, Speed
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from harness.replay.problems import Problem, ToolFailure
from harness.replay.progress import Progress
from harness.replay.report import Report
from harness.replay.responses import recorded_response, refusal
from harness.replay.rules import PlayRules
from harness.replay.socket_playback import SocketPlayback
from harness.replay.socket_player import SocketOptions, SocketPlayer

_NOTHING_RECORDED: Final = frozenset({"no-match", "used-up"})
_PATIENCE: Final = 5.0
_HANDSHAKE = frozenset({"sec-websocket-accept", "sec-websocket-extensions"})


class Player:
    """Plays a cassette: each request gets the first unplayed exchange that matches, each socket its recorded lines.

    The player refuses a request without a match at once, with status 501 or close code 4004, and reports it.

    Args:
        cassette: What to play.
        profile: The service it was recorded from.
        speed: ``"instant"``, ``"recorded"``, or how many times as fast as recorded.
        deadline: Seconds to wait for a client at any point; None for no limit.
        redact: A further redactor for what reports show; the profile's secrets are masked in any case.
        rules: What is compared, and what may be played again.
        now: The client's clock, in seconds since 1970.
        clock: Whether to move times that were in the future when recorded; see `harness.replay.clock`.
        doors: The local ports of further upstreams.

    Raises:
        UnknownMatcherError: The rules name something that is not compared.
    """

    def __init__(  # noqa: PLR0913  # keyword-only options of the public stage
        self,
        cassette: Cassette,
        profile: ServiceProfile,
        *,
        speed: Speed = "instant",
        deadline: float | None = 5.0,
        redact: Callable[[str], str] | None = None,
        rules: PlayRules | None = None,
        now: Callable[[], float] = time.time,
        clock: Clock = "now",
        doors: Doors | None = None,
    ) -> None:
        self._doors = doors or Doors({})
        self._pace = Pace.of(speed)
        self._deadline = deadline
        self._playback = Playback(
            cassette,
            profile,
            redact=redact,
            play_rules=rules,
            now=now,
            times_by=clock_of(clock),
            doors=self._doors,
        )
        self._uploads = RecordedUploads(exchange.request for exchange in cassette.exchanges)
        self._progress = Progress()
        self._playback.order.on_progress = self._progress.signal
        self._problems: list[Problem] = []
        self._open: dict[SocketPlayback, None] = {}

    async def handle(self, request: Request) -> Answer:
        """The recorded response to a request, or a refusal that lists the differences.

        Raises:
            MatcherError: A function of the profile raised; the report names it too.
        """
        with self._failures_noted(lambda: f"{request.method} {request.path}"):
            found = await self._found(request)
        return self._answer(request, found)

    async def try_handle(self, request: Request) -> Answer | None:
        """The recorded response; None if nothing recorded matches, without noting a problem.

        A request that matches, but comes out of order, is refused as in `handle`.

        Raises:
            MatcherError: As in `handle`.
        """
        with self._failures_noted(lambda: f"{request.method} {request.path}"):
            found = await self._found(request)
        return None if isinstance(found, Mismatch) and _is_missed(found) else self._answer(request, found)

    async def preflight(self, request: Request) -> Answer | None:
        """The recorded response to a page's preflight; None if there is none, which is no problem.

        A browser caches these responses for a time, so it may send more preflights than recorded, or none.
        """
        found = await self._request(request)
        return None if isinstance(found, Mismatch) else self._answered(found)

    def allow_repeats(self) -> None:
        """Let exchanges respond again once they were played: a client tries again after a fault."""
        self._playback.allow_repeats()

    async def close(self) -> None:
        """Do nothing: the player holds no resources."""

    @property
    def is_idle(self) -> bool:
        """Whether no client has a socket open."""
        return not self._open

    @property
    def may_have_problems(self) -> bool:
        """Whether `report` may hold a problem besides unplayed exchanges. Any thread may read it, unlike the report."""
        return bool(self._problems or self._open)

    def report(self) -> Report:
        """What was played so far, and the problems. Open sockets count as if they ended now."""
        begun = [problem for play in list(self._open) for problem in play.left_over()]
        entries = self._playback.catalogue.entries
        unplayed = self._playback.unplayed()
        return Report(
            problems=(*self._problems, *begun, *unplayed),
            played=len(entries) - len(unplayed),
            total=len(entries),
            played_indices=frozenset(entry.index for entry in entries if entry.played),
            bound=tuple(self._playback.bindings.accepted),
            notes=tuple(dict.fromkeys((*self._playback.notes, *self._playback.given_up()))),
            relaxed=self._playback.relaxed,
        )

    # ------------------------------------------------------------ requests

    async def _found(self, request: Request) -> Played | Mismatch | SocketPlayback:
        if request.upgrade:
            return self._playback.open_socket(request.target, request.headers, origin=self._doors.origin_of(request))
        return await self._call(request)

    def _answer(self, request: Request, found: Played | Mismatch | SocketPlayback) -> Answer:
        return self._accepted(request, found) if isinstance(found, SocketPlayback) else self._answered(found)

    async def _call(self, request: Request) -> Played | Mismatch:
        played = await self._request(request)
        if isinstance(played, Played) and not await self._in_order(played):
            played = self._playback.out_of_order(played)
        return played

    async def _request(self, request: Request) -> Played | Mismatch:
        headers, body = request.headers, request.body
        if request.large is not None:
            headers, body = await asyncio.to_thread(self._uploads.compared, headers, request.large)
        return self._playback.request(
            request.method, request.target, headers, body, origin=self._doors.origin_of(request)
        )

    def _answered(self, played: Played | Mismatch) -> Answer:
        if isinstance(played, Mismatch):
            self._problems.append(played.problem)
            return refusal(played.problem)
        played.entry.responded = True
        self._playback.add_senders_times(played, (RESPONSE,))
        return recorded_response(played, self._pace, self._deadline, partial(self._until_caused, played))

    async def _in_order(self, played: Played) -> bool:
        """Wait until a response may begin; returns False if the deadline passes first."""
        if self._playback.order.may_respond(played.entry):
            return True
        try:
            async with asyncio.timeout(self._deadline if self._playback.order.is_recorded else self._patience):
                with self._progress.watch() as changed:
                    while not self._playback.order.may_respond(played.entry):
                        await changed.wait()
                        changed.clear()
        except TimeoutError:
            # The session may have moved on in the moment the time was up.
            return self._playback.order.may_respond(played.entry) or self._playback.release(played.entry)
        return True

    async def _until_caused(self, played: Played, position: int) -> None:
        """Wait until the actions on other exchanges have happened that a line of a stream is guessed to wait for."""
        await self._wait_for_causes(played, position)
        self._playback.add_senders_times(played, (position,))

    async def _wait_for_causes(self, played: Played, position: int) -> None:
        if self._playback.order.may_send_piece(played.entry, position):
            return
        try:
            async with asyncio.timeout(self._patience):
                with self._progress.watch() as changed:
                    while not self._playback.order.may_send_piece(played.entry, position):
                        await changed.wait()
                        changed.clear()
        except TimeoutError:
            self._playback.release(played.entry)

    @property
    def _patience(self) -> float:
        """Seconds to wait for a guessed cause: half of the client's deadline, so that its own waits succeed."""
        return (_PATIENCE if self._deadline is None else self._deadline) / 2

    # ------------------------------------------------------------ sockets

    def _accepted(self, request: Request, opened: SocketPlayback) -> Accept:
        async def run(socket: Socket) -> None:
            try:
                with self._failures_noted(lambda: opened.label):  # masking a name takes longer than a turn
                    await SocketPlayer(socket, opened, self._socket_options(request, opened, socket)).run()
            finally:
                self._open.pop(opened, None)

        recorded = opened.response
        headers = tuple(each for each in opened.rendering.headers(recorded.headers) if each[0] not in _HANDSHAKE)
        self._open[opened] = None
        after = self._pace.seconds(recorded.after)
        return Accept(run=run, headers=headers, after=after, answers_close=True)

    def _note(self, play: SocketPlayback, problem: Problem) -> None:
        self._problems.append(problem)
        # A socket with a problem of its own does not also report its leftover lines.
        self._open.pop(play, None)

    def _socket_options(self, request: Request, play: SocketPlayback, socket: Socket) -> SocketOptions:
        return SocketOptions(
            pace=self._pace,
            deadline=self._deadline,
            note=partial(self._note, play),
            watch=self._progress.watch,
            began=request.at or socket.now(),
            is_alone=not self._playback.order.is_recorded,
            release=partial(self._release, play),
        )

    def _release(self, play: SocketPlayback) -> bool:
        return play.has_causes and play.entry is not None and self._playback.release(play.entry)

    # ------------------------------------------------------------ the session

    @contextlib.contextmanager
    def _failures_noted(self, where: Callable[[], str]) -> Generator[None]:
        try:
            yield
        except Exception as error:
            shown = self._playback.rules.mask.text(f"{type(error).__name__}: {error}")
            self._problems.append(ToolFailure(where=self._playback.rules.mask.text(where()), error=shown))
            raise


def _is_missed(found: Mismatch) -> bool:
    return found.problem.kind in _NOTHING_RECORDED

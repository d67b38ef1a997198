"""One accepted WebSocket, played: the shell around `SocketPlayback`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, cast

from fake_server.stage import Ended, Message, Socket
from harness.match.request import MessageKind, ParsedMessage
from harness.replay.answers import CLOSE_CODE, mismatch_reason
from harness.replay.pace import Pace
from harness.replay.problems import ClientHung, Problem, Trailing, Unplayed
from harness.replay.socket_playback import SocketPlayback
from harness.replay.tape import Piece, RecordedEnd

_SAID: Final[Mapping[int, MessageKind]] = {1: "text", 2: "binary"}
_LARGEST_WRITE: Final = 256 * 1024
PAIRING_GRACE: Final = 0.05
"""Seconds in which a client may show by a message which of several recorded sockets it is, before one is guessed."""

OVERTAKING_GRACE: Final = 1.0
"""Seconds in which the messages have to come that one overtook which came before them, and before the server's."""
_PATIENCE: Final = 5.0


class _Woken(Enum):
    """Why a wait ended without a message."""

    CHANGED = "something else happened, or it is time to send"
    LATE = "the time is up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """What a socket is played with.

    Attributes:
        pace: Of the server's lines.
        deadline: Seconds that the client may take for anything; None for as long as it likes.
        note: Takes a problem.
        watch: Makes an event that is set whenever something happens in the session; ends with its context.
        began: Real time of the upgrade request, on the socket's clock.
        alone: The session has no order of its own that could hold this socket's lines back.
        waits: Whether what clients do elsewhere can hold lines of this socket back.
        release: Goes on without what was waited for elsewhere; whether that changes anything.
    """

    pace: Pace
    deadline: float | None
    note: Callable[[Problem], None]
    watch: Callable[[], contextlib.AbstractContextManager[asyncio.Event]]
    began: float
    alone: bool
    waits: Callable[[], bool]
    release: Callable[[], bool]


class SocketPlayer:
    """Plays one socket to its end."""

    def __init__(self, socket: Socket, play: SocketPlayback, playing: Playing) -> None:
        self._socket = socket
        self._play = play
        self._with = playing
        self._heard: list[float] = []
        self._waiting_since: float | None = None
        self._receiving: asyncio.Task[Message | Ended] | None = None
        self._failed = False

    async def run(self) -> None:
        """Play until one side ends the connection; what is left of the recording is noted."""
        try:
            with self._with.watch() as changed:
                await self._converse(changed)
        finally:
            await self._stop_receiving()
            self._account()

    async def _converse(self, changed: asyncio.Event) -> None:
        while True:
            changed.clear()
            if not await self._answer_heartbeats():
                return
            count = self._play.available()
            wait = self._until_line(self._play.sent) if count else None
            if count and not wait:
                if not await self._send(self._play.take(self._due(count))):
                    return
                continue
            end = None if count else self._play.end_due()
            if end is not None:
                wait = self._until(end.gate - 1, end.line.time)
                if not wait:
                    await self._end(end)
                    return
            came = await self._next(wait, changed)
            if not await self._take_in(came):
                return

    async def _answer_heartbeats(self) -> bool:
        """Send what answers heartbeats; whether to go on."""
        replies, self._play.replies = self._play.replies, []
        waiting_since = self._waiting_since
        if replies and not await self._send(replies):
            return False
        if replies:
            self._waiting_since = waiting_since
        return True

    async def _take_in(self, came: Message | Ended | _Woken) -> bool:
        """Whether to go on."""
        if came is _Woken.LATE:
            return await self._late()
        if isinstance(came, Ended):
            return False
        if isinstance(came, Message) and came.opcode in _SAID:
            return await self._hear(ParsedMessage(_SAID[came.opcode], came.data))
        return True

    async def _hear(self, said: ParsedMessage) -> bool:
        matched = self._play.matched
        mismatch = self._play.feed(said)
        if mismatch is None:
            # A heartbeat is no sign that the client goes on: it renews nothing.
            if self._play.matched > matched:
                self._heard.append(self._socket.now())
                self._waiting_since = None
            return True
        await self._give_up(mismatch, mismatch_reason(mismatch.number))
        return False

    # ------------------------------------------------------------ sending

    def _until_line(self, k: int) -> float:
        gate = self._play.gate(k) if self._with.pace.factor is not None else None
        return self._until(-1 if gate is None else gate[0], self._play.line(k).time)

    def _until(self, number: int, time: int) -> float:
        """Seconds until something recorded at ``time``, after the client's message ``number``, is due; 0 for now."""
        if self._with.pace.factor is None:
            return 0.0
        tape = self._play.tape
        if number < 0:
            base, recorded = self._with.began, 0
        else:
            base, recorded = self._heard[number], tape.lines[tape.said_at[number]].time
        return max(0.0, base + self._with.pace.seconds(time - recorded) - self._socket.now())

    def _due(self, count: int) -> int:
        if self._with.pace.factor is None:
            return count
        start = self._play.sent
        due = 1
        while due < count and not self._until_line(start + due):
            due += 1
        return due

    async def _send(self, pieces: list[Piece]) -> bool:
        for piece in pieces:
            view = memoryview(piece)
            for start in range(0, len(view), _LARGEST_WRITE):
                try:
                    async with asyncio.timeout(self._with.deadline):
                        await self._socket.send_encoded(view[start : start + _LARGEST_WRITE])
                except TimeoutError:
                    self._hung("the client to read")
                    await self._stop_receiving()
                    await self._socket.abort("reset")
                    return False
        self._waiting_since = None
        return True

    async def _end(self, end: RecordedEnd) -> None:
        await self._stop_receiving()
        line = end.line
        if line.kind == "close":
            await self._socket.close(line.code, line.data.decode("utf-8", "replace"))
        else:
            await self._socket.abort(cast("Literal['eof', 'reset']", line.kind))

    # ------------------------------------------------------------ waiting

    async def _next(self, wait: float | None, changed: asyncio.Event) -> Message | Ended | _Woken:
        """The client's next message; or that it is time for something else.

        Args:
            wait: Seconds after which the server has something to do; None if it is the client's turn.
            changed: Set when the rest of the session has moved on.
        """
        patience = None if wait is not None else self._patience()
        alone = self._with.alone and self._play.is_decided and not self._with.waits()
        if wait is None and self._receiving is None and alone:
            try:
                async with asyncio.timeout(patience):
                    return await self._receive()
            except TimeoutError:
                return _Woken.LATE
        if self._receiving is None:
            self._receiving = asyncio.create_task(self._receive())
        others = [asyncio.create_task(self._changed(changed))]
        if wait is not None:
            others.append(asyncio.create_task(self._socket.sleep(wait)))
        try:
            done, _ = await asyncio.wait({self._receiving, *others}, timeout=patience, return_when="FIRST_COMPLETED")
        finally:
            await _cancelled(others)
        if self._receiving in done:
            came = self._receiving.result()
            self._receiving = None
            return came
        # The time may be up in the very moment in which something has happened: what it was up for is then out of date.
        return _Woken.CHANGED if done or changed.is_set() else _Woken.LATE

    async def _receive(self) -> Message | Ended:
        came = await self._socket.receive()
        assert came is not None, "only a limited wait has no result"
        return came

    @staticmethod
    async def _changed(changed: asyncio.Event) -> None:
        await changed.wait()

    def _patience(self) -> float | None:
        """Seconds that are left of the time the client has; pings do not renew it."""
        limit = self._limit()
        now = asyncio.get_running_loop().time()
        if self._waiting_since is None:
            self._waiting_since = now
        return None if limit is None else max(0.0, self._waiting_since + limit - now)

    def _limit(self) -> float | None:
        awaited = self._play.awaited()
        if awaited == "pairing":
            return PAIRING_GRACE
        deadline = self._with.deadline
        if awaited == "overtaken":
            return OVERTAKING_GRACE if deadline is None else min(deadline, OVERTAKING_GRACE)
        if awaited == "session" and self._with.alone:
            return (_PATIENCE if deadline is None else deadline) / 2
        return deadline

    async def _late(self) -> bool:
        """The client did nothing in time. Whether to go on."""
        awaited = self._play.awaited()
        if awaited == "pairing":
            self._play.guess()
            return True
        overdue = self._play.overdue()
        if overdue is not None:
            await self._give_up(overdue, mismatch_reason(overdue.number))
            return False
        if awaited == "session" and self._with.release():
            self._waiting_since = None
            return True
        if awaited == "end":
            await self._stop_receiving()
            await self._socket.close(1000)
            return False
        if awaited == "message":
            reason = f"wiretape: no message {self._play.matched + 1} in time"
            self._hung(self._play.expected())
        elif awaited == "cut":
            reason = "wiretape: the recording was cut here"
            self._hung("the client's end, where the recording was cut")
        else:
            reason = "wiretape: the session did not come this far in time"
            self._hung("what the session's order puts before the next line")
        await self._close(reason)
        return False

    def _hung(self, awaited: str) -> None:
        self._failed = True
        self._with.note(ClientHung(exchange=self._play.label, awaited=awaited, deadline=self._with.deadline or 0.0))

    # ------------------------------------------------------------ ending

    async def _give_up(self, problem: Problem, reason: str) -> None:
        self._failed = True
        self._with.note(problem)
        await self._close(reason)

    async def _close(self, reason: str) -> None:
        await self._stop_receiving()
        await self._socket.close(CLOSE_CODE, reason)

    async def _stop_receiving(self) -> None:
        task, self._receiving = self._receiving, None
        if task is not None:
            await _cancelled([task])

    def _account(self) -> None:
        left = self._play.finish()
        if self._failed:
            return
        taken = self._play.taken()
        if taken is not None:
            self._with.note(taken)
        if left is None:
            return
        for problem in remainders(self._play):
            self._with.note(problem)


def remainders(play: SocketPlayback) -> list[Problem]:
    """What is left of a socket's recording, as problems."""
    left = play.leftovers()
    found: list[Problem] = []
    if left.unsent or left.unsaid:
        first = play.shown(left.first)
        found.append(Unplayed(exchange=play.label, unsent=left.unsent, unsaid=left.unsaid, first=first, begun=True))
    if left.trailing:
        found.append(Trailing(exchange=play.label, unsent=left.trailing, first=play.shown(left.first_trailing)))
    return found


async def _cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

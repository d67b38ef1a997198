"""One accepted WebSocket, played: the shell around `SocketPlayback`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, cast

from fake_server.stage import Ended, Message, Socket
from harness.cassette.model import Line
from harness.match.request import MessageKind, ParsedMessage
from harness.replay.pace import Pace
from harness.replay.problems import ClientHung, Problem
from harness.replay.responses import CLOSE_CODE, mismatch_reason
from harness.replay.socket_playback import SocketPlayback
from harness.replay.socket_schedule import SocketSchedule
from harness.replay.tape import Piece

_KINDS: Final[Mapping[int, MessageKind]] = {1: "text", 2: "binary"}
_LARGEST_WRITE: Final = 256 * 1024
PAIRING_GRACE: Final = 0.05
"""Seconds that the player waits for a message that tells candidates apart, before it guesses one."""
OVERTAKING_GRACE: Final = 1.0
"""Seconds that the player waits for messages that a later one overtook."""
_PATIENCE: Final = 5.0
"""Seconds; half of it is the wait for other exchanges where the client has no deadline."""


class _Woken(Enum):
    """Why a wait ended without a message."""

    CHANGED = "the session moved on, or a line is due"
    LATE = "the client did nothing in time"


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketOptions:
    """How a socket is played.

    Attributes:
        pace: Of the server's lines.
        deadline: Seconds that the client may take for anything; None for no limit.
        note: Called with each problem.
        watch: Makes an event that is set whenever something happens in the session; ends with its context.
        began: Time of the upgrade request in seconds, on the socket's clock.
        is_alone: Whether no recorded order of the session can hold this socket's lines back.
        release: Lets the socket wait no longer for other exchanges; returns whether that changes anything.
    """

    pace: Pace
    deadline: float | None
    note: Callable[[Problem], None]
    watch: Callable[[], contextlib.AbstractContextManager[asyncio.Event]]
    began: float
    is_alone: bool
    release: Callable[[], bool]


class SocketPlayer:
    """Plays one socket to its end.

    Args:
        socket: The client's connection.
        play: What to send and expect.
        options: How to play it.
    """

    def __init__(self, socket: Socket, play: SocketPlayback, options: SocketOptions) -> None:
        self._socket = socket
        self._play = play
        self._with = options
        self._schedule = SocketSchedule(play, options.pace, options.began, socket.now)
        self._waiting_since: float | None = None
        self._receiving: asyncio.Task[Message | Ended] | None = None
        self._failed = False

    async def run(self) -> None:
        """Play until one side ends the connection; then note the problems of what was not played."""
        try:
            with self._with.watch() as changed:
                await self._converse(changed)
        finally:
            await self._stop_receiving()
            self._note_leftovers()

    async def _converse(self, changed: asyncio.Event) -> None:
        while True:
            changed.clear()
            if not await self._reply_to_heartbeats():
                return
            count = self._play.available()
            wait = self._schedule.until_line(self._play.sent) if count else None
            if count and not wait:
                if not await self._send(self._play.take(self._schedule.due(count))):
                    return
                continue
            end = None if count else self._play.end_due()
            if end is not None:
                wait = self._schedule.until(end.gate - 1, end.line.time)
                if not wait:
                    await self._end(end.line)
                    return
            came = await self._next(wait, changed)
            if not await self._take_in(came):
                return

    async def _reply_to_heartbeats(self) -> bool:
        """Send the replies to heartbeats; returns whether the socket is still open."""
        replies = self._play.take_replies()
        waiting_since = self._waiting_since
        if replies and not await self._send(replies):
            return False
        if replies:
            self._waiting_since = waiting_since
        return True

    async def _take_in(self, came: Message | Ended | _Woken) -> bool:
        """Handle a message, an end or a timeout that ended a wait; returns whether to continue playing."""
        if came is _Woken.LATE:
            return await self._late()
        if isinstance(came, Ended):
            if came.how == "close":
                await self._say_farewell()
            return False
        if isinstance(came, Message) and came.opcode in _KINDS:
            for packet in self._play.packets(_KINDS[came.opcode], came.data):
                if not await self._feed(packet):
                    return False
        return True

    async def _feed(self, message: ParsedMessage) -> bool:
        matched = self._play.matched
        mismatch = self._play.feed(message)
        if mismatch is None:
            # A timer sends heartbeats even when the client hangs: they do not extend its deadline.
            if self._play.matched > matched:
                self._schedule.message_received()
                self._waiting_since = None
            return True
        await self._give_up(mismatch, mismatch_reason(mismatch.number))
        return False

    # ------------------------------------------------------------ sending

    async def _send(self, pieces: list[Piece]) -> bool:
        for piece in pieces:
            for start in range(0, len(piece), _LARGEST_WRITE):
                try:
                    async with asyncio.timeout(self._with.deadline):
                        await self._socket.send_encoded(memoryview(piece)[start : start + _LARGEST_WRITE])
                except TimeoutError:
                    self._hung("the client to read")
                    await self._stop_receiving()
                    await self._socket.abort("reset")
                    return False
        self._waiting_since = None
        return True

    async def _say_farewell(self) -> None:
        """Answer the client's close frame as recorded; without a recorded answer the local server answers it."""
        pieces, end = self._play.take_farewell()
        if await self._send(pieces) and end is not None:
            await self._end(end)

    async def _end(self, line: Line) -> None:
        await self._stop_receiving()
        if line.kind == "close":
            await self._socket.close(line.code, line.data.decode("utf-8", "replace"))
        else:
            await self._socket.abort(cast("Literal['eof', 'reset']", line.kind))

    # ------------------------------------------------------------ waiting

    async def _next(self, wait: float | None, changed: asyncio.Event) -> Message | Ended | _Woken:
        """The client's next message, or why the wait ended without one.

        Args:
            wait: Seconds after which the next line or end is due; None if it is the client's turn.
            changed: Set when the session moves on.
        """
        patience = None if wait is not None else self._patience()
        alone = self._with.is_alone and self._play.is_decided and not self._play.has_causes
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
        # The session may move on in the moment the time is up: then the reason for the wait is gone.
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
        if awaited == "session" and self._with.is_alone:
            return (_PATIENCE if deadline is None else deadline) / 2
        return deadline

    async def _late(self) -> bool:
        """Handle a client that sent nothing in time; returns whether to continue playing."""
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
            self._hung("what comes before the next line in the recorded order")
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

    def _note_leftovers(self) -> None:
        left = self._play.finish()
        if self._failed:
            return
        taken = self._play.taken()
        if taken is not None:
            self._with.note(taken)
        for problem in self._play.left_over() if left is not None else ():
            self._with.note(problem)


async def _cancelled(tasks: Iterable[asyncio.Task[Any]]) -> None:
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

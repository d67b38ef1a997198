"""A recorded exchange as the answer of the player; and what a client is sent that nothing recorded answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from fake_server.stage import Answer, BrokenBodyError, Drop, Request, Response, Stall
from harness.cassette.model import Aborted, Call, Line, ResponsePart
from harness.match.mask import escaped
from harness.replay.entries import ReplayEntry
from harness.replay.pace import Pace
from harness.replay.played import Played
from harness.replay.problems import Miss, NoCassetteFound, Problem
from harness.replay.rendering import Rendering, is_text
from harness.replay.report import Report

_PATIENCE = 5.0
_PIECES = frozenset({"text", "binary"})
_BODILESS = frozenset({204, 304})


Until: TypeAlias = Callable[[int], Awaitable[None]]
"""Waits until a line of a stream, by its number, may leave."""


def recorded_response(played: Played, pace: Pace, deadline: float | None, until: Until) -> Response | Drop | Stall:
    """What the recorded server did: a response, or the way in which it gave none."""
    exchange = played.exchange
    if exchange.response is None:
        return _no_answer(exchange.aborted or Aborted(by="server"), pace)
    is_head = isinstance(exchange, Call) and exchange.method == "HEAD"
    return _response(played, exchange.response, pace, deadline, until, is_head=is_head)


def _no_answer(aborted: Aborted, pace: Pace) -> Drop | Stall:
    # Where the client lost patience, or the recorder did, the server was silent.
    if aborted.by != "server" or aborted.how == "timeout":
        return Stall()
    return Drop(how=aborted.how, after=pace.seconds(aborted.after))


def _response(
    played: Played,
    recorded: ResponsePart,
    pace: Pace,
    deadline: float | None,
    until: Until,
    *,
    is_head: bool,
) -> Response:
    rendering = played.rendering
    bodiless = is_head or recorded.status in _BODILESS
    headers = rendering.headers(recorded.headers, coded=recorded.decoded is None, bodiless=bodiless)
    content_type = next((value for name, value in recorded.headers if name == "content-type"), None)
    if recorded.stream is not None:
        pieces = [line.data for line in recorded.stream if line.kind in _PIECES]
        text = is_text(content_type, b"".join(pieces))
        body = _chunks(played, rendering if text else None, pace, deadline, until)
    else:
        body = recorded.body.data
        if is_text(content_type, body):
            body = rendering.body(body)
    return Response(
        status=recorded.status,
        headers=headers,
        body=body,
        reason=recorded.reason,
        trailers=rendering.headers(recorded.trailers),
        after=pace.seconds(recorded.after),
    )


async def _chunks(
    played: Played, rendering: Rendering | None, pace: Pace, deadline: float | None, until: Until
) -> AsyncIterator[bytes]:
    """The chunks of a streamed body, each at its time after the request; a broken end as recorded.

    Which recorded stream it is may change while it is played: another one that was the same so far.
    """
    clock = asyncio.get_running_loop().time
    began = clock()
    number = 0
    pieces = _Pieces(rendering)
    while True:
        await until(number)
        response = played.exchange.response
        lines = response.stream if response is not None else None
        if response is None or lines is None or number >= len(lines):
            return
        line = lines[number]
        wait = began + pace.seconds(line.time - response.after) - clock()
        if wait > 0:
            await asyncio.sleep(wait)
        if line.kind not in _PIECES:
            if line.direction != "<":
                # The client left, or the recording ended first: it is not made to wait for more than it takes.
                await asyncio.sleep(_PATIENCE if deadline is None else deadline)
            raise BrokenBodyError("reset" if line.kind == "reset" else "eof")
        # Where an origin lies across pieces, the first of them has all of it: nothing may be left of the next.
        if piece := pieces.at(played.entry, lines, number):
            yield piece
        number += 1


class _Pieces:
    """The pieces of streamed bodies as they are to be sent."""

    def __init__(self, rendering: Rendering | None) -> None:
        self._rendering = rendering
        self._rendered: dict[int, list[bytes]] = {}

    def at(self, entry: ReplayEntry, lines: Sequence[Line], number: int) -> bytes:
        """Piece of that number of a stream, with this session's values."""
        rendering = self._rendering
        if rendering is None:
            return lines[number].data
        if entry.index not in self._rendered:
            self._rendered[entry.index] = rendering.pieces([line.data for line in lines if line.kind in _PIECES])
        rendering.issue(lines[number].data)
        # What is no piece is an end, and stands last.
        return rendering.substituted(self._rendered[entry.index][number])


CLOSE_CODE: Final = 4004
"""Closes a socket on which the client did not do what was recorded."""
ERROR_HEADER: Final = "x-wiretape-error"


def refusal(problem: Miss) -> Response:
    """501: not one of the statuses that clients retry."""
    body = {"wiretape": {"error": problem.kind, **asdict(problem, dict_factory=_shown)}}
    headers = (("content-type", "application/json"), ("cache-control", "no-store"), (ERROR_HEADER, problem.kind))
    return Response(status=501, headers=headers, body=json.dumps(body, indent=1).encode())


def _shown(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    # What the player only needs to know for its hint says nothing to a client.
    return {name: value for name, value in fields if name != "may_vary"}


def mismatch_reason(number: int) -> str:
    """The reason of a close after the client's message of that number."""
    return f"wiretape: mismatch at message {number}"


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

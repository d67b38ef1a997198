"""The responses of the player: recorded ones, and refusals of requests that match nothing recorded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any, Final, NoReturn, TypeAlias

from fake_server.stage import Answer, BrokenBodyError, Drop, Request, Response, Stall
from harness.cassette.model import Aborted, Call, Line, ResponsePart
from harness.cassette.payloads import LARGEST_IN_MEMORY, Payload, StoredBody
from harness.match.mask import escaped
from harness.replay.entries import ReplayEntry
from harness.replay.pace import Pace
from harness.replay.played import Played
from harness.replay.problems import Miss, NoCassetteFound, Problem
from harness.replay.rendering import Rendering, is_text
from harness.replay.report import Report

_PATIENCE = 5.0
_FROM_DISK: Final = 256 * 1024
_PIECES = frozenset({"text", "binary"})
_BODILESS = frozenset({204, 304})


Until: TypeAlias = Callable[[int], Awaitable[None]]
"""Waits until a line of a stream, given its number, may be sent."""


def recorded_response(played: Played, pace: Pace, deadline: float | None, until: Until) -> Response | Drop | Stall:
    """The recorded response, or the recorded way in which the connection ended without one."""
    exchange = played.exchange
    if exchange.response is None:
        return _no_answer(exchange.aborted or Aborted(by="server"), pace)
    is_head = isinstance(exchange, Call) and exchange.method == "HEAD"
    return _response(played, exchange.response, pace, deadline, until, is_head=is_head)


def _no_answer(aborted: Aborted, pace: Pace) -> Drop | Stall:
    # Where the client or the recorder gave up waiting, the server had not responded.
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
        body = _chunks(played, _Pieces(rendering, is_text=text), pace, deadline, until)
    elif isinstance(recorded.body, StoredBody) and recorded.body.payload.size > LARGEST_IN_MEMORY:
        body = _from_disk(recorded.body.payload)
        if not bodiless and recorded.aborted is None:
            headers = (*headers, ("content-length", str(recorded.body.payload.size)))
    else:
        body = recorded.body.data
        body = rendering.body(body) if is_text(content_type, body) else rendering.binary(body)
    if played.stays_open:
        body = _held_open(deadline)
    if recorded.aborted is not None and not bodiless:
        body = _broken_off(body, recorded.aborted, deadline)
    return Response(
        status=recorded.status,
        headers=headers,
        body=body,
        reason=recorded.reason,
        trailers=rendering.headers(recorded.trailers),
        after=pace.seconds(recorded.after),
    )


async def _from_disk(payload: Payload) -> AsyncIterator[bytes]:
    """A body that is too large for memory, as it was recorded: no value in it is replaced."""
    for piece in payload.pieces(_FROM_DISK):
        yield piece


async def _held_open(deadline: float | None) -> AsyncIterator[bytes]:
    """A stream of events to which a client came back that has none: it would come back at once, again and again."""
    await asyncio.sleep(_PATIENCE if deadline is None else deadline)
    yield b""


async def _broken_off(
    body: bytes | AsyncIterator[bytes], aborted: Aborted, deadline: float | None
) -> AsyncIterator[bytes]:
    """A body that broke off behind what was recorded of it."""
    if isinstance(body, bytes):
        yield body
    else:
        async for piece in body:
            yield piece
    await _break_off(deadline, by_server=aborted.by == "server", how=aborted.how)


async def _break_off(deadline: float | None, *, by_server: bool, how: str) -> NoReturn:
    """End a body in the middle, as recorded."""
    if not by_server:
        # The client left, or the recording ended first: stall no longer than the client waits.
        await asyncio.sleep(_PATIENCE if deadline is None else deadline)
    raise BrokenBodyError("reset" if how == "reset" else "eof")


async def _chunks(
    played: Played, pieces: _Pieces, pace: Pace, deadline: float | None, until: Until
) -> AsyncIterator[bytes]:
    """The chunks of a streamed body, each at its recorded time after the response; a broken end as recorded.

    A stream that goes on behind an event counts from that event's time.

    Another recorded stream that was the same so far may take its place while it is played.
    """
    clock = asyncio.get_running_loop().time
    began = clock()
    number = played.start
    while True:
        await until(number)
        response = played.exchange.response
        lines = response.stream if response is not None else None
        if response is None or lines is None or number >= len(lines):
            return
        line = lines[number]
        since = lines[played.start - 1].time if played.start else response.after
        wait = began + pace.seconds(line.time - since) - clock()
        if wait > 0:
            await asyncio.sleep(wait)
        if line.kind not in _PIECES:
            await _break_off(deadline, by_server=line.direction == "<", how=line.kind)
        # An origin that is split between pieces is moved into the first: the next piece may be empty.
        if piece := pieces.at(played.entry, lines, number):
            yield piece
        number += 1


class _Pieces:
    """Renders the pieces of streamed bodies with this session's values, when each is sent."""

    def __init__(self, rendering: Rendering, *, is_text: bool) -> None:
        self._rendering = rendering
        self._is_text = is_text
        self._rendered: dict[int, list[bytes]] = {}

    def at(self, entry: ReplayEntry, lines: Sequence[Line], number: int) -> bytes:
        """Piece ``number`` of a stream, with this session's values."""
        rendering = self._rendering
        if not self._is_text:
            return rendering.binary(lines[number].data)
        if entry.index not in self._rendered:
            self._rendered[entry.index] = rendering.pieces([line.data for line in lines if line.kind in _PIECES])
        rendering.issue(lines[number].data)
        # Only the last line may be an end, rather than a piece.
        return rendering.substituted(self._rendered[entry.index][number])


CLOSE_CODE: Final = 4004
"""The close code for a socket whose client deviates from the recording."""
ERROR_HEADER: Final = "x-wiretape-error"


def refusal(problem: Miss) -> Response:
    """The response to a request that matches nothing: status 501, which clients do not retry."""
    body = {"wiretape": {"error": problem.kind, **asdict(problem, dict_factory=_shown)}}
    headers = (("content-type", "application/json"), ("cache-control", "no-store"), (ERROR_HEADER, problem.kind))
    return Response(status=501, headers=headers, body=json.dumps(body, indent=1).encode())


def _shown(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    # The player needs this field for its hint only.
    return {name: value for name, value in fields if name != "may_vary"}


def mismatch_reason(number: int) -> str:
    """The reason of the close frame after a mismatch at the client's message of that number."""
    return f"wiretape: mismatch at message {number}"


class NoCassette:
    """Refuses every request with status 501, of kind ``no-cassette``, and notes it.

    Args:
        path: Of the missing file, as reports show it.
    """

    def __init__(self, path: str) -> None:
        self._path = escaped(path)
        self._problems: list[Problem] = []

    async def handle(self, request: Request) -> Answer:
        """Refuse the request."""
        # Without the query: no profile shows here where its secrets are.
        name = f"{'socket' if request.upgrade else escaped(request.method)[:40]} {escaped(request.path)[:300]}"
        problem = NoCassetteFound(request=name, path=self._path, hint="Record it, or correct its name")
        self._problems.append(problem)
        return refusal(problem)

    async def close(self) -> None:
        """Do nothing: this stage holds no resources."""

    def report(self) -> Report:
        """A report that lists each refused request as a problem of kind ``no-cassette``."""
        return Report(problems=tuple(self._problems))

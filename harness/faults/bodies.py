"""Streamed responses under faults: the body's events pass a `FaultySequence` on their way to the client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence

from fake_server.stage import BrokenBodyError
from harness.faults.acts import Act, EndConnection, Finish, Put, Repeat, Sleep, StayOpen, Write
from harness.faults.event_faults import EventSplitter
from harness.faults.plan import ArmedRule
from harness.faults.sequence import FaultySequence


class _CleanEndError(Exception):
    """A fault ends the body here, and the client sees a proper end."""


async def chunks(body: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield a body's chunks; a body that is given as bytes is one chunk."""
    if isinstance(body, bytes):
        if body:
            yield body
        return
    try:
        async for chunk in body:
            yield chunk
    finally:
        close = getattr(body, "aclose", None)
        if close is not None:
            await close()


async def faulty_body(
    body: bytes | AsyncIterable[bytes], splitter: EventSplitter, sequence: FaultySequence[bytes]
) -> AsyncIterator[bytes]:
    """The body as the client gets it.

    Raises:
        BrokenBodyError: A fault ends the connection.
    """
    source = chunks(body)
    try:
        async for chunk in _carried_out(sequence.begin()):
            yield chunk
        async for event in _events(source, splitter, sequence):
            async for chunk in _carried_out(event):
                yield chunk
        async for chunk in _carried_out(sequence.finish()):
            yield chunk
    except _CleanEndError:
        return
    finally:
        await source.aclose()  # pyright: ignore[reportAttributeAccessIssue]  # an async generator


async def _events(
    source: AsyncIterator[bytes], splitter: EventSplitter, sequence: FaultySequence[bytes]
) -> AsyncIterator[Sequence[Act[bytes]]]:
    """Yield the acts that faults put in the place of each event of a body, and those of timed rules at their time."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    timed = sorted(sequence.timed, key=lambda each: each.rule.where.seconds or 0.0)
    coming: asyncio.Task[bytes | None] | None = None
    try:
        while True:
            left = _left(timed[0] if timed else None, started, loop.time())
            coming = coming or loop.create_task(_next(source))
            if left is None or left > 0:
                await asyncio.wait({coming}, timeout=left)
            if left == 0 or not coming.done():
                yield sequence.strike(timed.pop(0))
                continue
            chunk, coming = coming.result(), None
            for event in splitter.rest() if chunk is None else splitter.feed(chunk):
                yield sequence.push(event)
            if chunk is None:
                return
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.wait({coming})


def _left(armed: ArmedRule | None, started: float, now: float) -> float | None:
    return None if armed is None else max(0.0, started + (armed.rule.where.seconds or 0.0) - now)


async def _next(source: AsyncIterator[bytes]) -> bytes | None:
    return await anext(source, None)


async def _carried_out(acts: Sequence[Act[bytes]]) -> AsyncIterator[bytes]:
    for act in acts:
        match act:
            case Put():
                yield act.item
            case Write():
                yield act.data
            case Sleep():
                await asyncio.sleep(act.seconds)
            case EndConnection():
                raise BrokenBodyError(act.how)
            case Finish():
                raise _CleanEndError
            case StayOpen():
                await asyncio.Event().wait()
            case Repeat():
                while True:
                    yield act.data
                    await asyncio.sleep(act.every)

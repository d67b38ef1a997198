"""`starting_at`: a cassette whose feeds begin at a later time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from harness.cassette.model import Cassette, Exchange, Line, ResponsePart, SocketExchange
from harness.errors import HarnessError
from harness.profile import ServiceProfile
from harness.replay.heartbeats import find_heartbeats
from harness.replay.socket_reading import SocketReading

_TIME: Final = re.compile(r"(?:(?:([0-9]{1,6}):)?([0-9]{1,6}):)?([0-9]{1,9}(?:\.[0-9]{1,6})?)")
_MESSAGES: Final = frozenset({"text", "binary"})


class StartTimeError(HarnessError):
    """The text is no time, or no feed of the cassette lasts until then."""


def parse_time(text: str) -> int:
    """Microseconds of ``SECONDS``, ``MINUTES:SECONDS`` or ``HOURS:MINUTES:SECONDS``.

    Raises:
        StartTimeError: The text is none of these.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise StartTimeError(f"--from takes seconds, or a time such as 1:30:00, not {text[:40]!r}")
    hours, minutes, seconds = (float(each or 0) for each in found.groups())
    return round((hours * 3600 + minutes * 60 + seconds) * 1_000_000)


def starting_at(cassette: Cassette, time: int, profile: ServiceProfile) -> Cassette:
    """The cassette without what its feeds brought before a time.

    A feed is a socket, or a stream in response to a GET. One that had ended is left out. Of one that was open, what was
    sent up to the client's last message (heartbeats apart) stays, and the service's first message after it, all without
    pauses; then follows what came from that time on. All other exchanges stay.

    Args:
        cassette: The recording.
        time: Microseconds since the session began, as ``wiretape show`` prints times.
        profile: Of the service; it may name heartbeats.

    Raises:
        StartTimeError: No feed lasts until that time.
    """
    kept: list[Exchange] = []
    last = -1
    for exchange in cassette.exchanges:
        end = _end_of(exchange)
        last = max(last, -1 if end is None else end)
        if end is None or exchange.at >= time:
            kept.append(exchange)
        elif end >= time:
            kept.append(_shortened(exchange, time - exchange.at, profile))
    if last < time:
        why = (
            "it has no socket and no streamed response"
            if last < 0
            else f"its last socket or stream ends at {last / 1e6:.6f} s"
        )
        raise StartTimeError(f"--from {time / 1e6:g}: no exchange of the cassette is left to replay, as {why}")
    return msgspec.structs.replace(cassette, exchanges=tuple(kept))


def _end_of(exchange: Exchange) -> int | None:
    """When a feed ended, or its last line came; None for an exchange that is no feed."""
    lines = exchange.messages if isinstance(exchange, SocketExchange) else _stream_of(exchange)
    return exchange.at + lines[-1].time if lines else None


def _stream_of(exchange: Exchange) -> Sequence[Line]:
    if isinstance(exchange, SocketExchange) or exchange.method != "GET" or exchange.response is None:
        return ()
    return exchange.response.stream or ()


def _shortened(exchange: Exchange, time: int, profile: ServiceProfile) -> Exchange:
    response = exchange.response
    assert response is not None  # a feed has one
    if isinstance(exchange, SocketExchange):
        beats = find_heartbeats(exchange.messages, SocketReading.of(profile).look(exchange.target)).lines
        return msgspec.structs.replace(exchange, messages=tuple(_from(exchange.messages, time, response, beats)))
    stream = tuple(_from(response.stream or (), time, response, frozenset()))
    return msgspec.structs.replace(exchange, response=msgspec.structs.replace(response, stream=stream))


def _from(lines: Sequence[Line], time: int, response: ResponsePart, beats: AbstractSet[int]) -> Iterator[Line]:
    before = [line for line in lines if line.time < time]
    asked = max((n for n, line in enumerate(before) if line.direction == ">" and _counts(line, beats)), default=-1)
    reply = next(
        (n for n, line in enumerate(before) if n > asked and line.direction == "<" and _counts(line, beats)), asked
    )
    for number, line in enumerate(before):
        if number <= asked or number == reply:
            yield msgspec.structs.replace(line, time=response.after)
    for line in lines[len(before) :]:
        yield msgspec.structs.replace(line, time=response.after + line.time - time)


def _counts(line: Line, beats: AbstractSet[int]) -> bool:
    return line.kind in _MESSAGES and id(line) not in beats

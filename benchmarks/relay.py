"""The recording relay beside the direct connection and beside mitmproxy's recorder, in front of the same service."""

from __future__ import annotations

import socket
import statistics
from collections.abc import Callable
from contextlib import ExitStack

from benchmarks.mitmproxy import is_there, mitmproxy, port_of
from benchmarks.processes import asked, process
from benchmarks.relay_service import chat, record, small_call, upstream
from benchmarks.rounds import ROUNDS, Result, measure
from benchmarks.rows import Row, median
from harness.record.options import RecordingOptions

COUNT = 5_000
"""Messages of one answer, when messages a second are counted."""
CALLS = 40
"""Answers of which the median is one figure, when a first message or a call is timed."""
_DIRECT, _RELAY, _DURABLE, _PEER = "direct", "relay", "relay --durable", "mitmproxy"


def _messages_a_second(url: str) -> float:
    with chat(url, COUNT) as ask:
        return COUNT / ask()[1]


def _first_message(url: str) -> float:
    with chat(url, 3) as ask:
        return statistics.median(ask()[0] for _ in range(CALLS)) * 1e3


def _call(url: str) -> float:
    with socket.create_connection(("127.0.0.1", port_of(url)), timeout=60) as connection:
        return statistics.median(small_call(connection, f"127.0.0.1:{port_of(url)}") for _ in range(CALLS)) * 1e3


def rows(rounds: int = ROUNDS) -> list[Row]:
    with ExitStack() as stack:
        direct, _ = stack.enter_context(process(upstream))
        plain, pipe = stack.enter_context(process(record, direct, RecordingOptions()))
        durable, _ = stack.enter_context(process(record, direct, RecordingOptions(durable=True)))
        urls = {_DIRECT: direct, _RELAY: plain, _DURABLE: durable}
        if is_there():
            urls[_PEER] = stack.enter_context(mitmproxy(direct)).url

        def timed(act: Callable[[str], float]) -> dict[str, Result]:
            return measure({name: lambda url=url: act(url) for name, url in urls.items()}, rounds)

        before = asked(pipe)[1]
        speed = timed(_messages_a_second)
        spent = (asked(pipe)[1] - before) / (COUNT * (rounds + 1)) * 1e6
        first, call = timed(_first_message), timed(_call)
    return [*_streams(speed, spent), *_waits(first, call)]


def _peer(results: dict[str, Result]) -> tuple[str, float] | None:
    return median(results, _PEER) if _PEER in results else None


def _streams(speed: dict[str, Result], spent: float) -> list[Row]:
    return [
        Row(
            key="relay.messages", what=f"{COUNT} messages of 90 bytes in a burst", unit="/s", better="more",
            ours=speed[_RELAY].median, peer=_peer(speed), limit=median(speed, _DIRECT), goal=15,
            means="A recording keeps up with any service; Copilot sends some tens of messages a second.",
        ),
        Row(
            key="relay.cpu", what="the recorder's CPU for one of them", unit="µs", ours=spent, goal=25,
            means="You can record a load test without a second machine.",
        ),
        Row(
            key="relay.durable", what="the same burst with --durable", unit="/s", better="more",
            ours=speed[_DURABLE].median, peer=median(speed, _RELAY), goal=0.6,
            means="A recording that survives a power cut costs little in a burst.",
        ),
    ]  # fmt: skip


def _waits(first: dict[str, Result], call: dict[str, Result]) -> list[Row]:
    return [
        Row(
            key="relay.first-message", what="from a message to the first of its answer", unit="ms",
            ours=first[_RELAY].median, peer=_peer(first), limit=median(first, _DIRECT), goal=0.55,
            means="What a user waits longer for the first word while you record.",
        ),
        Row(
            key="relay.call", what="a small REST call on an open connection", unit="ms",
            ours=call[_RELAY].median, peer=_peer(call), limit=median(call, _DIRECT), goal=0.6,
            means="What each call of a test takes longer while you record it.",
        ),
    ]  # fmt: skip

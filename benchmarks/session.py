"""A session of 201 MiB: how long its cassette takes to write, and the memory of the recorder."""

from __future__ import annotations

import urllib.request

from benchmarks.processes import DEADLINE, asked, process
from benchmarks.relay_service import chat, record, upstream, wanted
from benchmarks.rounds import ROUNDS
from benchmarks.rows import Row
from benchmarks.service import message
from harness.record.options import RecordingOptions

_MIB = 1 << 20
SESSION = (("json", 36), ("png", 10), ("messages", 16))
"""So many times 4 MiB of JSON and of pictures, and so many MiB of messages."""


def _play(url: str) -> float:
    """The session; MiB that came."""
    received = 0
    for kind, times in SESSION:
        for number in range(times):
            if kind == "messages":
                count = _MIB // len(message(0))
                with chat(url, count) as ask:
                    ask()
                received += wanted(count)
                continue
            with urllib.request.urlopen(f"{url}/body/{number}?{kind}=1", timeout=DEADLINE) as answer:
                received += len(answer.read())
    return received / _MIB


def rows(rounds: int = ROUNDS) -> list[Row]:  # noqa: ARG001  # once: it takes half a minute
    with process(upstream) as (service, _), process(record, service, RecordingOptions()) as (url, pipe):
        received = _play(url)
        during = asked(pipe)[0]
        pipe.send(False)
        if not pipe.poll(DEADLINE):
            raise RuntimeError("the cassette was not written in time")
        after, writing = pipe.recv()
    return [
        Row(
            key="session.write", what=f"writing the cassette of a session of {received:.0f} MiB", unit="s",
            ours=writing, goal=6, means="How long you wait after Ctrl-C at the end of a day's recording.",
        ),
        Row(
            key="session.memory-recording", what="peak memory while the session is recorded", unit="MiB",
            ours=during, goal=120, means="A recording may last as long as you like.",
        ),
        Row(
            key="session.memory-writing", what="peak memory until its cassette is written", unit="MiB",
            ours=after, goal=120, means="A small container is enough, also at the end.",
        ),
    ]  # fmt: skip

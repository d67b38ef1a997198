"""What one session took: the times of its responses, of its turns, and between their pieces.

| measure | from | to |
|---|---|---|
| ``open`` | the upgrade | the 101 |
| ``first byte`` | a request | the head of its response |
| ``response`` | a request | the end of its response |
| ``first token`` | a message of the client, or the request of a stream | the first piece of the answer |
| ``gap`` | a piece of an answer | the next one |
| ``turn`` | a message of the client | the last message before its next one |
| ``session`` | its first request | its last message |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from harness.cassette.model import Call, Line
from harness.compare.shape import shape
from harness.play.client_session import ClientSession
from harness.play.observed import ObservedExchange
from harness.play.play import PreparedClient
from harness.profile import ServiceProfile
from harness.replay.socket_reading import SocketReading

MEASURES = ("first token", "gap", "turn", "response", "first byte", "open", "session")
"""In the order of reports."""


class SessionTimes(NamedTuple):
    """One session.

    Attributes:
        samples: Measure, exchange and microseconds.
        failures: What went wrong; empty if the session went as recorded.
    """

    samples: list[tuple[str, str, int]]
    failures: list[str]


class LoadLabels:
    """The names of a cassette's exchanges in reports: method and path without ids, alike for all sessions.

    Args:
        client: The client.
    """

    def __init__(self, client: PreparedClient) -> None:
        self.profile = client.profile
        self._labels = [shape(each.exchange, client.profile).label for each in client.script.exchanges]

    def times(self, session: ClientSession) -> SessionTimes:
        """The measured times of a session that has ended, and its failures."""
        samples: list[tuple[str, str, int]] = []
        failures: list[str] = [f"{self._labels[each.exchange]}: no {each.name}" for each in session.missed]
        last = 0
        for observed, label in zip(session.exchanges, self._labels, strict=True):
            if observed.at is None:
                continue
            failures += (f"{label}: {text}" for text in _failures(observed))
            for measure, microseconds in _samples(observed, self.profile):
                samples.append((measure, label, microseconds))
            last = max(last, *_ends(observed))
        if session.is_cut:
            failures.append("the session took too long")
        samples.append(("session", "all", last))
        return SessionTimes(samples, failures)


def _failures(observed: ObservedExchange) -> Iterator[str]:
    recorded = observed.scripted.exchange.response
    if observed.failure and not (recorded is None and not observed.status):
        yield observed.failure
    elif recorded is not None and observed.status and observed.status != recorded.status:
        yield f"status {observed.status} instead of {recorded.status}"


def _ends(observed: ObservedExchange) -> tuple[int, ...]:
    pieces = observed.pieces[-1][0] if observed.pieces else 0
    spoken = [line.time for line in observed.lines if line.direction == "<"]
    return observed.after, pieces, spoken[-1] if spoken else 0


def _samples(observed: ObservedExchange, profile: ServiceProfile) -> Iterator[tuple[str, int]]:
    at = observed.at or 0
    if not observed.status:
        return
    exchange = observed.scripted.exchange
    if not isinstance(exchange, Call) and observed.status == 101:
        yield "open", observed.after - at
        yield from turns(observed.lines, profile, exchange.target)
        return
    yield "first byte", observed.after - at
    times = [time for time, _ in observed.pieces]
    yield "response", max([observed.after, *times]) - at
    if exchange.response is not None and exchange.response.stream is not None and times:
        yield "first token", times[0] - at
        yield from (("gap", after - before) for before, after in pairwise(times))


def turns(lines: Sequence[Line], profile: ServiceProfile, target: str = "") -> Iterator[tuple[str, int]]:
    """Yield the times of the turns on a socket, each as the name of its measure and microseconds.

    Args:
        lines: The messages of the socket, both ways, with their times.
        profile: Of the service; it may name the events that hold the pieces of a text.
        target: Of the upgrade.
    """
    look = SocketReading.of(profile).look(target)
    asked: int | None = None
    answer: list[Line] = []
    for line in lines:
        if line.kind not in {"text", "binary"} or look.form(line.kind, line.data) is not None:
            continue
        if line.direction == ">":
            yield from _turn(asked, answer, profile)
            asked, answer = line.time, []
        else:
            answer.append(line)
    yield from _turn(asked, answer, profile)


def _turn(asked: int | None, answer: Sequence[Line], profile: ServiceProfile) -> Iterator[tuple[str, int]]:
    if asked is None or not answer:
        return
    # Where the profile names the events that hold a text's pieces, other events are no tokens.
    tokens = [each for each in answer if profile.event_name(each.data) in profile.deltas] or answer
    yield "first token", tokens[0].time - asked
    yield from (("gap", after.time - before.time) for before, after in pairwise(tokens))
    yield "turn", answer[-1].time - asked

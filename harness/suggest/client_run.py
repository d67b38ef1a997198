"""`ClientRun`: what the client of another take sends, as if the first take had answered it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias

from harness.cassette.model import Line
from harness.match.request import ParsedMessage, ParsedRequest
from harness.replay.entries import ReplayEntry
from harness.suggest.takes import Take, aligned, corresponding, counterparts, message_shape
from harness.suggest.tokens import IssuedValues

_ACKNOWLEDGING: Final = frozenset({4, 5, 7})
"""MQTT's PUBACK, PUBREC and PUBCOMP."""


@dataclass(frozen=True, slots=True, eq=False)
class Sent:
    """A request or a message that the client of the other take sent, with its counterpart in the first take.

    Attributes:
        moment: Microseconds after the session began.
        entry: The exchange of the other take.
        original: What the client sent in the other take.
        actual: `original`, with the values that the service issued in the first take.
        partner: The exchange of the first take; None if it has no counterpart.
        recorded: The request or message in the first take; None if it has no counterpart.
    """

    moment: int
    entry: ReplayEntry
    original: ParsedRequest | ParsedMessage
    actual: ParsedRequest | ParsedMessage
    partner: ReplayEntry | None
    recorded: ParsedRequest | ParsedMessage | None


@dataclass(frozen=True, slots=True)
class _Received:
    """A payload that the service sent, as it is in the first take (``recorded``) and in the other (``actual``)."""

    moment: int
    recorded: bytes
    actual: bytes


_Step: TypeAlias = Sent | _Received


@dataclass(frozen=True, eq=False)
class ClientRun:
    """The requests and messages of one take's client, paired with those of the first take.

    Attributes:
        first: The take that answers.
        other: The take of the client.
        sent: In the order of time.
        missing: The exchanges of the first take without a counterpart.
        extra: The exchanges of the other take without a counterpart.
    """

    first: Take
    other: Take
    sent: tuple[Sent, ...]
    missing: tuple[ReplayEntry, ...]
    extra: tuple[ReplayEntry, ...]

    @classmethod
    def of(cls, first: Take, other: Take) -> ClientRun:
        """Pair two takes, and put the values that the service issued in the first one into what the client sent."""
        pairs = counterparts(first, other)
        steps = sorted(
            (step for ours, theirs in pairs if theirs is not None for step in _steps(ours, theirs)),
            key=lambda step: step.moment,
        )
        issued = IssuedValues()
        sent: list[Sent] = []
        for step in steps:
            if isinstance(step, _Received):
                issued.received(step.recorded, step.actual)
            else:
                sent.append(_with_issued(step, issued))
        missing = tuple(ours for ours, theirs in pairs if theirs is None and ours is not None)
        extra = tuple(theirs for ours, theirs in pairs if ours is None and theirs is not None)
        return cls(first, other, tuple(sent), missing, extra)

    @cached_property
    def chance(self) -> frozenset[tuple[str, int]]:
        """The polls without a counterpart, by take's name and index: how often a client polls depends on the time."""
        sent = {_path(step.entry) for step in self.sent if step.recorded is not None}
        sides = (self.first, self.missing), (self.other, self.extra)
        return frozenset(
            (take.name, entry.index)
            for take, entries in sides
            for entry in entries
            if entry.request.method == "GET" and _path(entry) in sent
        )


def _path(entry: ReplayEntry) -> tuple[str, str]:
    return entry.request.method, entry.request.path


def _steps(ours: ReplayEntry | None, theirs: ReplayEntry) -> Iterator[_Step]:
    at = theirs.exchange.at
    yield Sent(at, theirs, theirs.request, theirs.request, ours, None if ours is None else ours.request)
    if ours is not None:
        yield from _responses(ours, theirs)
    yield from _messages(ours, theirs)


def _responses(ours: ReplayEntry, theirs: ReplayEntry) -> Iterator[_Received]:
    one, other = ours.exchange.response, theirs.exchange.response
    if one is None or other is None:
        return
    at = theirs.exchange.at + other.after
    headers = dict(one.headers)
    for name, value in other.headers:
        if name in headers:
            yield _Received(at, headers[name].encode("latin-1", "replace"), value.encode("latin-1", "replace"))
    lines = one.stream or (), other.stream or ()
    if lines[0] and len(lines[0]) == len(lines[1]):
        for mine, its in zip(*lines, strict=True):
            yield _Received(theirs.exchange.at + its.time, mine.data, its.data)
    else:
        yield _Received(at, ours.response[1], theirs.response[1])


def _messages(ours: ReplayEntry | None, theirs: ReplayEntry) -> Iterator[_Step]:
    if theirs.tape is None:
        return
    mine = None if ours is None else ours.tape
    at, tape = theirs.exchange.at, theirs.tape
    known = {} if mine is None else {id(b): a for a, b in corresponding(mine.client_messages, tape.client_messages)}
    steps: list[tuple[int, _Step]] = []
    for message, position in zip(tape.client_messages, tape.client_positions, strict=True):
        recorded = known.get(id(message))
        partner = None if recorded is None else ours
        step = Sent(at + tape.lines[position].time, theirs, message, message, partner, recorded)
        steps.append((position, step))
    if mine is not None:
        lines = [mine.lines[k] for k in mine.server_positions], [(tape.lines[k], k) for k in tape.server_positions]
        every = aligned([(line, -1) for line in lines[0]], lines[1], _line_shape)
        for (one, _), (other, position) in every:
            steps.append((position, _Received(at + other.time, one.data, other.data)))
    yield from (step for _, step in sorted(steps, key=lambda each: each[0]))


def _line_shape(numbered: tuple[Line, int]) -> object:
    line = numbered[0]
    return line.kind, message_shape(line.data)


def _with_issued(step: Sent, issued: IssuedValues) -> Sent:
    one, other = step.recorded, step.actual
    if isinstance(one, ParsedRequest) and isinstance(other, ParsedRequest):
        target = issued.sent(_raw(one.target), _raw(other.target)).decode("utf-8", "surrogatepass")
        headers = dict(one.headers)
        sent = tuple((name, _header(headers.get(name, value), value, issued)) for name, value in other.headers)
        body = issued.sent(one.content, other.content)
        return replace(step, actual=ParsedRequest(other.method, target, sent, body))
    if isinstance(one, ParsedMessage) and isinstance(other, ParsedMessage):
        data = issued.sent(one.data, other.data) if other.framing != "mqtt" else _acknowledging(one.data, other.data)
        return replace(step, actual=ParsedMessage(other.kind, data, other.framing))
    return step


def _acknowledging(recorded: bytes, actual: bytes) -> bytes:
    """An MQTT packet, with the recorded packet's number if it acknowledges what the service published."""
    if recorded[:1] != actual[:1] or actual[0] >> 4 not in _ACKNOWLEDGING:
        return actual
    return actual[:2] + recorded[2:4] + actual[4:]


def _header(recorded: str, actual: str, issued: IssuedValues) -> str:
    return issued.sent(_raw(recorded), _raw(actual)).decode("utf-8", "surrogatepass")


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

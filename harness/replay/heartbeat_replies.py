"""`replies_to`: which messages of a service reply to a client's heartbeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from harness.cassette.model import Line
from harness.framing.json_values import parse_json
from harness.framing.message_patterns import MessagePattern
from harness.match.counters import call_number
from harness.match.generated import generated_in
from harness.replay.heartbeat_looks import LONGEST, WORDS, confirms, form_of, looks_like_heartbeat

Known: TypeAlias = frozenset[tuple[bytes, bytes]]
"""Pairs of forms: of a heartbeat, and of the reply to it."""
TIMER: Final = 3
"""Fewer equal messages show no rhythm."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A socket's lines, and the place of each.

    Attributes:
        lines: All of them.
        places: Identity of a line -> its number.
    """

    lines: Sequence[Line]
    places: dict[int, int]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Transcript:
        """The transcript of these lines."""
        return cls(lines, {id(line): place for place, line in enumerate(lines)})

    def between(self, one: Line, other: Line) -> Sequence[Line]:
        """The lines after one and before the other."""
        return self.lines[self.places[id(one)] + 1 : self.places[id(other)]]

    def said_after(self, line: Line) -> Line | None:
        """The service's first short message after a line."""
        following = (self.lines[place] for place in range(self.places[id(line)] + 1, len(self.lines)))
        return next((each for each in following if _is_said(each)), None)

    def sent_beside(self, line: Line, gap: int) -> Line | None:
        """The client's message directly before or after one of its messages, at most ``gap`` microseconds away."""
        place = self.places[id(line)]
        beside = (self.lines[at] for at in (place - 1, place + 1) if 0 <= at < len(self.lines))
        return next((each for each in beside if _is_sent(each) and abs(each.time - line.time) <= gap), None)

    def comes_before(self, one: Line, other: Line) -> bool:
        """Whether a line comes before another one."""
        return self.places[id(one)] < self.places[id(other)]


def replies_to(
    beats: Sequence[Line],
    transcript: Transcript,
    form: Callable[[bytes], bytes],
    known: Known,
    named: Sequence[MessagePattern] | None = None,
) -> list[Line]:
    """The replies to heartbeats, in order: messages of the service that are alike, the n-th after the n-th heartbeat.

    A service that is there replies to each heartbeat: only those after its last message may have no reply, and the one
    before that message. So its own pings are no replies, as the first came before the client's first message, and
    neither is what followed only some of the heartbeats. Replies that other sockets show need not be as many: a service
    that leaves replies to no heartbeat that is still on its way.

    Args:
        beats: The heartbeats of one sort.
        transcript: All lines of the socket.
        form: Returns what messages of one sort have in common.
        known: Heartbeats and replies on other sockets of the session.
        named: The profile's patterns of heartbeats and replies; None if it has none.
    """
    if repeating := _that_repeat(beats, transcript):
        return repeating
    said = [line for line in transcript.lines if _is_said(line)]
    due = sum(transcript.comes_before(beat, said[-1]) for beat in beats) if said else 0
    sorts: dict[bytes, list[Line]] = {}
    for line in said:
        if not _replies_to_another(beats, line):
            sorts.setdefault(form(line.data), []).append(line)
    candidates = [
        found
        for found in sorts.values()
        if len(found) <= len(beats)
        and all(transcript.comes_before(beat, reply) for beat, reply in zip(beats, found, strict=False))
    ]
    # First by look, then by time: replies to other messages may also come as often as heartbeats, and in time.
    for found in candidates:
        if (form_of(beats[0].data), form_of(found[0].data)) in known:
            return found
        by_look = _is_reply_by_look(beats[0], found[0]) if named is None else _matches(found[0], named)
        if by_look and len(found) >= due - 1:
            return found
    in_time = [
        found
        for found in candidates
        if len(found) >= min(due, len(beats) - 1) and _keeps_time(found, beats, due, transcript)
    ]
    # Of replies to other messages that are in time, too, fewer are the first thing said after a heartbeat.
    return max(in_time, key=lambda found: _firsts(beats, found, transcript), default=[])


def _is_sent(line: Line) -> bool:
    return line.direction == ">" and line.kind in {"text", "binary"}


def _that_repeat(beats: Sequence[Line], transcript: Transcript) -> list[Line]:
    """The replies that repeat a generated value of their heartbeat which no other message has, as OCPP's call ids.

    None of them if the first heartbeat has no such reply.
    """
    if not _values_of(beats[0]):
        return []
    holders: dict[str, list[Line]] = {}
    for line in transcript.lines:
        for value in _values_of(line) if line.direction == ">" or _is_said(line) else ():
            holders.setdefault(value, []).append(line)
    found: list[Line] = []
    for beat in beats:
        having = (holders[value] for value in _values_of(beat))
        # Exactly two messages: a value in more of them is the id of a session or a user.
        reply = next((both[1] for both in having if len(both) == 2 and both[0] is beat and _is_said(both[1])), None)
        if reply is not None:
            found.append(reply)
        elif not found:
            return []
    return found


def _values_of(line: Line) -> set[str]:
    return {*generated_in(line.data.decode("latin-1"))} if len(line.data) <= LONGEST else set()


def _is_said(line: Line) -> bool:
    return line.direction == "<" and line.kind in {"text", "binary"} and len(line.data) <= LONGEST


def _keeps_time(replies: Sequence[Line], beats: Sequence[Line], due: int, transcript: Transcript) -> bool:
    """Whether each reply came before the next heartbeat, and at least one directly after its own heartbeat."""
    pairs = list(zip(beats, replies, strict=False))
    if len(beats) < TIMER or not len(beats) - 1 <= due <= len(pairs):
        return False
    in_time = (transcript.comes_before(reply, after) for (_, reply), after in zip(pairs, beats[1:], strict=False))
    return all(in_time) and any(
        all(line.direction == "<" for line in transcript.between(beat, reply)) for beat, reply in pairs
    )


def _firsts(beats: Sequence[Line], replies: Sequence[Line], transcript: Transcript) -> int:
    """How many of the replies are the service's first message after their heartbeat."""
    return sum(transcript.said_after(beat) is reply for beat, reply in zip(beats, replies, strict=False))


def _matches(line: Line, named: Sequence[MessagePattern]) -> bool:
    return any(each.matches(line.data) for each in named)


def _is_reply_by_look(beat: Line, line: Line) -> bool:
    if (
        looks_like_heartbeat(line.kind, line.data, engine_io=True)
        or _says_so(line.data)
        or confirms(beat.data, line.data)
    ):
        return True
    number = _call_id(beat.data)
    return number is not None and number == _call_id(line.data)


def _replies_to_another(beats: Sequence[Line], line: Line) -> bool:
    """Whether a message of the service has the number of a call that is none of the heartbeats."""
    number = _call_id(line.data)
    return number is not None and all(number != _call_id(beat.data) for beat in beats)


def _call_id(data: bytes) -> object:
    """The number of a call in a short message; None if it has none."""
    if len(data) > LONGEST or data[:1] not in {b"{", b"["}:
        return None
    numbers = (call_number(parse_json(record)) for record in data.split(b"\x1e"))
    return next((number for number in numbers if number is not None), None)


def _says_so(data: bytes) -> bool:
    """Whether a short JSON object has ``pong`` or the like for any of its values."""
    value = parse_json(data) if len(data) <= LONGEST else None
    if not isinstance(value, dict):
        return False
    values = cast("dict[str, object]", value).values()
    return any(isinstance(each, str) and each.lower() in WORDS for each in values)

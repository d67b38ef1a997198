"""Heartbeats: messages that a client's timer sends. Their number, and their place among others, is chance.

A heartbeat has a known look (``ping``, ``{"type":"ping"}``, SignalR's ``{"type":6}``, MQTT's PINGREQ), or it is one of
equal messages at even intervals whose replies are all alike, or missing; or the service's profile names it. No line
waits for a heartbeat, a missing one is no problem, and the player replies to each as recorded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median_high
from typing import Final, Literal

from harness.cassette.model import Line
from harness.match.generated import generated_in, masked
from harness.replay.heartbeat_looks import FLUSHED, LONGEST, HeartbeatLook, form_of
from harness.replay.heartbeat_replies import TIMER, Known, Transcript, replies_to

_NUMBER: Final = re.compile(r"\d+")
_SHORTEST_GAP: Final = 15_000
"""Microseconds; a loop, not a timer, sends faster messages."""
_UNEVEN: Final = 2.5


@dataclass(slots=True)
class Heartbeats:
    """The heartbeats of one recorded socket.

    Attributes:
        lines: Identities of the lines that are heartbeats of the client, or replies to them.
        replies: Kind and form of a heartbeat -> a recorded heartbeat, and the reply to it, or None.
        by_rhythm: Kinds and forms of the heartbeats that only their rhythm shows.
        look: How single messages are recognized as heartbeats.
    """

    lines: set[int] = field(default_factory=set[int])
    replies: dict[tuple[str, bytes], tuple[bytes, Line | None]] = field(
        default_factory=dict[tuple[str, bytes], tuple[bytes, "Line | None"]]
    )
    by_rhythm: set[tuple[str, bytes]] = field(default_factory=set[tuple[str, bytes]])
    look: HeartbeatLook = field(default_factory=HeartbeatLook)

    @property
    def learnt(self) -> Known:
        """Pairs of the form of a heartbeat and the form of its reply."""
        pairs = ((recorded, line) for recorded, line in self.replies.values() if line is not None)
        return frozenset((form_of(recorded), form_of(line.data)) for recorded, line in pairs)

    @property
    def has_unanswered(self) -> bool:
        """Whether some heartbeat has no reply."""
        return any(line is None for _, line in self.replies.values())

    def includes(self, kind: str, data: bytes) -> bool:
        """Whether a client's message is a heartbeat on this socket."""
        return self.sort(kind, data) is not None

    def sort(self, kind: str, data: bytes) -> tuple[str, bytes] | None:
        """Kind and form of a heartbeat; None if the message is no heartbeat on this socket."""
        form = self.look.form(kind, data)
        if form is not None:
            return kind, form
        by_rhythm = (kind, form_of(data)) if self.by_rhythm else None
        return by_rhythm if by_rhythm in self.by_rhythm else None

    def reply(self, kind: str, data: bytes) -> tuple[Literal["text", "binary"], bytes] | None:
        """Kind and payload of the reply to a heartbeat; None if the recorded one had no reply."""
        sort = self.sort(kind, data)
        recorded, line = (b"", None) if sort is None else self.replies.get(sort, (b"", None))
        if line is None:
            return None
        return "binary" if line.kind == "binary" else "text", _with_values(line.data, recorded, data)


def find_heartbeats(lines: Sequence[Line], look: HeartbeatLook, known: Known = frozenset()) -> Heartbeats:
    """The heartbeats of a socket's transcript.

    Args:
        lines: The transcript.
        look: How single messages are recognized as heartbeats.
        known: Heartbeats and replies on other sockets of the session.
    """
    look = look.of_socket(line.data for line in lines if line.direction == "<")
    found = Heartbeats(look=look)
    transcript = Transcript.of([line for line in lines if not line.data.endswith(FLUSHED)])
    sent = [line for line in lines if line.direction == ">" and line.kind in {"text", "binary"}]
    by_look: dict[tuple[str, bytes], list[Line]] = {}
    others: dict[tuple[str, bytes], list[Line]] = {}
    for line in sent:
        form = found.look.form(line.kind, line.data)
        if form is not None:
            by_look.setdefault((line.kind, form), []).append(line)
        elif len(line.data) <= LONGEST and found.look.named is None:
            others.setdefault((line.kind, line.data), []).append(line)
    for sort, beats in by_look.items():
        _note(found, sort, beats, replies_to(beats, transcript, form_of, known, look.named))
    for (kind, data), beats in others.items():
        if not _is_even(beats):
            continue
        replies = replies_to(beats, transcript, bytes, known)
        if _is_of_bursts(beats, transcript, answered=bool(replies)):
            continue
        if replies or not _is_conversation(beats, transcript):
            _note(found, (kind, form_of(data)), beats, replies)
            found.by_rhythm.add((kind, form_of(data)))
    return found


def _with_values(reply: bytes, recorded: bytes, actual: bytes) -> bytes:
    """A reply with the numbers and the generated values of the actual heartbeat where it repeats the recorded one's."""
    ours, theirs = recorded.decode("latin-1"), actual.decode("latin-1")
    left, right = masked(ours), masked(theirs)
    if _NUMBER.sub("", left) != _NUMBER.sub("", right):
        left, right = ours, theirs
        values = {}
    else:
        values = dict(zip(generated_in(ours), generated_in(theirs), strict=False))
    values |= zip(_NUMBER.findall(left), _NUMBER.findall(right), strict=False)
    generated = sorted((re.escape(value) for value in values if not value.isdigit()), key=len, reverse=True)
    either = re.compile("|".join([*generated, _NUMBER.pattern]))
    return either.sub(lambda found: values.get(found[0], found[0]), reply.decode("latin-1")).encode("latin-1")


def _is_even(beats: Sequence[Line]) -> bool:
    if len(beats) < TIMER:
        return False
    gaps = [after.time - before.time for before, after in pairwise(beats)]
    # The higher median: of two gaps the longer one, against which the shorter one is then checked.
    usual = median_high(gaps)
    return min(gaps) >= _SHORTEST_GAP and usual <= _UNEVEN * min(gaps) and max(gaps) <= _UNEVEN * usual


def _is_of_bursts(beats: Sequence[Line], transcript: Transcript, *, answered: bool) -> bool:
    """Whether each message was sent together with another one, and so by a step of the client and not by a timer.

    A timer may send two messages each time as well, but then the second ones are equal too, and get no reply.
    """
    gap = min(after.time - before.time for before, after in pairwise(beats)) // 10
    others = [transcript.sent_beside(beat, gap) for beat in beats]
    if any(other is None for other in others):
        return False
    return answered or len({form_of(other.data) for other in others if other is not None}) > 1


def _note(found: Heartbeats, sort: tuple[str, bytes], beats: Sequence[Line], replies: Sequence[Line]) -> None:
    found.replies[sort] = (beats[0].data, replies[0] if replies else None)
    found.lines |= {id(line) for line in (*beats, *replies)}


def _is_conversation(beats: Sequence[Line], transcript: Transcript) -> bool:
    """Whether each of the messages has an immediate reply of its own: then they are requests, not heartbeats."""
    gap = min(after.time - before.time for before, after in pairwise(beats))
    return all(
        (first := transcript.said_after(beat)) is not None and first.time <= beat.time + gap // 2 for beat in beats[:-1]
    )

"""Heartbeats: messages that a client's timer sends. Their number, and their place among others, is chance.

A heartbeat has a known look (``ping``, ``{"type":"ping"}``, SignalR's ``{"type":6}``, MQTT's PINGREQ), or it is one of
equal messages at even intervals whose replies are all alike, or missing. No line waits for a heartbeat, a missing one
is no problem, and the player replies to each as recorded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias, cast

from harness.cassette.model import Line
from harness.framing.json_values import parse_json
from harness.heartbeat_looks import PLAIN_HEARTBEATS
from harness.match.generated import masked

_LONGEST: Final = 256
_ENGINE_IO: Final = frozenset({b"2", b"3"})
_WORDS: Final = frozenset({"ping", "pong", "heartbeat", "heart_beat", "keepalive", "keep-alive", "keep_alive", "ka"})
_NAMES: Final = frozenset({"type", "event", "op", "action", "method", "cmd", "command", "kind", "msg", "name"})
_NUMBER: Final = re.compile(rb"\d+")
_COUNTER: Final = re.compile(rb'("(?:type|op|event|kind|version)"\s*:\s*)?\d+')
"""A number; with the name of its field if that is the type of the message, which is no counter."""
Known: TypeAlias = frozenset[tuple[bytes, bytes]]
"""Pairs of forms: of a heartbeat, and of the reply to it."""
_LEAST: Final = 3
_SHORTEST_GAP: Final = 15_000
"""Microseconds; a loop, not a timer, sends faster messages."""
_UNEVEN: Final = 2.5
_FLUSHED: Final = b"\0\0\xff\xff"
"""The end of a piece of one compressed stream. It has its place between its neighbours, and replies to nothing else."""


def looks_like_heartbeat(kind: str, data: bytes, *, engine_io: bool = False) -> bool:
    """Whether a message looks like a heartbeat, or like the reply to one."""
    if len(data) > _LONGEST or kind not in {"text", "binary"}:
        return False
    if data in PLAIN_HEARTBEATS or (engine_io and data in _ENGINE_IO):
        return True
    if not data.startswith((b"{", b"[")):
        return False
    return _says_heartbeat(parse_json(data))


_GOODBYES: Final = frozenset({b"41", b"1", b'{"type":7}\x1e', b"\xe0\x00"})
"""A client's last message, if it sends one: socket.io's and engine.io's, SignalR's, MQTT's."""
_TERMINATE: Final = b'"connection_terminate"'


def is_goodbye(data: bytes) -> bool:
    """Whether a client's message only announces its disconnect; a library may close the socket before it is sent."""
    return data in _GOODBYES or (len(data) < 100 and _TERMINATE in data)


def _says_heartbeat(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, str) and item.lower() in _WORDS for item in cast("list[object]", value))
    if not isinstance(value, dict):
        return False
    fields = cast("dict[str, object]", value)
    if len(fields) == 1 and next(iter(fields)).lower() in _WORDS:
        return True
    return any(
        name.lower() in _NAMES and isinstance(word, str) and word.lower() in _WORDS for name, word in fields.items()
    )


def _form(data: bytes) -> bytes:
    """A message without its counters and generated values: equal for all heartbeats of one client."""
    # One digit is the type of an engine.io packet.
    if data in PLAIN_HEARTBEATS or len(data) == 1:
        return data
    text = masked(data.decode("latin-1")).encode("latin-1")
    return _COUNTER.sub(lambda found: found[0] if found[1] else b"0", text)


@dataclass(slots=True)
class Heartbeats:
    """The heartbeats of one recorded socket.

    Attributes:
        lines: Identities of the lines that are heartbeats of the client, or replies to them.
        replies: Kind and form of a heartbeat -> a recorded one, and the reply to it, or None.
        engine_io: Whether ``2`` and ``3`` are heartbeats.
        known: Heartbeats and replies on other sockets of the session.
    """

    lines: set[int] = field(default_factory=set[int])
    replies: dict[tuple[str, bytes], tuple[bytes, Line | None]] = field(
        default_factory=dict[tuple[str, bytes], tuple[bytes, "Line | None"]]
    )
    engine_io: bool = False
    known: Known = frozenset()

    @property
    def learnt(self) -> Known:
        """The forms of heartbeats and of their replies."""
        return frozenset((form, _form(line.data)) for (_, form), (_, line) in self.replies.items() if line is not None)

    @property
    def has_unanswered(self) -> bool:
        """Whether some heartbeat has no reply."""
        return any(line is None for _, line in self.replies.values())

    def includes(self, kind: str, data: bytes) -> bool:
        """Whether a message of a client is a heartbeat here."""
        if not self.replies and not looks_like_heartbeat(kind, data, engine_io=self.engine_io):
            return False
        return (kind, _form(data)) in self.replies or looks_like_heartbeat(kind, data, engine_io=self.engine_io)

    def reply(self, kind: str, data: bytes) -> tuple[Literal["text", "binary"], bytes] | None:
        """Kind and payload of the reply to a heartbeat; None if the recorded one had no reply."""
        recorded, line = self.replies.get((kind, _form(data)), (b"", None))
        if line is None:
            return None
        numbers = dict(zip(_NUMBER.findall(recorded), _NUMBER.findall(data), strict=False))
        return "binary" if line.kind == "binary" else "text", _NUMBER.sub(
            lambda found: numbers.get(found[0], found[0]), line.data
        )


def find_heartbeats(lines: Sequence[Line], target: str = "", known: Known = frozenset()) -> Heartbeats:
    """The heartbeats of a socket's transcript.

    Args:
        lines: The transcript.
        target: Of the upgrade; it shows whether the protocol is engine.io.
        known: Heartbeats and replies on other sockets of the session.
    """
    found = Heartbeats(engine_io="EIO=" in target, known=known)
    forms: dict[tuple[str, bytes], list[Line]] = {}
    counts = Counter(line.data for line in lines if line.direction == ">" and len(line.data) <= _LONGEST)
    for line in lines:
        if line.direction != ">" or line.kind not in {"text", "binary"} or len(line.data) > _LONGEST:
            continue
        by_look = looks_like_heartbeat(line.kind, line.data, engine_io=found.engine_io)
        if by_look or counts[line.data] >= _LEAST:
            forms.setdefault((line.kind, _form(line.data) if by_look else line.data), []).append(line)
    for (kind, form), beats in forms.items():
        by_look = looks_like_heartbeat(kind, beats[0].data, engine_io=found.engine_io)
        if by_look or _is_even(beats):
            _note(found, kind, form if by_look else _form(form), beats, lines, by_look=by_look)
    return found


def _is_even(beats: Sequence[Line]) -> bool:
    gaps = [after.time - before.time for before, after in pairwise(beats)]
    return len(beats) >= _LEAST and min(gaps) >= _SHORTEST_GAP and max(gaps) <= _UNEVEN * min(gaps)


def _note(
    found: Heartbeats, kind: str, form: bytes, beats: Sequence[Line], lines: Sequence[Line], *, by_look: bool
) -> None:
    lines = [line for line in lines if not line.data.endswith(_FLUSHED)]
    answers = _answers(beats, lines, _form if by_look else bytes, found.known)
    if answers is None and not by_look and _is_conversation(beats, lines):
        return
    found.replies[kind, form] = (beats[0].data, answers[0] if answers else None)
    found.lines |= {id(line) for line in (*beats, *(answers or ()))}


def _answers(
    beats: Sequence[Line], lines: Sequence[Line], form_of: Callable[[bytes], bytes], known: Known
) -> list[Line] | None:
    """The server's replies to heartbeats: alike, one for each; None if there are none.

    The last heartbeat may have none; where a reply shows by itself what it is, so may all after which nothing came.
    A service that goes on to answer other calls is there, and leaves its heartbeats unanswered.
    """
    lines = _without_pings(beats, lines, form_of)
    after: list[dict[bytes, Line]] = []
    busy = 0
    for number, (beat, until) in enumerate(zip(beats, [*(each.time for each in beats[1:]), None], strict=True), 1):
        following: dict[bytes, Line] = {}
        for line in _server_lines_after(beat, lines, until):
            if _answers_another(beat, line):
                busy = min(number, len(beats) - 1)
                continue
            following.setdefault(form_of(line.data), line)
        after.append(following)
    followed = max(_followed(after), busy)
    whole = after[:followed]
    shared = [form for form in whole[0] if all(form in each for each in whole)]
    times = Counter(form_of(line.data) for line in lines if line.direction == "<" and len(line.data) <= _LONGEST)
    for form in shared:
        first = whole[0][form]
        is_known = (_form(beats[0].data), _form(first.data)) in known
        is_sure = is_known or _answers_by_look(beats[0], first)
        replies = [(beat, each[form]) for beat, each in zip(beats, after, strict=True) if form in each]
        is_timer = len(beats) >= _LEAST and followed >= len(beats) - 1
        if times[form] <= len(beats) and (is_sure or (is_timer and _any_follows_directly(replies, lines))):
            return [reply for _, reply in replies]
    return _in_turn(beats, lines, form_of, known)


def _without_pings(beats: Sequence[Line], lines: Sequence[Line], form_of: Callable[[bytes], bytes]) -> Sequence[Line]:
    """The transcript without the service's own pings: each came before the client's message that replies to it."""
    places = {id(line): place for place, line in enumerate(lines)}
    alike: dict[bytes, list[Line]] = {}
    for line in lines:
        if line.direction == "<" and line.kind in {"text", "binary"}:
            alike.setdefault(form_of(line.data), []).append(line)
    pings = {
        id(line)
        for found in alike.values()
        if len(found) >= len(beats)
        and all(places[id(ping)] < places[id(beat)] for ping, beat in zip(found, beats, strict=False))
        for line in found
    }
    return [line for line in lines if id(line) not in pings] if pings else lines


def _followed(after: Sequence[Mapping[bytes, Line]]) -> int:
    """How many heartbeats came before the last line that may reply to one; at least 1."""
    return max((number for number, following in enumerate(after, 1) if following), default=1)


def _in_turn(
    beats: Sequence[Line], lines: Sequence[Line], form_of: Callable[[bytes], bytes], known: Known
) -> list[Line] | None:
    """The replies in the order of the heartbeats, where a client sent the next one before the reply to the last."""
    numbers = {_call_id(beat.data) for beat in beats} | {None}
    alike: dict[bytes, list[Line]] = {}
    for line in _server_lines_after(beats[0], lines, None):
        if _call_id(line.data) in numbers:
            alike.setdefault(form_of(line.data), []).append(line)
    places = {id(line): place for place, line in enumerate(lines)}
    followed = _followed([{line.data: line for line in _server_lines_after(beat, lines, None)} for beat in beats])
    for found in alike.values():
        is_known = (_form(beats[0].data), _form(found[0].data)) in known
        follow = all(places[id(beat)] < places[id(reply)] for beat, reply in zip(beats, found, strict=False))
        fits = min(followed, len(beats) - 1) <= len(found) <= len(beats)
        if fits and follow and (is_known or _answers_by_look(beats[0], found[0])):
            return found
    return None


def _any_follows_directly(replies: Sequence[tuple[Line, Line]], lines: Sequence[Line]) -> bool:
    """Whether a reply follows its heartbeat with no other message of the client between: else it replies to that."""
    places = {id(line): place for place, line in enumerate(lines)}
    return any(
        all(line.direction == "<" for line in lines[places[id(beat)] + 1 : places[id(reply)]])
        for beat, reply in replies
    )


def _answers_by_look(beat: Line, line: Line) -> bool:
    if looks_like_heartbeat(line.kind, line.data, engine_io=True) or _says_so(line.data):
        return True
    number = _call_id(beat.data)
    return number is not None and number == _call_id(line.data)


def _answers_another(beat: Line, line: Line) -> bool:
    """Whether a message of the service names the call that it replies to, and that is not the heartbeat."""
    number = _call_id(line.data)
    return number is not None and number != _call_id(beat.data)


def _call_id(data: bytes) -> object:
    """JSON-RPC's ``id`` or SignalR's ``invocationId``; None if a message has neither."""
    name = "id" if b'"jsonrpc"' in data else "invocationId" if b'"invocationId"' in data else None
    if name is None or len(data) > _LONGEST:
        return None
    for record in data.split(b"\x1e"):
        value = parse_json(record)
        if isinstance(value, dict) and name in value:
            return cast("dict[str, object]", value)[name]
    return None


def _says_so(data: bytes) -> bool:
    """Whether a short JSON object has ``pong`` or the like for any of its values."""
    value = parse_json(data) if len(data) <= _LONGEST else None
    if not isinstance(value, dict):
        return False
    values = cast("dict[str, object]", value).values()
    return any(isinstance(each, str) and each.lower() in _WORDS for each in values)


def _server_lines_after(beat: Line, lines: Sequence[Line], until: int | None) -> Iterator[Line]:
    begun = False
    for line in lines:
        if line is beat:
            begun = True
        elif begun and until is not None and line.time > until:
            return
        elif begun and line.direction == "<" and line.kind in {"text", "binary"} and len(line.data) <= _LONGEST:
            yield line


def _is_conversation(beats: Sequence[Line], lines: Sequence[Line]) -> bool:
    """Whether each of the messages has an immediate reply of its own: then they are requests, not heartbeats."""
    gap = min(after.time - before.time for before, after in pairwise(beats))
    for beat in beats[:-1]:
        first = next(_server_lines_after(beat, lines, beat.time + gap // 2), None)
        if first is None or first.time > beat.time + gap // 2:
            return False
    return True

"""`TurnShape`: the order of the service's events in one turn, and how the turn ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.cassette.model import Call, Cassette, Line
from harness.compare.shape import end_name
from harness.compare.turns import ComparedTurn, turns_of
from harness.profile import ServiceProfile

LEFT: Final = "left by the client"
ASKED_AGAIN: Final = "asked again"
CUT: Final = "cut"
_KEEPALIVE: Final = frozenset({"ping", "pong"})
_FOREVER: Final = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnShape:
    """One turn.

    Attributes:
        label: Label of its socket.
        events: Names of the service's events in order; those before the first question belong to the first turn.
        end: The event that ended it; else ``close 1011`` or ``connection lost`` by the service, or one of `LEFT`,
            `ASKED_AGAIN`, `CUT`.
        is_over: Whether an event ended it.
        is_first: Whether it is the first on its socket.
        is_beginning: Whether it begins a conversation that the recording saw begin.
        prompt: The question.
        delays: Event after the end -> its delay in microseconds.
        stayed: Microseconds that the client still listened after the end.
    """

    label: str
    events: tuple[str, ...]
    end: str
    is_over: bool
    is_first: bool
    is_beginning: bool
    prompt: str = field(repr=False)
    delays: Mapping[str, int] = field(default_factory=dict[str, int])
    stayed: int = 0


def turn_shapes(cassette: Cassette, profile: ServiceProfile) -> Iterator[TurnShape]:
    """All turns of a recording, in order."""
    turns = turns_of(cassette, profile)
    begun = b"\n".join(
        each.response.body.searched
        for each in cassette.exchanges
        if isinstance(each, Call) and each.method == "POST" and each.response is not None
    )
    seen: set[str] = set()
    for number, turn in enumerate(turns):
        following = turns[number + 1] if number + 1 < len(turns) else None
        if following is not None and following.upgrade is not turn.upgrade:
            following = None
        is_new = turn.conversation not in seen and turn.conversation.encode() in begun
        known = _shape(turn, following, profile, is_beginning=is_new)
        if known.is_over:  # else the client asks again, after a challenge
            seen.add(turn.conversation)
        yield known


def _shape(
    turn: ComparedTurn, following: ComparedTurn | None, profile: ServiceProfile, *, is_beginning: bool
) -> TurnShape:
    is_first = turn.lines[0] is turn.upgrade.messages[len(turn.opening)]
    sent = [line for line in ((*turn.opening, *turn.lines) if is_first else turn.lines) if _is_from_service(line)]
    named = [(name, line) for line in sent if (name := profile.event_name(line.data) or "(no event)") not in _KEEPALIVE]
    over = next((line for name, line in named if name in profile.end_of_turn), None)
    end = profile.event_name(over.data) if over is not None else None
    after = named[[line is over for _, line in named].index(True) + 1 :] if over is not None else []
    return TurnShape(
        label=f"socket {turn.upgrade.target.partition('?')[0]}",
        events=tuple(name for name, _ in named),
        end=end or _end(turn.lines, following),
        is_over=over is not None,
        is_first=is_first,
        is_beginning=is_beginning,
        prompt=turn.prompt,
        delays={name: line.time - over.time for name, line in after} if over is not None else {},
        stayed=_last_moment(turn.lines, following) - over.time if over is not None else 0,
    )


def _is_from_service(line: Line) -> bool:
    return line.direction == "<" and line.kind in ("text", "binary")


def first_end(lines: Sequence[Line]) -> Line | None:
    """The line that ended the socket; the other side's reply to it does not count."""
    return next((line for line in lines if line.kind in ("close", "eof", "reset", "cut")), None)


def _end(lines: Sequence[Line], following: ComparedTurn | None) -> str:
    ended = first_end(lines)
    if ended is None:
        return ASKED_AGAIN if following is not None else CUT
    if ended.direction == "!" or ended.kind == "cut":
        return CUT
    if ended.direction == ">":
        return LEFT
    return end_name(ended)


def _last_moment(lines: Sequence[Line], following: ComparedTurn | None) -> int:
    if following is not None:
        return following.lines[0].time
    ended = first_end(lines)
    if ended is not None and ended.direction == "<":
        return _FOREVER
    return lines[-1].time if ended is None else ended.time

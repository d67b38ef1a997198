"""`Observation`: the values and events of one recording, by place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

from harness.cassette.model import Cassette, Exchange, Line
from harness.compare.json_fields import parsed
from harness.compare.messages import messages_of
from harness.compare.shape import ExchangeShape, shape
from harness.drift.turn_shapes import TurnShape, turn_shapes
from harness.profile import ServiceProfile

Place: TypeAlias = tuple[str, str]
"""Label and part: ``("GET /c/api/user", "answer 200")``, ``("socket /c/api/chat", "< done")``."""
REQUEST: Final = "request"
_NO_EVENT: Final = "(no event)"
_MOST_DEPTH: Final = 40
_LONGEST_WORD: Final = 80
_BY_THE_SERVICES_OWN_PAGE: Final = frozenset({"browser", "har"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One recording.

    Attributes:
        name: Name of the recording.
        answers: Label -> the answers in order: status and content type, or why there is none.
        values: Place -> the JSON values there.
        kinds: Place of an event -> kinds of its messages.
        turns: The turns of all sockets.
        numberings: Label of a socket -> how the service numbers its messages.
        by_page: Whether the service's own page made the requests.
    """

    name: str
    answers: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    values: dict[Place, list[object]] = field(default_factory=dict[Place, list[object]], repr=False)
    kinds: dict[Place, set[str]] = field(default_factory=dict[Place, set[str]])
    turns: Sequence[TurnShape] = ()
    numberings: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    by_page: bool = False


def observe(cassette: Cassette, name: str, profile: ServiceProfile) -> Observation:
    """Collect the observations of a recording."""
    seen = Observation(
        name=name,
        turns=tuple(turn_shapes(cassette, profile)),
        by_page=cassette.recorded.by in _BY_THE_SERVICES_OWN_PAGE,
    )
    for exchange in cassette.exchanges:
        known = shape(exchange, profile)
        _observe_call(seen, known)
        _observe_messages(seen, known.label, exchange, profile)
        if known.numbering and known.runs:
            seen.numberings.setdefault(known.label, set()).add(known.numbering)
    return seen


def closed_values(value: object, closed: frozenset[str], path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of each field with one of these names."""
    if path.count(".") + path.count("[]") > _MOST_DEPTH:
        return
    if isinstance(value, dict):
        for name, inner in cast("Mapping[str, object]", value).items():
            below = f"{path}.{name}" if path else name
            if name in closed and isinstance(inner, str):
                yield below, inner[:_LONGEST_WORD]
            yield from closed_values(inner, closed, below)
    elif isinstance(value, list):
        for inner in cast("Sequence[object]", value):
            yield from closed_values(inner, closed, f"{path}[]")


def _observe_call(seen: Observation, known: ExchangeShape) -> None:
    seen.answers.setdefault(known.label, []).append(known.answer)
    if known.asked is not None:
        seen.values.setdefault((known.label, REQUEST), []).append(known.asked)
    if known.body is not None:
        seen.values.setdefault((known.label, f"answer {status_of(known.answer)}"), []).append(known.body)


def status_of(answer: str) -> int:
    """The status in ``200 application/json``; 0 without one."""
    first = answer.partition(" ")[0]
    return int(first) if first.isdigit() else 0


def _observe_messages(seen: Observation, label: str, exchange: Exchange, profile: ServiceProfile) -> None:
    for message in messages_of(exchange, profile):
        if message.line.kind not in ("text", "binary"):
            continue
        place = (label, f"{message.line.direction} {message.name or _NO_EVENT}")
        seen.kinds.setdefault(place, set()).add(message.line.kind)
        value: Any = parsed(message.data)
        if value is not None:
            seen.values.setdefault(place, []).append(value)


def event_of(line: Line, profile: ServiceProfile) -> str:
    """The name of a message's event, or ``(no event)``."""
    return profile.event_name(line.data) or _NO_EVENT

"""`AnswerPieces`: the pieces of an answer's text among the events of a session, for the page to assemble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, TypeAlias, cast

from harness.compare.timeline import TimelineEntry
from harness.framing.json_values import parse_json
from harness.profile import ServiceProfile

_Path: TypeAlias = tuple[str | int, ...]
_USUAL: Final[tuple[_Path, ...]] = (
    ("choices", 0, "delta", "content"),
    ("candidates", 0, "content", "parts", 0, "text"),
    ("delta", "text"),
    ("delta",),
    ("message", "content"),
    ("text",),
    ("token",),
    ("content",),
    ("response",),
)
"""Where well-known services have a piece: OpenAI, Gemini, Anthropic, OpenAI's responses, Ollama; then usual names."""
_FEWEST: Final = 2
"""Events of an exchange with a text at a usual place, for it to be taken as pieces."""


class AnswerPieces:
    """Finds the piece of each event.

    A profile that names pieces (``deltas``) decides. For others a usual place counts, if several events of an exchange
    have a text there.

    Args:
        entries: All events.
        profile: Of the service.
    """

    def __init__(self, entries: Iterable[TimelineEntry], profile: ServiceProfile) -> None:
        self._deltas = profile.deltas
        self._paths: dict[int, _Path] = {} if self._deltas else _usual_places(entries)

    def of(self, entry: TimelineEntry) -> str | None:
        """The piece of the answer's text that this event adds; None if it adds none."""
        if not _may_hold(entry):
            return None
        if self._deltas:
            name = self._deltas.get(entry.name)
            path: _Path | None = None if name is None else (name,)
        else:
            path = self._paths.get(entry.exchange)
        return None if path is None else _text_at(parse_json(entry.data), path)


def _usual_places(entries: Iterable[TimelineEntry]) -> dict[int, _Path]:
    counts: Counter[tuple[int, _Path]] = Counter()
    for entry in entries:
        if _may_hold(entry):
            value = parse_json(entry.data)
            counts.update((entry.exchange, path) for path in _USUAL if _text_at(value, path) is not None)
    found: dict[int, _Path] = {}
    for path in reversed(_USUAL):
        found |= {exchange: path for (exchange, each), count in counts.items() if each == path and count >= _FEWEST}
    return found


def _may_hold(entry: TimelineEntry) -> bool:
    return entry.direction == "<" and entry.kind == "text" and entry.number is not None


def _text_at(value: Any, path: _Path) -> str | None:
    for step in path:
        if isinstance(step, str):
            value = cast("dict[str, Any]", value).get(step) if isinstance(value, dict) else None
        else:
            items = cast("list[Any]", value) if isinstance(value, list) else []
            value = items[step] if step < len(items) else None
    return value if isinstance(value, str) else None

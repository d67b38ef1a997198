"""`sequence_diagram`: a session as a Mermaid sequence diagram, as GitHub, GitLab and others draw it in Markdown.

Mermaid ends a message at ``;`` and a newline, reads ``#35;`` as a character and ``$$`` as mathematics, and puts the
rest into HTML. So all but letters, digits and a few marks are written as character codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.cassette.model import Cassette
from harness.compare.timeline import TimelineEntry, timeline
from harness.printable import one_line
from harness.profile import ServiceProfile

MOST_CHARACTERS: Final = 45_000
"""Characters of a diagram: Mermaid refuses texts of more than 50,000 by default."""
_LEFT_FOR_THE_END: Final = 100
_LONGEST_NAME: Final = 60
_PAUSE: Final = 1_000_000
_SPECIAL: Final = re.compile(r"[^\w ./?=,()+-]|_")
_ARROWS: Final = {
    ("request", ">"): "C->>S",
    ("answer", "<"): "S-->>C",
}
_MESSAGES: Final = {">": "C-)S", "<": "S-)C"}


def sequence_diagram(
    cassette: Cassette, profile: ServiceProfile, *, width: int, most: int = MOST_CHARACTERS
) -> Iterator[str]:
    """The lines of the diagram; pieces of one text share an arrow.

    Args:
        cassette: The session, redacted.
        profile: Events of the service.
        width: Characters of each text, before it is escaped.
        most: Characters of the whole diagram; a note at its end says how many events are missing.
    """
    yield "sequenceDiagram"
    yield "    participant C as client"
    yield f"    participant S as {escaped(cassette.recorded.origin or 'service', _LONGEST_NAME)}"
    entries = list(timeline(cassette, profile))
    written = 4 * _LEFT_FOR_THE_END
    before: int | None = None
    for position, each in enumerate(entries):
        lines = [*_pause(each, before), f"    {_arrow(each)}: {escaped(_text(each), width)}"]
        written += sum(len(line) + 1 for line in lines)
        if written > most:
            yield f"    Note over C,S: {len(entries) - position} more events do not fit"
            return
        yield from lines
        before = each.until


def escaped(text: str, limit: int) -> str:
    """A text for a diagram: on one line, at most ``limit`` characters of it, special ones as ``#NUMBER;``."""
    return _SPECIAL.sub(lambda found: f"#{ord(found.group())};", one_line(text, limit)) or "-"


def _pause(each: TimelineEntry, before: int | None) -> Iterator[str]:
    if before is not None and each.at - before >= _PAUSE:
        yield f"    Note over C,S: {(each.at - before) / 1e6:.2f} s later"


def _arrow(each: TimelineEntry) -> str:
    arrow = _ARROWS.get((each.kind, each.direction)) or _MESSAGES.get(each.direction)
    return arrow or "Note over C,S"


def _text(each: TimelineEntry) -> str:
    """The label of an event in the diagram: number of its exchange, kind, name and content."""
    code = "" if each.code is None else f" {each.code}"
    count = f" ({each.count} messages)" if each.count > 1 else ""
    is_named = each.kind in ("request", "answer", "text") and each.name
    title = each.name if is_named else f"{each.kind}{code} {each.name}".rstrip()
    return f"({each.exchange}) {title}{count} {content_text(each)}".rstrip()


def content_text(each: TimelineEntry) -> str:
    """The content of an entry if it is text, otherwise its size."""
    if each.text is not None and each.count > 1:
        return each.text
    if each.file is not None:
        return f"{len(each.data)} bytes in {each.file}"
    try:
        return each.data.decode()
    except UnicodeDecodeError:
        return f"{len(each.data)} bytes"

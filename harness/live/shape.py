"""The shape of a session: what was called, how it was answered, and which events came in which order."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Final

from harness.cassette.model import Call, Cassette, Line
from harness.profile import ServiceProfile

_UNTIMELY: Final = frozenset({"ping", "pong"})
_ENDS: Final = frozenset({"close", "eof", "reset", "cut"})


def shape(cassette: Cassette, profile: ServiceProfile) -> list[str]:
    """One line for each call and each run of equal events; ids, texts and times are left out."""
    lines: list[str] = []
    for exchange in cassette.exchanges:
        status = exchange.response.status if exchange.response else "aborted"
        path = exchange.target.partition("?")[0]
        if isinstance(exchange, Call):
            lines.append(f"{exchange.method} {path} -> {status}")
        else:
            lines.append(f"socket {path} -> {status}")
            lines.extend(_runs(exchange.messages, profile))
    return lines


def _runs(messages: tuple[Line, ...], profile: ServiceProfile) -> Iterator[str]:
    previous = ""
    over = False
    for line in messages:
        if line.kind in _UNTIMELY or (over and line.kind in _ENDS):
            continue  # who closes first after a turn is a race
        name = profile.event_name(line.data) if line.kind in ("text", "binary") else line.kind
        row = f"  {line.direction} {name or line.kind}"
        over = (over and line.direction != ">") or name in profile.end_of_turn
        if row != previous:
            yield row
        previous = row


def differences(recorded: Cassette, fresh: Cassette, profile: ServiceProfile) -> list[str]:
    """What changed between two recordings of one scenario, as the lines of a diff; empty if nothing did."""
    rows = difflib.ndiff(shape(recorded, profile), shape(fresh, profile))
    return [row for row in rows if row[:1] in "+-"]

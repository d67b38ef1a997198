"""The shape of a session: what was called, how it was answered, and which events came in which order."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from harness.cassette.model import Call, Cassette, Line, SocketExchange
from harness.profile import ServiceProfile


def shape(cassette: Cassette, profile: ServiceProfile) -> list[str]:
    """One line for each call and each run of equal events; ids, texts and times are left out."""
    lines: list[str] = []
    for exchange in cassette.exchanges:
        status = exchange.response.status if exchange.response else "aborted"
        path = exchange.target.partition("?")[0]
        if isinstance(exchange, Call):
            lines.append(f"{exchange.method} {path} -> {status}")
        elif isinstance(exchange, SocketExchange):
            lines.append(f"socket {path} -> {status}")
            lines.extend(_runs(exchange.messages, profile))
    return lines


def _runs(messages: tuple[Line, ...], profile: ServiceProfile) -> Iterator[str]:
    previous = ""
    for line in messages:
        name = profile.event_name(line.data) if line.kind in ("text", "binary") else line.kind
        row = f"  {line.direction} {name or line.kind}"
        if row != previous and line.kind not in ("ping", "pong"):
            yield row
        previous = row


def differences(recorded: Cassette, fresh: Cassette, profile: ServiceProfile) -> list[str]:
    """What changed between two recordings of one scenario, as the lines of a diff; empty if nothing did."""
    rows = difflib.ndiff(shape(recorded, profile), shape(fresh, profile))
    return [row for row in rows if row[:1] in "+-"]

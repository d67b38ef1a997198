"""`fault_targets` and `fault_places`: where a fault rule can strike, for the page to offer rules ready to copy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from harness.cassette.model import Call, Cassette
from harness.compare.timeline import TimelineEntry

_PLAIN: Final = re.compile(r"/[\w./~%:@,=+!$&;-]*", re.ASCII)
"""A path that a rule can name as it is: it has neither spaces and quotes nor the wildcards of patterns."""


def fault_targets(cassette: Cassette) -> list[str]:
    """The ``of ..`` of a rule for each exchange; "" for one that a rule cannot name.

    Messages are counted in each socket, and a rule strikes once: of the sockets of one path it means the first.
    """
    sockets: set[str] = set()
    found: list[str] = []
    for exchange in cassette.exchanges:
        path = exchange.target.partition("?")[0]
        is_new = isinstance(exchange, Call) or path not in sockets
        method = f"{exchange.method} " if isinstance(exchange, Call) else ""
        found.append(f"{method}{path}" if is_new and _PLAIN.fullmatch(path) and _is_word(method.strip()) else "")
        if not isinstance(exchange, Call):
            sockets.add(path)
    return found


def _is_word(method: str) -> bool:
    return not method or (method.isascii() and method.isalpha())


def fault_places(entries: Iterable[TimelineEntry], targets: list[str]) -> list[tuple[str, int] | None]:
    """For each event what a rule counts there, and its number: ``("message", 3)``; None where no rule can strike.

    A client's message has the number of the service's last message before it.

    Args:
        entries: All events, in the order of their times.
        targets: From `fault_targets`.
    """
    requests: Counter[str] = Counter()
    numbers: dict[int, int] = {}
    messages: Counter[int] = Counter()
    found: list[tuple[str, int] | None] = []
    for entry in entries:
        target = targets[entry.exchange]
        place: tuple[str, int] | None = None
        if entry.kind == "request":
            requests[target] += 1
            numbers[entry.exchange] = requests[target]
        if entry.kind in ("request", "answer"):
            place = ("request" if " " in target else "upgrade", numbers.get(entry.exchange, 1))
        elif entry.kind in ("text", "binary") and " " not in target:
            messages[entry.exchange] += entry.direction == "<"
            place = ("message", messages[entry.exchange])
        found.append(place if target else None)
    return found

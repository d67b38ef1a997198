"""What one behaviour of the fake rests on, as a value."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fake_server.service.dialect import DIALECTS, FIRST, Dialect, generations
from provider.wire.generations import GENERATIONS, Generation

DOCUMENT: Final = "docs/protocol.md"
"""The page that paragraphs are of."""


class Group(enum.Enum):
    """What a behaviour belongs to, in the order in which they are shown."""

    ENDPOINTS = "REST: endpoints"
    REFUSALS = "REST: refusals of the service's own"
    FAULTS = "REST: faults that are asked for"
    CALLERS = "callers: tokens, cookies, headers"
    HANDSHAKE = "socket: handshake"
    COMMANDS = "socket: messages of the client"
    EVENTS = "socket: events of the service"
    TURNS = "socket: turns, order of events"
    ERRORS = "socket: error codes"
    OBJECTIONS = "socket: refusals of the service's own"
    CHALLENGES = "socket: challenges"
    ENDS = "socket: keepalive, silence, ends"
    IDS = "ids and dates"
    GENERATION = "generations: what client and service share"
    DIALECT = "generations: the service's side"
    SWITCHES = "switches: other readings"
    SETTINGS = "settings and limits"
    SCENARIOS = "scenarios"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that the fake does, and what says that the service does so.

    Attributes:
        group: What it belongs to.
        name: How code and wire call it, e.g. ``POST /c/api/start``, ``appendText``; only one in its group.
        behaviour: What is done, in a few words.
        paragraph: Of docs/protocol.md, e.g. ``§4.4``; empty for what is the fake's own.
        confidence: The marks of docs/protocol.md, joined by commas: ``[3]``, ``[inf]``, ``[1], conflict``; empty for
            the fake's own.
        generations: Those in which it happens without any switch, oldest first; none: only where something else is
            chosen, see ``switch`` and ``note``.
        switch: Name of the switch that has the other reading, as in ``--switch NAME=READING``; empty if none.
        note: What else there is to know: an option, an exception.
    """

    group: Group
    name: str
    behaviour: str
    paragraph: str
    confidence: str
    generations: tuple[str, ...] = tuple(GENERATIONS)
    switch: str = ""
    note: str = ""

    @property
    def source(self) -> str:
        """Paragraph and confidence, ``§2.1 [2]``; for the fake's own, those words."""
        return f"{self.paragraph} {self.confidence}".rstrip() or "the fake's own"


def where(holds: Callable[[Generation, Dialect], bool]) -> tuple[str, ...]:
    """The generations of which something holds, as their tables have it."""
    return tuple(name for name, generation in GENERATIONS.items() if holds(generation, DIALECTS[name]))


def row(  # noqa: PLR0913  # a row of a table
    group: Group,
    name: str,
    behaviour: str,
    paragraph: str = "",
    confidence: str = "",
    *,
    since: str = FIRST,
    until: str | None = None,
    only: tuple[str, ...] | None = None,
    switch: str = "",
    note: str = "",
) -> Evidence:
    """An `Evidence`; its generations as ``only`` names them, or from ``since`` on until ``until``."""
    return Evidence(
        group=group,
        name=name,
        behaviour=behaviour,
        paragraph=paragraph,
        confidence=confidence,
        generations=generations(since, until) if only is None else only,
        switch=switch,
        note=note,
    )

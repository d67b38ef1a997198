"""One behaviour of the fake and its source in docs/protocol.md, as a value."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fake_server.service.dialect import DIALECTS, FIRST, Dialect
from fake_server.service.rules import Rule
from provider.wire.generations import GENERATIONS, Generation

DOCUMENT: Final = "docs/protocol.md"
"""The document of all paragraphs."""


class Group(enum.Enum):
    """The groups of behaviours, in the order of ``--explain``."""

    ENDPOINTS = "REST: endpoints"
    REFUSALS = "REST: refusals of the service's own"
    FAULTS = "REST: faults that are asked for"
    CALLERS = "callers: tokens, cookies, headers"
    HANDSHAKE = "socket: handshake"
    COMMANDS = "socket: messages of the client"
    EVENTS = "socket: events of the service"
    TURNS = "socket: turns, order of events"
    ERRORS = "socket: error codes"
    MESSAGE_RULES = "socket: refusals of the service's own"
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
    """One behaviour of the fake, and the source for it: a row of ``--explain``.

    Attributes:
        group: Its group.
        name: Its name in code and on the wire, e.g. ``POST /c/api/start``, ``appendText``; unique in its group.
        behaviour: What the fake does, in a few words.
        paragraph: Of docs/protocol.md, e.g. ``§4.4``; empty for the fake's own behaviour.
        confidence: The document's marks, joined by commas: ``[3]``, ``[inf]``, ``[1], conflict``; empty for the fake's
            own behaviour.
        generations: The generations that have it without any switch, oldest first. Empty for a behaviour that must be
            chosen, by ``switch`` or as in ``note``.
        switch: The switch that has the other reading, as in ``--switch NAME=READING``; or empty.
        note: More to know: an option, an exception.
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
        """Paragraph of docs/protocol.md and confidence, e.g. ``§2.1 [2]``; ``the fake's own`` if there is none."""
        return f"{self.paragraph} {self.confidence}".rstrip() or "the fake's own"


def where(holds: Callable[[Generation, Dialect], bool]) -> tuple[str, ...]:
    """The generations for which a condition on their tables holds."""
    return tuple(name for name, generation in GENERATIONS.items() if holds(generation, DIALECTS[name]))


def row_of(
    group: Group,
    name: str,
    rule: Rule,
    behaviour: str = "",
    *,
    only: tuple[str, ...] | None = None,
    switch: str = "",
    note: str = "",
) -> Evidence:
    """The row of ``--explain`` for a rule of the service.

    Args:
        behaviour: What the fake does; empty for the rule's ``about``.
        only: The generations that have the behaviour; None for those of the rule.
    """
    return Evidence(
        group=group,
        name=name,
        behaviour=behaviour or rule.about,
        paragraph=rule.paragraph,
        confidence=rule.confidence,
        generations=rule.generations if only is None else only,
        switch=switch,
        note=note or ("only with --strict" if rule.strict else ""),
    )


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
    """A row for a behaviour that no rule describes; its generations are ``only``, or those since ``since``."""
    rule = Rule(about=behaviour, paragraph=paragraph, confidence=confidence, since=since, until=until)
    return row_of(group, name, rule, only=only, switch=switch, note=note)

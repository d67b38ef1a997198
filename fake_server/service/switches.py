"""Readings of the protocol to choose from, where sources disagree or say too little (docs/protocol.md §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from fake_server.service.dialect import Dialect, HeldSend, Suggesting
from fake_server.service.rules import Rule
from provider.wire.errors import UsageError
from provider.wire.generations import Generation, PartIds


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the protocol: the fields that it sets in the generation and in the dialect."""

    generation: Mapping[str, Any] = field(default_factory=dict[str, Any])
    dialect: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch(Rule):
    """A question of the protocol with several readings.

    Attributes:
        readings: The readings by name.
    """

    readings: Mapping[str, Reading]


def _shared(field_name: str, **readings: Any) -> Mapping[str, Reading]:
    return {_dashed(name): Reading(generation={field_name: value}) for name, value in readings.items()}


def _own(field_name: str, **readings: Any) -> Mapping[str, Reading]:
    return {_dashed(name): Reading(dialect={field_name: value}) for name, value in readings.items()}


def _dashed(name: str) -> str:
    return name.replace("_", "-")


_TITLE: Final = "titleUpdate"
_SUGGESTIONS: Final = "suggestedFollowups"

SWITCHES: Final[Mapping[str, Switch]] = MappingProxyType(
    {
        "connected": Switch(
            about="how often `connected` is said at first",
            paragraph="§4.2",
            confidence="conflict",
            readings=_shared("connected", never=0, once=1, twice=2),
        ),
        "after-done": Switch(
            about="what follows `done`, in which order",
            paragraph="§4.9",
            confidence="conflict",
            readings=_shared(
                "after_done",
                title_first=(_TITLE, _SUGGESTIONS),
                suggestions_first=(_SUGGESTIONS, _TITLE),
                title=(_TITLE,),
                suggestions=(_SUGGESTIONS,),
                nothing=(),
            ),
        ),
        "suggestions": Switch(
            about="whether suggestions come as one event, or piece by piece",
            paragraph="§4.4",
            confidence="conflict",
            readings=_own("suggesting", whole=Suggesting.WHOLE, streamed=Suggesting.STREAMED),
        ),
        "parts": Switch(
            about="how the parts of an answer are named",
            paragraph="§4.4",
            confidence="[1]",
            readings=_shared("part_ids", counted=PartIds.COUNTED, nanoid=PartIds.NANOID),
        ),
        "previews": Switch(
            about="whether unfinished pictures are shown",
            paragraph="§4.4",
            confidence="[3]",
            readings=_shared("partial_images", shown=True, hidden=False),
        ),
        "reasoning": Switch(
            about="whether reasoning comes as text, or is a silence",
            paragraph="§4.5",
            confidence="[2]",
            readings=_shared("chain_of_thought", text=True, silence=False),
        ),
        "attachment-urls": Switch(
            about="how an upload's URL is written",
            paragraph="§3.3",
            confidence="[1], [inf]",
            readings=_own("absolute_urls", absolute=True, relative=False),
        ),
        "authors": Switch(
            about="how a history names who wrote a message",
            paragraph="§3.4",
            confidence="conflict",
            readings=_own("author_is_object", object=True, word=False),
        ),
        "challenge-ids": Switch(
            about="whether challenges are numbered apart from other events",
            paragraph="§4.4",
            confidence="[2]",
            readings=_own("challenges_apart", apart=True, running=False),
        ),
        "held-send": Switch(
            about="whether a message that a challenge held has to come again",
            paragraph="§4.7",
            confidence="[inf]",
            readings=_own("held_send", repeated=HeldSend.REPEATED, kept=HeldSend.KEPT),
        ),
        "hashcash": Switch(
            about="what a hashcash's difficulty counts",
            paragraph="§4.7",
            confidence="conflict",
            readings=_own("hashcash_digits", bits=False, digits=True),
        ),
    }
)


def check_switches(chosen: Mapping[str, str]) -> None:
    """Check that switches and their readings exist.

    Raises:
        UsageError: One does not; the hint lists those that do.
    """
    for name, reading in chosen.items():
        if name not in SWITCHES:
            raise UsageError(
                f"Unknown switch {name!r} (a switch chooses a reading of docs/protocol.md §7)",
                hint=f"Known: {', '.join(SWITCHES)}.",
            )
        if reading not in SWITCHES[name].readings:
            known = ", ".join(SWITCHES[name].readings)
            raise UsageError(f"The switch {name} cannot be set to {reading!r}", hint=f"Known: {known}.")


def choose_readings(generation: Generation, dialect: Dialect, chosen: Mapping[str, str]) -> tuple[Generation, Dialect]:
    """The generation and its dialect with the chosen readings; `check_switches` checks the names."""
    for name, answer in chosen.items():
        reading = SWITCHES[name].readings[answer]
        generation = replace(generation, **reading.generation)
        dialect = replace(dialect, **reading.dialect)
    return generation, dialect

"""What differs between the generations on the service's side alone (docs/protocol.md §3, §4.4, §5), as data."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from provider.wire.generations import GENERATIONS


class HeldSend(enum.Enum):
    """What becomes of a message that a challenge holds, once the challenge is passed (§4.7: not known)."""

    REPEATED = "repeated"
    """The client sends it again; clients do so."""
    KEPT = "kept"
    """The service goes on with the one it has; an equal one that comes all the same is not another turn."""


class Suggesting(enum.Enum):
    """How suggestions come after the answer."""

    WHOLE = "whole"
    """One ``suggestedFollowups`` (captured 2025)."""
    STREAMED = "streamed"
    """``startSuggestion``, ``appendSuggestion``, ``suggestionCompleted`` (2026: names seen, fields inferred)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The service's side of a generation; what client and service share stands in `provider.wire.generations`.

    Attributes:
        start: The date of the first thing that happens.
        absolute_urls: Whether attachments come with an absolute URL (§3.3; inferred for 2025).
        author_is_object: ``{"type":"ai"}`` rather than ``"ai"`` in a history (§3.4).
        image_types: What is taken as an image.
        text_attachments: Whether ``text/plain`` is taken raw (§3.3).
        challenges_apart: Whether challenges are numbered apart: ``1.0001`` (§4.4).
        progression: ``progressionText`` of an image being drawn, or None.
        user: What ``GET /c/api/user`` says besides name and id.
        held_send: What becomes of a message that a challenge holds.
        suggesting: How suggestions come.
        hashcash_digits: Whether a hashcash's difficulty counts hexadecimal digits and its seed keeps the colon (one
            source), rather than bits behind the seed alone (three).
    """

    start: datetime
    absolute_urls: bool
    author_is_object: bool
    image_types: frozenset[str]
    text_attachments: bool
    challenges_apart: bool
    progression: str | None
    user: Mapping[str, Any]
    held_send: HeldSend = HeldSend.REPEATED
    suggesting: Suggesting = Suggesting.WHOLE
    hashcash_digits: bool = False


_REGION: Final[Mapping[str, Any]] = {"regionCode": "US", "inEeaPlusRegion": False, "inGdprRegion": False}
_TOGGLES: Final[Mapping[str, Any]] = {
    "ageGroup": "adult",
    "allowedToggles": {"textTraining": True, "voiceTraining": True, "personalization": True},
}

_USER_2025: Final[Mapping[str, Any]] = {
    "anid": None,
    "isPro": False,
    **_REGION,
    "remainingReasoningCalls": 50,
    "isHistoryMigrationPending": False,
    "isEligibleForFreeTrial": False,
    "isDeprecated": False,
    "phoneLink": None,
    **_TOGGLES,
}

_DIALECT_2025_03: Final = Dialect(
    start=datetime(2025, 4, 1, 10, 0, tzinfo=UTC),
    absolute_urls=True,
    author_is_object=False,
    image_types=frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"}),
    text_attachments=False,
    challenges_apart=False,
    progression=None,
    user=_USER_2025,
)
_DIALECT_2025_10: Final = replace(
    _DIALECT_2025_03, start=datetime(2025, 10, 15, 10, 0, tzinfo=UTC), author_is_object=True
)
_DIALECT_2026: Final = replace(
    _DIALECT_2025_10,
    start=datetime(2026, 1, 15, 10, 0, tzinfo=UTC),
    absolute_urls=False,
    image_types=frozenset({"image/png", "image/jpeg", "image/webp"}),
    text_attachments=True,
    challenges_apart=True,
    progression="Drawing",
    user={"anid": None, "isPro": False, **_REGION, "remainingUsage": {"reasoningCalls": 50}, **_TOGGLES},
)

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {"2025-03": _DIALECT_2025_03, "2025-10": _DIALECT_2025_10, "2026": _DIALECT_2026}
)


_ORDER: Final = {name: number for number, name in enumerate(GENERATIONS)}
FIRST: Final = next(iter(GENERATIONS))
"""The oldest generation."""


def within(generation: str, since: str, until: str | None = None) -> bool:
    """Whether a generation is not older than ``since``, and not younger than ``until``.

    Raises:
        KeyError: One of them is no generation.
    """
    number = _ORDER[generation]
    return _ORDER[since] <= number and (until is None or number <= _ORDER[until])


def generations(since: str, until: str | None = None) -> tuple[str, ...]:
    """The names of all generations `within` these, oldest first."""
    return tuple(name for name in _ORDER if within(name, since, until))

"""The service's side of each generation, as data (docs/protocol.md §3, §4.4, §5)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from provider.wire.generations import GENERATIONS

_ORDER: Final = {name: number for number, name in enumerate(GENERATIONS)}
FIRST: Final = next(iter(GENERATIONS))
"""The oldest generation."""


def applies_to(generation: str, since: str, until: str | None = None) -> bool:
    """Whether a generation lies between two others, both included; ``until`` None for no upper bound.

    Raises:
        KeyError: One of them is not the name of a generation.
    """
    number = _ORDER[generation]
    return _ORDER[since] <= number and (until is None or number <= _ORDER[until])


def generations_between(since: str, until: str | None = None) -> tuple[str, ...]:
    """The names of all generations between two, both included, oldest first."""
    return tuple(name for name in _ORDER if applies_to(name, since, until))


class HeldSend(enum.Enum):
    """What the service does with a message that it held back for a challenge, once the client has passed.

    No capture shows which of them the real service does (docs/protocol.md §4.7).
    """

    REPEATED = "repeated"
    """The service waits until the client sends it again; clients do so."""
    KEPT = "kept"
    """The service answers the one it holds; if the client repeats it, that starts no second turn."""


class Suggesting(enum.Enum):
    """How the service sends suggestions after the answer."""

    WHOLE = "whole"
    """One ``suggestedFollowups`` (captured 2025)."""
    STREAMED = "streamed"
    """``startSuggestion``, ``appendSuggestion``, ``suggestionCompleted`` (2026: names seen, fields inferred)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The service's side of a generation; `provider.wire.generations` has what client and service share.

    Attributes:
        start: The service's clock when the fake starts.
        absolute_urls: Whether an upload's response has an absolute URL (§3.3; inferred for 2025).
        author_is_object: Whether a history writes ``{"type":"ai"}`` rather than ``"ai"`` (§3.4).
        image_types: Content types that the service accepts as images.
        text_attachments: Whether the service accepts ``text/plain`` as a raw body (§3.3).
        challenges_apart: Whether challenges have a numbering of their own: ``1.0001`` (§4.4).
        progression: ``progressionText`` of an unfinished image, or None.
        user: Fields of ``GET /c/api/user`` besides name and id.
        held_send: How the service treats a message that it held for a challenge.
        suggesting: How the service sends suggestions.
        hashcash_digits: Whether the difficulty of a hashcash counts hexadecimal digits, and its seed includes the colon
            (one source). Otherwise it counts bits, and the seed has no colon (three sources).
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

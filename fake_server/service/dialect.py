"""What differs between the generations on the service's side alone (docs/protocol.md §3, §4.4, §5), as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The service's side of a generation; what client and service share stands in `provider.wire.generations`.

    Attributes:
        start: The date of the first thing that happens.
        has_start: Whether ``/start`` and temporary sessions exist.
        absolute_urls: Whether attachments come with an absolute URL (§3.3; inferred for 2025).
        author_is_object: ``{"type":"ai"}`` rather than ``"ai"`` in a history (§3.4).
        image_types: What is taken as an image.
        text_attachments: Whether ``text/plain`` is taken raw (§3.3).
        challenges_apart: Whether challenges are numbered apart: ``1.0001`` (§4.4).
        progression: ``progressionText`` of an image being drawn, or None.
        user: What ``GET /c/api/user`` says besides name and id.
    """

    start: datetime
    has_start: bool
    absolute_urls: bool
    author_is_object: bool
    image_types: frozenset[str]
    text_attachments: bool
    challenges_apart: bool
    progression: str | None
    user: Mapping[str, Any]


_REGION: Final[Mapping[str, Any]] = {"regionCode": "US", "inEeaPlusRegion": False, "inGdprRegion": False}
_TOGGLES: Final[Mapping[str, Any]] = {
    "ageGroup": "adult",
    "allowedToggles": {"textTraining": True, "voiceTraining": True, "personalization": True},
}

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {
        "2025-03": Dialect(
            start=datetime(2025, 4, 1, 10, 0, tzinfo=UTC),
            has_start=False,
            absolute_urls=True,
            author_is_object=False,
            image_types=frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"}),
            text_attachments=False,
            challenges_apart=False,
            progression=None,
            user={
                "anid": None,
                "isPro": False,
                **_REGION,
                "remainingReasoningCalls": 50,
                "isHistoryMigrationPending": False,
                "isEligibleForFreeTrial": False,
                "isDeprecated": False,
                "phoneLink": None,
                **_TOGGLES,
            },
        ),
        "2026": Dialect(
            start=datetime(2026, 1, 15, 10, 0, tzinfo=UTC),
            has_start=True,
            absolute_urls=False,
            author_is_object=True,
            image_types=frozenset({"image/png", "image/jpeg", "image/webp"}),
            text_attachments=True,
            challenges_apart=True,
            progression="Drawing",
            user={"anid": None, "isPro": False, **_REGION, "remainingUsage": {"reasoningCalls": 50}, **_TOGGLES},
        ),
    }
)

"""What faults rest on: the ways in which a request can fail, and how many saw it fail so (docs/protocol.md §3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

BECAUSE: Final = "x-wiretape-because"
"""The header in which a refusal says what it rests on."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a request that is told to fail would fail at the service.

    Attributes:
        about: What is answered, and for which reason.
        rests_on: Paragraph of docs/protocol.md; empty for what is the fake's own.
        confidence: How sure that is, as docs/protocol.md marks it.
    """

    about: str
    rests_on: str = ""
    confidence: str = ""


FAULTS: Final[Mapping[int | str, Cause]] = MappingProxyType(
    {
        302: Cause("sent to `/`: a region that is refused", "§3.8", "[1]"),
        401: Cause("a token that has expired, is wrong, or is for another audience", "§3.8", "[3]"),
        403: Cause("in JSON: an upload without a Bearer token, or a region", "§3.8", "[1]"),
        429: Cause("too many requests", "§3.8", "[1]"),
        440: Cause("refused at the edge", "§3.8", "[1]"),
        451: Cause("a region that is refused", "§3.8", "[1]"),
        460: Cause("no temporary session", "§3.8", "[2]"),
        502: Cause("trouble upstream, or turns at the same time", "§3.8", "[2]"),
        504: Cause("trouble upstream", "§3.8", "[1]"),
        "cloudflare": Cause("403 with Cloudflare's page", "§3.8", "[2]"),
        "html": Cause("200 with a page: a check in disguise", "§3.5", "[1]"),
        "rate-page": Cause("429 with a page: clients tell it from one in JSON", "§3.8", "[1]"),
        "redirect": Cause("302 to `/`: a region that is refused", "§3.8", "[1]"),
        "notjson": Cause("200 with broken JSON"),
        "drop": Cause("no answer: the connection ends"),
        "reset": Cause("no answer: the connection is reset, by network or region", "§6", "[1]"),
        "stall": Cause("no answer, and the connection stays"),
    }
)
"""The statuses that were seen, and every word of `fake_server.service.refusals.REFUSALS`."""

_UNSEEN: Final = Cause("a status that no source saw")


def cause_of(how: int | str) -> Cause:
    """What a fault rests on."""
    return FAULTS.get(how, _UNSEEN)


def because(rests_on: str, confidence: str, about: str) -> str:
    """The reason in one line of ASCII, for a header: ``docs/protocol.md 2.1 [2]: no temporary session``."""
    source = f"docs/protocol.md {rests_on.lstrip('§')} {confidence}" if rests_on else "the fake's own"
    return f"{source}: {about}"

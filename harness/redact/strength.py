"""Which secret values may be hunted: replaced wherever they occur, not in their own field only.

``_EDGE_V=1`` is a cookie, and so was ``en-US``; hunting such values would spoil a recording and protect nothing. So a
value is hunted if it is long and varied enough, and does not look like something that people write or programs
configure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from harness.redact.standin import would_damage

_LEAST: Final[Mapping[str, tuple[int, int]]] = {"cookie": (12, 6), "text": (12, 6), "email": (6, 3)}
"""Kind -> least length and least number of different bytes. Cookies are often settings, so they need more."""

_DEFAULT: Final = (8, 5)

_ORDINARY: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rb"(?:[A-Za-z]{1,15}[\s/_,;.-]+)*[A-Za-z]{1,15}",  # words, time zones, locales, names of fields, hosts
        rb"https?://[\w.:-]+(?:/[A-Za-z_.-]*)*",  # pages
        rb"[+-]?\d{1,15}(?:\.\d+)?",  # counts, times, sizes
        rb"\d{4}-\d\d-\d\d(?:[T ][\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?",  # dates
        rb"[A-Z][A-Za-z]*/[\d.]+(?: .*)?",  # Mozilla/5.0 ..
        rb"(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?",  # addresses
    )
)


def may_be_hunted(value: bytes, kind: str) -> bool:
    """Whether a secret value of that kind is replaced outside of its own field too."""
    length, variety = _LEAST.get(kind, _DEFAULT)
    if len(value) < length or len(set(value)) < variety:
        return False
    if kind != "email" and any(look.fullmatch(value) for look in _ORDINARY):
        return False
    return not would_damage(value)

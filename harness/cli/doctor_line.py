"""One line of ``wiretape doctor``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["ok", "note", "problem"]
"""``ok``: works; ``note``: works, but something is missing or in doubt; ``problem``: something does not work."""


@dataclass(frozen=True, slots=True)
class DoctorLine:
    """What one check found.

    Attributes:
        subject: What was checked, such as ``browser``.
        level: How bad it is.
        found: What the check found; never a secret.
        advice: What the user can do; empty if there is nothing to do.
    """

    subject: str
    level: Level
    found: str
    advice: str = ""

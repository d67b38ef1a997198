"""What can go wrong when drift is looked for."""

from __future__ import annotations

from harness.errors import HarnessError


class DriftError(HarnessError):
    """There is nothing to learn from, or nothing to grade; says why."""

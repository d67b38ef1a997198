"""Why a report cannot be reproduced."""

from __future__ import annotations

from harness.errors import HarnessError


class ReproduceError(HarnessError):
    """The report holds nothing to reproduce, or the files cannot be written; says which."""

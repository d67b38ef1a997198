"""`ReproduceError`: no test can be made of a report."""

from __future__ import annotations

from harness.errors import HarnessError


class ReproduceError(HarnessError):
    """The report holds nothing to reproduce, or the files cannot be written. The text names the reason."""

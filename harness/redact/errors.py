"""Errors of redacting a file, or of searching it for secrets."""

from __future__ import annotations

from collections.abc import Sequence

from harness.errors import HarnessError
from harness.redact.scan import SecretFinding

_MOST_LISTED = 10


class NoHarError(HarnessError):
    """The bytes are not a HAR: no JSON object with ``log``, or nested too deeply. The text shows none of them."""


class WeakSecretError(HarnessError):
    """A value is too short or too plain to be sought everywhere: its occurrences would be chance. It is not shown."""


class StillSecretError(HarnessError):
    """Something secret stands where nothing can take its place, the name of a field for instance; nothing was written.

    Attributes:
        findings: Place and kind of each such secret, not its value.
    """

    def __init__(self, findings: Sequence[SecretFinding]) -> None:
        super().__init__(tuple(findings))
        self.findings = tuple(findings)

    def __str__(self) -> str:
        shown = "; ".join(map(str, self.findings[:_MOST_LISTED]))
        more = f"; and {len(self.findings) - _MOST_LISTED} more" if len(self.findings) > _MOST_LISTED else ""
        return f"it would still hold secrets where none can be replaced ({shown}{more}): take them out by hand"

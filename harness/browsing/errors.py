"""Why a browser's session cannot be recorded."""

from __future__ import annotations

from harness.errors import HarnessError


class BrowsingError(HarnessError):
    """The browser cannot be started, or nothing of the service could be seen in it; says which."""

"""`ControlError`: a request to the control service cannot be fulfilled."""

from __future__ import annotations

from harness.errors import HarnessError


class ControlError(HarnessError):
    """A request is refused.

    Attributes:
        status: HTTP status of the response.
        kind: Its code: ``bad-request``, ``no-cassette``, ``no-test``, ``ended``, ``too-many`` ..
    """

    def __init__(self, status: int, kind: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.kind = kind

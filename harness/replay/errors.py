"""Errors of a replay: a report with failures, as an exception."""

from __future__ import annotations

from harness.errors import HarnessError


class ReplayError(HarnessError):
    """The client deviated from the recording.

    Attributes:
        text: The report, without secrets.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text


class MissingCassetteError(ReplayError):
    """The cassette to replay does not exist."""


class NoMatchError(ReplayError):
    """A request matches nothing recorded."""


class UsedUpError(ReplayError):
    """A request matches only exchanges that were played already."""


class OutOfOrderError(ReplayError):
    """A request came, and what the recording has before its response did not come in time."""


class MessageMismatchError(ReplayError):
    """A message on a socket differs from the recorded one."""


class ClientHungError(ReplayError):
    """The player waited for the client on a socket, and the client sent nothing before the deadline."""


class UnplayedError(ReplayError):
    """The client did not request every recorded exchange, or left a socket too early."""


class PlayerFailedError(ReplayError):
    """The player, or a function of the user or the profile, raised: the client is not at fault."""

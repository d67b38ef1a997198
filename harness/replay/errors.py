"""Errors of replay: a report that is not fine, as an exception."""

from __future__ import annotations

from harness.errors import HarnessError


class ReplayError(HarnessError):
    """What a client did is not what was recorded.

    Attributes:
        text: The report, fit to be shown.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text


class MissingCassetteError(ReplayError):
    """There is no cassette to play."""


class NoMatchError(ReplayError):
    """A request that nothing recorded answers."""


class UsedUpError(ReplayError):
    """A request whose recorded answers were all played already."""


class OutOfOrderError(ReplayError):
    """A request that came before what was recorded before it."""


class MessageMismatchError(ReplayError):
    """A message on a socket that differs from the recorded one."""


class ClientHungError(ReplayError):
    """The client was waited for in vain."""


class UnplayedError(ReplayError):
    """Something recorded was never asked for."""


class PlayerFailedError(ReplayError):
    """The player, or a function of the profile, raised: no fault of the client."""

"""Errors of matching itself, as opposed to differences."""

from __future__ import annotations

from harness.errors import HarnessError


class MatcherError(HarnessError):
    """A profile's own function raised while two messages were compared: the profile is at fault, not the client.

    Attributes:
        matcher: Which function.
        profile: Name of the profile.
    """

    def __init__(self, matcher: str, profile: str) -> None:
        super().__init__(matcher, profile)
        self.matcher = matcher
        self.profile = profile

    def __str__(self) -> str:
        return (
            f"`{self.matcher}` of the profile `{self.profile}` raised while a message was compared; "
            "it must return a value for any bytes. Its own error is the cause of this one"
        )

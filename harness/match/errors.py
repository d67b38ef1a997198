"""Errors of matching itself, as opposed to differences."""

from __future__ import annotations

from harness.errors import HarnessError


class UserFunctionError(HarnessError):
    """A function of the user's (``match_on``, ``before_record_request``) raised: the client is not at fault.

    Attributes:
        function: Its name.
    """

    def __init__(self, function: str) -> None:
        super().__init__(function)
        self.function = function

    def __str__(self) -> str:
        return f"`{self.function}` raised {type(self.__cause__).__name__} while a request was compared"


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

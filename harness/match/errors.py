"""Errors of the comparison itself, as opposed to differences."""

from __future__ import annotations

from harness.errors import HarnessError


class UserFunctionError(HarnessError):
    """A function of the user (``match_on``, ``before_record_request``) raised while the player compared a request.

    Attributes:
        function: Name of the function.
    """

    def __init__(self, function: str) -> None:
        super().__init__(function)
        self.function = function

    def __str__(self) -> str:
        return f"`{self.function}` raised {type(self.__cause__).__name__} (comparing a request): correct that function"


class MatcherError(HarnessError):
    """A function of a service profile raised while the player compared a message.

    Attributes:
        matcher: Name of the function.
        profile: Name of the profile.
    """

    def __init__(self, matcher: str, profile: str) -> None:
        super().__init__(matcher, profile)
        self.matcher = matcher
        self.profile = profile

    def __str__(self) -> str:
        return (
            f"`{self.matcher}` of the profile `{self.profile}` raised an error while the player compared a message: "
            "correct it so that it returns a value for any bytes. Its error is the cause of this one"
        )

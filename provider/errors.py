"""The errors of the client. Each says what happened, at which step, and what to do next. Their root is `CopilotError`.

::

    CopilotError
    ├── UsageError                 a mistake of the app
    │   └── ArgumentTypeError      a wrong type or an unknown argument (also a TypeError); `argument`
    ├── MissingRequirementsError   a library is missing; names the extra
    ├── NoValidHarFileError        no HAR file holds a token; no credentials were found
    ├── LoginError                 signing in with a browser failed; `reason`
    ├── MissingAuthError           the service rejects the credentials (401)
    ├── ChallengeRequiredError     the service wants a human, or a proof of work
    ├── RateLimitError             too many requests; `retry_after`
    ├── ResponseStatusError        any other status; `status`
    │   ├── CloudflareError
    │   └── RegionError
    ├── ResponseError              an invalid answer (also a RuntimeError); `code`
    │   └── MalformedEventError
    ├── ConnectionClosedError      no connection, or it ended too early (also a RuntimeError); `close_code`
    └── TimeoutError               a deadline passed; `part` (also the builtin)
"""

from __future__ import annotations

import builtins
from typing import Literal, TypeAlias

from provider.timeout import TimeoutPart
from provider.wire.errors import ArgumentTypeError, CopilotError, MalformedEventError, ResponseError, UsageError

__all__ = [
    "ArgumentTypeError",
    "ChallengeRequiredError",
    "CloudflareError",
    "ConnectionClosedError",
    "CopilotError",
    "CopilotTimeoutError",
    "LoginError",
    "MalformedEventError",
    "MissingAuthError",
    "MissingRequirementsError",
    "NoValidHarFileError",
    "RateLimitError",
    "RegionError",
    "ResponseError",
    "ResponseStatusError",
    "TimeoutError",
    "UsageError",
]


class MissingRequirementsError(CopilotError):
    """A library is not installed; the hint names what to install."""


class NoValidHarFileError(CopilotError):
    """No HAR file holds an access token, or no credentials were found at all."""


LoginReason: TypeAlias = Literal["no-browser", "window-closed", "deadline", "no-token", "start-failed", "proxy"]
"""Why a sign-in failed: no browser was found, its window was closed, the time was up, the page could not be opened or
had no token, the browser did not start, or the proxy is wrong or rejects the browser."""


class LoginError(CopilotError):
    """Signing in with a browser failed.

    Attributes:
        reason: ``"no-browser"``, ``"window-closed"``, ``"deadline"``, ``"no-token"``, ``"start-failed"`` or
            ``"proxy"``.
    """

    def __init__(
        self, what: str = "", *, step: str = "sign in", hint: str = "", reason: LoginReason = "no-token"
    ) -> None:
        super().__init__(what, step=step, hint=hint)
        self.reason: LoginReason = reason


class MissingAuthError(CopilotError):
    """The service rejects the credentials, or requires some: status 401 on REST or on the upgrade.

    Attributes:
        status: The HTTP status.
        source: Where the rejected credentials come from, e.g. ``COPILOT_TOKEN`` or a file; empty if unknown.
    """

    def __init__(self, what: str = "", *, step: str = "", hint: str = "", status: int = 401) -> None:
        super().__init__(what, step=step, hint=hint)
        self.status = status
        self.source = ""

    def __str__(self) -> str:
        text = super().__str__()
        return f"{text} Credentials source: {self.source}." if self.source else text


class ChallengeRequiredError(CopilotError):
    """The service holds the turn until a challenge is answered (docs/protocol.md §4.7). Humans pass checks for humans.

    Attributes:
        method: The challenge's method, or None.
    """

    def __init__(self, what: str = "", *, step: str = "", hint: str = "", method: str | None = None) -> None:
        super().__init__(what, step=step, hint=hint)
        self.method = method


class RateLimitError(CopilotError):
    """Too many requests.

    Attributes:
        status: The HTTP status, or None where an event reported it.
        retry_after: Seconds to wait, or None.
        retry_at: Time (ISO 8601) after which the app may try again, or None.
        code: The event's error code, or ``""``.
    """

    def __init__(
        self,
        what: str = "",
        *,
        step: str = "",
        hint: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        retry_at: str | None = None,
        code: str = "",
    ) -> None:
        super().__init__(what, step=step, hint=hint)
        self.status = status
        self.retry_after = retry_after
        self.retry_at = retry_at
        self.code = code


class ResponseStatusError(CopilotError):
    """The service answered with a status for which there is no more specific error.

    Attributes:
        status: The HTTP status.
        retry_after: Seconds to wait, or None.
    """

    def __init__(
        self, what: str = "", *, step: str = "", hint: str = "", status: int = 0, retry_after: float | None = None
    ) -> None:
        super().__init__(what, step=step, hint=hint)
        self.status = status
        self.retry_after = retry_after


class CloudflareError(ResponseStatusError):
    """Cloudflare shows a check page, which a person has to pass in a browser."""


class RegionError(ResponseStatusError):
    """The service rejects this region or kind of caller (440, 451, 460, a redirect to the start page)."""


class ConnectionClosedError(CopilotError, RuntimeError):
    """There was no connection, or it ended before the answer. Also a RuntimeError, which the original client raised.

    Attributes:
        how: ``"close"``, ``"eof"``, ``"reset"``, or ``"connect"`` where there was no connection.
        close_code: Code of the service's close frame, or None.
        reason: The reason in that close frame.
    """

    def __init__(
        self,
        what: str = "",
        *,
        step: str = "",
        hint: str = "",
        how: str = "eof",
        close_code: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(what, step=step, hint=hint)
        self.how = how
        self.close_code = close_code
        self.reason = reason


class TimeoutError(CopilotError, builtins.TimeoutError):  # noqa: A001  # the builtin's name is part of the contract
    """A deadline has passed.

    Attributes:
        part: The part of the `provider.Timeout`: ``"total"``, ``"connect"``, ``"first"`` or ``"idle"``. None for a
            limit of the client's own, e.g. for one refresh of the credentials.
        seconds: The value of that part, or None.
    """

    def __init__(
        self,
        what: str = "",
        *,
        step: str = "",
        hint: str = "",
        part: TimeoutPart | None = None,
        seconds: float | None = None,
    ) -> None:
        super().__init__(what, step=step, hint=hint)
        self.part: TimeoutPart | None = part
        self.seconds = seconds


CopilotTimeoutError = TimeoutError
"""The same class under a name that hides no builtin."""

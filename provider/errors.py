"""Every error a caller may meet. One root, `CopilotError`; each says what happened, at which step, what to do next.

::

    CopilotError
    ├── UsageError                 the caller's mistake (also a ValueError where an argument is wrong)
    ├── MissingRequirementsError   a library is missing; names the extra
    ├── NoValidHarFileError        no HAR file holds a token
    ├── LoginError                 signing in with a browser failed; `reason`
    ├── MissingAuthError           401 on REST or upgrade
    ├── ChallengeRequiredError     the service wants a human, or proof of work
    ├── RateLimitError             too many requests; `retry_after`
    ├── ResponseStatusError        any other status; `status`
    │   ├── CloudflareError
    │   └── RegionError
    ├── ResponseError              an invalid answer (also a RuntimeError); `code`
    │   └── MalformedEventError
    ├── ConnectionClosedError      the connection ended in the middle; `close_code`
    └── TimeoutError               a deadline passed (also the builtin)
"""

from __future__ import annotations

import builtins
from typing import Literal, TypeAlias

from provider.wire.errors import CopilotError, MalformedEventError, ResponseError, UsageError

__all__ = [
    "ChallengeRequiredError",
    "CloudflareError",
    "ConnectionClosedError",
    "CopilotError",
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
    """A library that is needed is not installed; the hint names what to install."""


class NoValidHarFileError(CopilotError):
    """No HAR file with an access token was found, or a token could not be had at all."""


LoginReason: TypeAlias = Literal["no-browser", "window-closed", "deadline", "no-token", "start-failed", "proxy"]
"""Why a sign-in failed: no browser was found, the person (or something else) ended it, time has passed, the page could
not be opened, the browser did not start, or the proxy is wrong or refuses."""


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
    """The service refused the credentials, or asks for some: status 401 on REST or on the upgrade.

    Attributes:
        status: The HTTP status.
        source: Where the refused credentials came from, e.g. ``COPILOT_TOKEN`` or a file; empty if nothing says.
    """

    def __init__(self, what: str = "", *, step: str = "", hint: str = "", status: int = 401) -> None:
        super().__init__(what, step=step, hint=hint)
        self.status = status
        self.source = ""

    def __str__(self) -> str:
        told = super().__str__()
        return f"{told} The credentials came from: {self.source}." if self.source else told


class ChallengeRequiredError(CopilotError):
    """The service holds the turn until a challenge is answered (docs/protocol.md §4.7). We automate no human check.

    Attributes:
        method: The challenge's method, None where the service names none.
    """

    def __init__(self, what: str = "", *, step: str = "", hint: str = "", method: str | None = None) -> None:
        super().__init__(what, step=step, hint=hint)
        self.method = method


class RateLimitError(CopilotError):
    """Too many requests.

    Attributes:
        status: The HTTP status, or None when it came as an event.
        retry_after: Seconds to wait if the service said so.
        retry_at: The time (ISO 8601) from which on it may be tried again, if an event said so.
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
    """A request was answered with a status that no other error stands for.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, what: str = "", *, step: str = "", hint: str = "", status: int = 0) -> None:
        super().__init__(what, step=step, hint=hint)
        self.status = status


class CloudflareError(ResponseStatusError):
    """Cloudflare's page stands in the way: a person has to pass it in a browser."""


class RegionError(ResponseStatusError):
    """The service is not offered here, or not to this kind of caller (440, 451, 460, a redirect to the start page)."""


class ConnectionClosedError(CopilotError):
    """The connection could not be made, or ended before the answer did.

    Attributes:
        how: ``"close"``, ``"eof"``, ``"reset"``, or ``"connect"`` when there was none.
        close_code: Code of the service's close frame, or None.
        reason: Its reason.
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
    """The time given for the whole call has passed."""

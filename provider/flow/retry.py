"""Repeats the requests before a prompt, where that is safe: nothing was done, or doing it twice does no harm.

A prompt is never sent again: once it may have arrived, no step is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from provider.effects import READ_CLOCK, BackOff, Result, Steps
from provider.errors import CopilotError, RateLimitError, ResponseStatusError
from provider.flow.error_mapping import check, from_transport
from provider.flow.retry_after import needs_clock, retry_after
from provider.flow.state import ChatState, ServiceAccess
from provider.timeout import TimeoutPassedError
from provider.transport.errors import ConnectError, TransportError, UpgradeRefusedError
from provider.transport.types import Request, Response
from provider.websocket import Headers

_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 8.0
LONGEST_RETRY_AFTER: Final = 30.0
"""Seconds. A longer Retry-After is for the app to keep: the client raises at once."""
_OF_READING: Final = frozenset({429, 503})
_OF_CREATING: Final = frozenset({429})
"""The service may have done what it was asked for before it failed with another status."""
OF_UPGRADES: Final = frozenset({429, 502, 503, 504})
"""The statuses after which the upgrade is repeated: a socket that was not opened has no effect."""


def fetch(service: ServiceAccess, state: ChatState, request: Request) -> Steps[Response]:
    """Make a request of the current step, and return its successful response.

    Raises:
        CopilotError: Of the last attempt: the error for its status or page.
    """
    statuses = _OF_READING if request.method == "GET" else _OF_CREATING
    return (yield from with_retries(service, state, partial(_once, request, state.step), statuses))


def _once(request: Request, step: str) -> Steps[Response]:
    response: Response = yield request
    return check(response, step)


def with_retries(
    service: ServiceAccess, state: ChatState, attempt: Callable[[], Steps[Result]], statuses: frozenset[int]
) -> Steps[Result]:
    """Run an attempt, and again while it fails for want of a connection or with one of the statuses.

    Raises:
        CopilotError: Of the last attempt.
        TransportError: Likewise.
    """
    retries = 0
    while True:
        try:
            return (yield from attempt())
        except UpgradeRefusedError as refused:
            failure: Exception = from_transport(refused, state.step)
            failure.__cause__ = refused
        except (CopilotError, TransportError) as error:
            failure = error
        yield from _read_date(failure)
        reason = _reason(failure, statuses)
        if reason is None or retries >= service.max_retries:
            raise failure
        asked = _asked_wait(failure)
        if asked is not None and asked > LONGEST_RETRY_AFTER:
            raise failure
        wait = asked or min(_FIRST_WAIT * 2**retries, _LONGEST_WAIT)
        retries += 1
        if not (yield BackOff(state.step, reason, wait, exact=bool(asked), number=retries, of=service.max_retries)):
            raise failure


def _read_date(failure: Exception) -> Steps[None]:
    """Read the clock if an error's Retry-After is a date without a ``Date`` beside it, and set its ``retry_after``."""
    if isinstance(failure, RateLimitError | ResponseStatusError) and needs_clock(_headers(failure)):
        now: float = yield READ_CLOCK
        failure.retry_after = retry_after(_headers(failure), now)


def _headers(failure: CopilotError) -> Headers:
    return () if failure.response is None else failure.response.raw_headers()


def _reason(failure: Exception, statuses: frozenset[int]) -> str | None:
    """Why another attempt is safe and may succeed, in words for the log; None where it is not."""
    match failure:
        case ConnectError():
            return "no connection" if failure.transient else None
        case TimeoutPassedError():
            return f"no connection within {failure.seconds:g} s" if failure.part == "connect" else None
        case RateLimitError() | ResponseStatusError():
            # Not the errors derived from these: a page that wants to see a person wants to see one again.
            exact = type(failure) in (RateLimitError, ResponseStatusError)
            return f"status {failure.status}" if exact and failure.status in statuses else None
        case _:
            return None


def _asked_wait(failure: Exception) -> float | None:
    """The seconds for which the service asks the client to wait, or None."""
    return failure.retry_after if isinstance(failure, RateLimitError | ResponseStatusError) else None

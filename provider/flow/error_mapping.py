"""Maps statuses, pages and transport errors to the client's errors: one table for REST and the upgrade."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from provider.errors import (
    CloudflareError,
    ConnectionClosedError,
    CopilotError,
    MissingAuthError,
    MissingRequirementsError,
    RateLimitError,
    RegionError,
    ResponseError,
    ResponseStatusError,
    TimeoutError,  # noqa: A004  # ours is the builtin, too
)
from provider.flow.retry_after import retry_after
from provider.timeout import TimeoutPassedError
from provider.traffic import ReceivedResponse
from provider.transport.errors import (
    ConnectError,
    DeadlineError,
    MissingCurlError,
    ProtocolError,
    SocketEndedError,
    TooLargeError,
    TransportError,
    UpgradeRefusedError,
)
from provider.transport.types import Response
from provider.websocket import Headers, header
from provider.wire.endpoints import decode_answer
from provider.wire.errors import escaped

Decoded = TypeVar("Decoded")

_CLOUDFLARE_MARKS: Final = (b"cf-chl", b"challenge-platform", b"Just a moment", b"cf-browser-verification", b"cf_chl")
_VISIT: Final = "Open the service in a browser in the same network, pass the check, and export a new HAR or cookies."


def _auth(status: int, step: str) -> CopilotError:
    hint = "Get a new token: run `wiretape login`, export a HAR, or pass api_key."
    return MissingAuthError(f"Status {status}: the access token is missing, invalid or expired", step=step, hint=hint)


def _region(status: int, step: str) -> CopilotError:
    hint = "Sign in, or use a network in which the service works in a browser."
    what = f"Status {status}: the service rejects this region or kind of caller"
    return RegionError(what, step=step, hint=hint, status=status)


def _no_session(status: int, step: str) -> CopilotError:
    hint = "Anonymous callers need a temporary session (generation 2026). Sign in: then none is needed."
    what = f"Status {status}: the service rejects an anonymous caller without a valid temporary session"
    return RegionError(what, step=step, hint=hint, status=status)


def _upstream(status: int, step: str) -> CopilotError:
    hint = "The service is overloaded or throttles. Wait, and try again."
    return ResponseStatusError(f"Status {status} from the service", step=step, hint=hint, status=status)


def _redirect(status: int, step: str) -> CopilotError:
    hint = "The service redirects callers it does not serve to its start page. Check it in a browser."
    what = f"Status {status}: the service redirects instead of answering"
    return RegionError(what, step=step, hint=hint, status=status)


_BY_STATUS: Final[Mapping[int, Callable[[int, str], CopilotError]]] = MappingProxyType(
    {
        301: _redirect,
        302: _redirect,
        303: _redirect,
        307: _redirect,
        308: _redirect,
        401: _auth,
        440: _region,
        451: _region,
        460: _no_session,
        502: _upstream,
        503: _upstream,
        504: _upstream,
    }
)


def decode(kind: type[Decoded], response: Response, step: str) -> Decoded:
    """Check a response, and decode its JSON body.

    Raises:
        CopilotError: As `check`; or the body does not have that type (`ResponseError`).
    """
    body = check(response, step).body
    try:
        return decode_answer(kind, body, step)
    except CopilotError as error:
        del body  # keeps the secret out of traceback frames: some responses hold keys
        attach(error, response)
        raise


def check(response: Response, step: str) -> Response:
    """Return the response if it is a success, and not an HTML page.

    Raises:
        CopilotError: The error for its status or page (docs/protocol.md §3.8), with the response.
    """
    error = _error_of(response, step)
    if error is not None:
        raise attach(error, response)
    return response


def attach(error: CopilotError, response: Response) -> CopilotError:
    """Set the response that caused an error, and its request id. `CopilotError.redact` redacts credentials in it."""
    error.response = ReceivedResponse.of(response.status, response.headers, response.body, lambda text: text)
    error.request_id = error.response.request_id
    return error


def _error_of(response: Response, step: str) -> CopilotError | None:
    is_page = _is_html(response)
    if is_page and _is_cloudflare(response):
        what = f"Status {response.status}: Cloudflare answers with a check that only a browser can pass"
        return CloudflareError(what, step=step, hint=_VISIT, status=response.status)
    if 200 <= response.status < 300:
        if is_page:
            return ResponseError("The service's response is an HTML page instead of JSON", step=step, hint=_VISIT)
        return None
    return status_error(response.status, response.headers, step)


def status_error(status: int, headers: Headers, step: str) -> CopilotError:
    """Return the error for an unsuccessful status."""
    wait = retry_after(headers)
    if status == 429:
        after = "" if wait is None else f" Wait {wait:g} s."
        hint = f"Slow down: one turn at a time, few per minute.{after}"
        return RateLimitError("Status 429: too many requests", step=step, hint=hint, status=status, retry_after=wait)
    make = _BY_STATUS.get(status)
    if make is not None:
        error = make(status, step)
        if isinstance(error, ResponseStatusError):
            error.retry_after = wait
        return error
    if status == 403 and header(headers, "cf-mitigated"):
        what = "Status 403: Cloudflare answers with a check that only a browser can pass"
        return CloudflareError(what, step=step, hint=_VISIT, status=status)
    hint = "The service is not known to send this status: look at the error's `response`."
    return ResponseStatusError(
        f"Status {status} from the service", step=step, hint=hint, status=status, retry_after=wait
    )


def _is_html(response: Response) -> bool:
    kind = header(response.headers, "content-type") or ""
    return kind.startswith("text/html") or response.body.lstrip()[:9].lower() == b"<!doctype"


def _is_cloudflare(response: Response) -> bool:
    if header(response.headers, "cf-mitigated"):
        return True
    start = response.body[:65536]
    return any(mark in start for mark in _CLOUDFLARE_MARKS)


def from_transport(error: TransportError, step: str) -> CopilotError:
    """Return the client's error for a transport error."""
    match error:
        case UpgradeRefusedError():
            refused = Response(status=error.status, headers=error.headers)
            return attach(status_error(error.status, error.headers, step), refused)
        case SocketEndedError():
            ended = error.ended
            code = "" if ended.code is None else f" {ended.code}"
            reason = escaped(" ".join(ended.reason.split()))
            quoted = f": {reason}" if reason else ""
            return ConnectionClosedError(
                f"The connection ended ({ended.how}{code}{quoted}) before the answer did",
                step=step,
                hint="`partial` holds the text so far. Try again.",
                how=ended.how,
                close_code=ended.code,
                reason=ended.reason,
            )
        case TimeoutPassedError():
            hint = f"Allow more with `timeout=Timeout({error.part}=...)`, or pass None for no such deadline."
            return TimeoutError(str(error), step=step, hint=hint, part=error.part, seconds=error.seconds)
        case DeadlineError():
            return TimeoutError(str(error), step=step, hint="Try again.")
        case MissingCurlError():
            hint = "Install it with: pip install curl_cffi"
            return MissingRequirementsError("curl_cffi is missing", step=step, hint=hint)
        case ConnectError():
            hint = "Check the certificate or `verify`." if error.tls else "Check the network, the URL and the proxy."
            return ConnectionClosedError(f"No connection to the service: {error}", step=step, hint=hint, how="connect")
        case TooLargeError():
            hint = "No message of the service is known to be as large: report it with a recording."
            return ResponseError(f"The service's response is too large: {error}", step=step, hint=hint)
        case ProtocolError():
            hint = "Try again. If it repeats, report it with a recording."
            return ResponseError(f"The service broke the protocol: {error}", step=step, hint=hint)
        case _:
            return ConnectionClosedError(
                f"The connection to the service broke: {error}", step=step, hint="Try again.", how="reset"
            )

"""Reads credentials from HAR files that a browser exported "with sensitive data" (docs/protocol.md §2.5)."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from provider.auth.folders import config_folder
from provider.auth.har_reader import BrokenHarError, read_requests
from provider.auth.tokens import is_token, jwt_expiry
from provider.credentials import Credentials
from provider.errors import NoValidHarFileError, UsageError
from provider.urls import page_origin
from provider.wire import endpoints

_logger = logging.getLogger(__name__)

HAR_VARIABLE: Final = "COPILOT_HAR"
FOLDER: Final = "har_and_cookies"
_SUFFIX: Final = ".har"
_TOKEN_QUERY: Final = "accessToken"  # noqa: S105  # a name
_IDENTITY_QUERY: Final = "X-UserIdentityType"
_HOW_TO_EXPORT: Final = (
    "Send a message in the browser, then choose 'Export HAR (with sensitive data)' in its network panel; Chrome offers "
    "that once 'Allow to generate HAR with sensitive data' is ticked in the settings of its developer tools. Put the "
    f"file into ./{FOLDER}/ or name it in {HAR_VARIABLE}."
)
_SANITISED: Final = "a sanitised export, without cookies and authorization"
_FOREIGN: Final = "it has no request to that origin"
_TOKENLESS: Final = "no request carries a token"


def readHAR(url: str) -> tuple[str, dict[str, str]]:  # noqa: N802  # the original name
    """Return the access token and cookies for a service from HAR files.

    The files are those that the variable ``COPILOT_HAR`` names (a file or a folder), those in ``har_and_cookies/``, and
    those in a folder of that name in the user's configuration. The newest file with a valid token is used, and in it
    the last entry of that origin. Unreadable files are skipped with a logged warning.

    Args:
        url: URL of the service; its origin must be the entry's.

    Returns:
        Token and cookies; the cookies may be empty.

    Raises:
        NoValidHarFileError: No file holds a valid token for that origin; says why, for each file.
        UsageError: The URL is invalid.
    """
    found = read_har_session(url, token_needed=True)
    assert found.token is not None, "read_har_session returns a token if one is needed"
    return found.token, dict(found.cookies)


def read_har_session(url: str, *, token_needed: bool = False) -> Credentials:
    """Return the credentials in HAR files: token, cookies, identity type, expiry and source.

    They are those of the newest file with a valid token, else those of the newest file with cookies.

    Args:
        url: URL of the service, as in `readHAR`.
        token_needed: Whether cookies alone are not enough.

    Raises:
        NoValidHarFileError: No file holds such credentials; says why, for each file.
        UsageError: The URL is invalid.
    """
    origin = _origin(url)
    del url  # keeps the secret out of traceback frames
    problems: list[str] = []
    cookies_only: Credentials | None = None
    for path in find_har_files():
        found = _look_into(path, origin)
        if found.problem:
            problems.append(f"{path.name}: {found.problem}")
        if found.credentials is None:
            continue
        if found.credentials.token is not None:
            return found.credentials
        cookies_only = cookies_only or found.credentials
    if cookies_only is not None and not token_needed:
        return cookies_only
    raise _nothing(origin, problems)


def read_har_file(path: Path, url: str) -> Credentials | None:
    """Return the credentials in one file; None if it cannot be read (see the log) or has none for that origin."""
    return _look_into(path, _origin(url)).credentials


def _origin(url: str) -> str:
    try:
        return page_origin(url)
    except ValueError:
        del url
        # The cause's text quotes what may be a password.
        raise UsageError(
            "The URL of the service whose HAR is to be read is not a URL",
            step="readHAR",
            hint="Pass the service's URL, with https://.",
        ) from None


def _nothing(origin: str, problems: list[str]) -> NoValidHarFileError:
    if not problems:
        return NoValidHarFileError("No .har file was found", step="readHAR", hint=_HOW_TO_EXPORT)
    what = f"None of {len(problems)} .har files holds an access token for {origin} ({'; '.join(problems[:5])})"
    return NoValidHarFileError(what, step="readHAR", hint=_HOW_TO_EXPORT)


# -------------------------------------------------------------------- finding files
def har_places() -> list[Path]:
    """Return the files and folders to search: that of ``COPILOT_HAR``, the working folder's, the user's."""
    named = os.environ.get(HAR_VARIABLE)
    places = [Path(named).expanduser()] if named else []
    return [*places, Path(FOLDER), config_folder() / FOLDER]


def find_har_files() -> list[Path]:
    """Return the HAR files in the places that `har_places` returns, newest first."""
    files: set[Path] = set()
    for place in har_places():
        if place.is_file():
            files.add(place)
        elif place.is_dir():
            files.update(path for path in place.rglob(f"*{_SUFFIX}") if path.is_file())
    dated = [(-date, str(path), path) for path in files if (date := _modified(path)) is not None]
    return [path for _, _, path in sorted(dated)]


def _modified(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


# -------------------------------------------------------------------- one file
@dataclass(frozen=True, slots=True)
class _Found:
    credentials: Credentials | None
    problem: str = ""


@dataclass(slots=True)
class _Scan:
    """The credentials in the entries of one origin so far."""

    token: str | None = field(default=None, repr=False)
    started: str = ""
    identity: str | None = None
    cookies: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    expired_at: float | None = None
    entries: int = 0

    def learn(self, request: Mapping[str, Any], started: str, now: float) -> None:
        self.entries += 1
        headers = _headers(request)
        query = dict(parse_qsl(urlsplit(str(request["url"])).query))
        self.cookies.update(_cookies(request, headers))
        self.identity = headers.get(endpoints.IDENTITY_HEADER) or query.get(_IDENTITY_QUERY) or self.identity
        token = _bearer(headers) or query.get(_TOKEN_QUERY)
        if not is_token(token):
            return
        expires_at = jwt_expiry(token)
        if expires_at is not None and expires_at <= now:
            self.expired_at = expires_at
            return
        self.token, self.started = token, started


def _look_into(path: Path, origin: str) -> _Found:
    scan = _Scan()
    now = time.time()
    try:
        for recorded in read_requests(path):
            url = recorded.request.get("url")
            if isinstance(url, str) and _is_of(url, origin):
                scan.learn(recorded.request, recorded.started, now)
    except BrokenHarError as error:
        _logger.warning("%s is not a readable HAR file (%s): skipped", path, error)
        return _Found(None, f"not readable: {error}")
    if scan.token is None and not scan.cookies:
        return _Found(None, _problem(scan))
    found = Credentials(
        token=scan.token,
        cookies=scan.cookies,
        identity_type=scan.identity,
        expires_at=None if scan.token is None else jwt_expiry(scan.token),
        origin=origin,
        source=f"{path}{_when(scan.started)}",
    )
    return _Found(found, "" if scan.token is not None else _problem(scan))


def _when(started: str) -> str:
    """When a HAR was recorded, in words for messages: tokens expire soon after."""
    try:
        return f", recorded {datetime.fromisoformat(started):%Y-%m-%d at %H:%M %Z}".rstrip()
    except ValueError:
        return ""


def _problem(scan: _Scan) -> str:
    if scan.expired_at is not None:
        when = datetime.fromtimestamp(scan.expired_at, UTC)
        return f"its token has expired on {when:%Y-%m-%d at %H:%M} UTC"
    if not scan.entries:
        return _FOREIGN
    return _TOKENLESS if scan.cookies else _SANITISED


# -------------------------------------------------------------------- one request
def _is_of(url: str, origin: str) -> bool:
    """Whether a URL has an origin. Exporters write the scheme of the socket's URL as ``wss:``, ``ws:`` or ``http:``."""
    try:
        own = page_origin(url)
        if own == origin:
            return True
        is_socket = urlsplit(url).path == endpoints.CHAT
    except ValueError:
        return False
    return is_socket and own.replace("http://", "https://", 1) == origin


def _pairs(listed: Any) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a list in a HAR; other entries are skipped."""
    for each in listed if isinstance(listed, list) else ():
        name, value = (each.get("name"), each.get("value")) if isinstance(each, dict) else (None, None)
        # A browser never recorded a value that could end a header or begin another cookie.
        if isinstance(name, str) and isinstance(value, str) and name and (name + value).isprintable():
            yield name, value


def _headers(request: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in _pairs(request.get("headers")) if not name.startswith(":")}


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _cookies(request: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, str]:
    """Return the cookies of the header and of the array; the array wins."""
    found: dict[str, str] = {}
    for pair in headers.get("cookie", "").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals and name:
            found[name] = value
    found.update(_pairs(request.get("cookies")))
    return found

"""Credentials out of HAR files: what a browser's network panel exports "with sensitive data"."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from provider.credentials import Credentials
from provider.errors import NoValidHarFileError
from provider.wire import endpoints
from provider.wire.endpoints import origin_of

_logger = logging.getLogger(__name__)

HAR_VARIABLE: Final = "COPILOT_HAR"
FOLDER: Final = "har_and_cookies"
MAX_HAR_BYTES: Final = 256 * 1024 * 1024
_HOW_TO_EXPORT: Final = (
    "In the browser's network panel choose 'Export HAR (with sensitive data)' after sending a message, and put the "
    f"file into ./{FOLDER}/ or name it in {HAR_VARIABLE}."
)


def readHAR(url: str) -> tuple[str, dict[str, str]]:  # noqa: N802  # the seed's name
    """The access token and cookies for a service, from HAR files.

    Files are looked for in ``har_and_cookies/`` and in what the environment variable ``COPILOT_HAR`` names (a file or a
    folder). The newest file that holds a token wins; within a file the last entry of that origin does.

    Args:
        url: URL of the service; its origin must be the entry's.

    Returns:
        Token and cookies; the cookies may be empty.

    Raises:
        NoValidHarFileError: No file holds a token for that origin.
    """
    looked_at = 0
    for path in find_har_files():
        looked_at += 1
        found = read_har_file(path, url)
        if found is not None and found.token is not None:
            return found.token, dict(found.cookies)
    if not looked_at:
        raise NoValidHarFileError("No .har file was found", step="readHAR", hint=_HOW_TO_EXPORT)
    what = f"None of {looked_at} .har files holds an access token for {origin_of(url)}"
    raise NoValidHarFileError(what, step="readHAR", hint=f"A sanitized export holds none. {_HOW_TO_EXPORT}")


def find_har_files() -> list[Path]:
    """The HAR files of the known places, newest first."""
    places = [Path(FOLDER)]
    named = os.environ.get(HAR_VARIABLE)
    if named:
        places.insert(0, Path(named).expanduser())
    files: set[Path] = set()
    for place in places:
        if place.is_file():
            files.add(place)
        elif place.is_dir():
            files.update(path for path in place.rglob("*.har") if path.is_file())
    return sorted(files, key=lambda path: (-path.stat().st_mtime_ns, str(path)))


def read_har_file(path: Path, url: str) -> Credentials | None:
    """The credentials in one file; None if it cannot be read or holds nothing for that origin (a warning says why)."""
    try:
        if path.stat().st_size > MAX_HAR_BYTES:
            _logger.warning("%s is larger than %d MiB: skipped", path, MAX_HAR_BYTES >> 20)
            return None
        log = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        _logger.warning("%s is no readable HAR file (%s): skipped", path, type(error).__name__)
        return None
    token: str | None = None
    identity: str | None = None
    cookies: dict[str, str] = {}
    for request in _requests(log, origin_of(url)):
        headers = _headers(request)
        token = _token(headers, str(request["url"])) or token
        identity = headers.get(endpoints.IDENTITY_HEADER) or identity
        cookies.update(_cookies(request, headers))
    if token is None and not cookies:
        return None
    return Credentials(token=token, cookies=cookies, identity_type=identity, source=str(path))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _requests(log: Any, origin: str) -> Iterator[Mapping[str, Any]]:
    for entry in _list(_mapping(_mapping(log).get("log")).get("entries")):
        request = _mapping(_mapping(entry).get("request"))
        target = request.get("url")
        if isinstance(target, str) and _same_origin(target, origin):
            yield request


def _same_origin(target: str, origin: str) -> bool:
    """Whether a URL is of that origin; the socket's URL may be written ``wss:``, ``ws:`` or ``http:`` by exporters."""
    try:
        if origin_of(target) == origin:
            return True
        return urlsplit(target).netloc.lower() == urlsplit(origin).netloc and "/c/api/chat" in target
    except ValueError:
        return False


def _headers(request: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for header in _list(request.get("headers")):
        name, value = _mapping(header).get("name"), _mapping(header).get("value")
        if isinstance(name, str) and isinstance(value, str) and not name.startswith(":"):
            found[name.lower()] = value
    return found


def _token(headers: Mapping[str, str], url: str) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    for name, value in parse_qsl(urlsplit(url).query):
        if name == "accessToken" and value:
            return value
    return None


def _cookies(request: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in headers.get("cookie", "").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals and name:
            found[name] = value
    for cookie in _list(request.get("cookies")):
        name, value = _mapping(cookie).get("name"), _mapping(cookie).get("value")
        if isinstance(name, str) and isinstance(value, str) and name:
            found[name] = value
    return found

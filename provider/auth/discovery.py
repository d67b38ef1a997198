"""Finds stored credentials: in the store, then in HAR files, and only those of the service's own origin.

The profile of a browser sign-in renews an expired or rejected token, without a window.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from typing import Final

from provider.auth.har import find_har_files, read_har_session
from provider.auth.headless import has_failed, sign_in_again
from provider.auth.origins import credentials_origin
from provider.auth.store import open_store
from provider.credentials import Credentials
from provider.errors import CopilotError, NoValidHarFileError, UsageError

_logger = logging.getLogger("provider.auth")

_HOW_TO_SIGN_IN: Final = "Sign in with `wiretape login`, pass api_key, or set COPILOT_TOKEN."
_Stamp = tuple[tuple[str, int, int], ...]
_lock: Final = threading.Lock()
_read: Final[dict[str, tuple[_Stamp, Credentials | str]]] = {}
"""By origin: the HAR files at the last reading, and its result: credentials, or the reason why there are none."""
_MAX_READ: Final = 16


def find_stored(url: str) -> Credentials | None:
    """Return the stored credentials of a service, or None. Reads files: never call it in an event loop's thread.

    Args:
        url: The service's URL, or that of a local server which receives its credentials.

    Raises:
        UsageError: The store cannot be trusted or read.
    """
    origin = credentials_origin(url)
    found = _usable(origin)
    return sign_in_again(origin, rejected=None) if found is None else found


def _usable(origin: str) -> Credentials | None:
    kept = _from_store(origin)
    found = kept if isinstance(kept, Credentials) else _from_har_files(origin)
    return found if isinstance(found, Credentials) and not found.is_expired(time.time()) else None


def no_credentials_error(url: str, given: Iterable[str] = ()) -> NoValidHarFileError:
    """Return the error that names every source that was searched, and what it lacks.

    Args:
        url: As for `find_stored`.
        given: The sources before the stored ones: ``an argument``, ``COPILOT_TOKEN``.
    """
    origin = credentials_origin(url)
    tried = [f"{name}: not set" for name in given]
    for result in (_from_store(origin), _from_har_files(origin)):
        tried += [result] if isinstance(result, str) else []
    what = f"No credentials for {origin} ({'; '.join(tried)})"
    return NoValidHarFileError(what, step="credentials", hint=_HOW_TO_SIGN_IN)


def _from_store(origin: str) -> Credentials | str:
    store = open_store()
    if store is None:
        return "the store: switched off"
    found = store.load(origin)
    if found is None:
        return f"{store.where}: nothing stored for it"
    if not found.is_expired(time.time()):
        return found
    more = ", and the browser's profile gives no new token" if has_failed(origin) else ""
    return f"{store.where}: expired{more}"


def _from_har_files(origin: str) -> Credentials | str:
    stamp = _stamp()
    with _lock:
        known = _read.get(origin)
    if known is not None and known[0] == stamp:
        return known[1]
    found: Credentials | str
    try:
        found = read_har_session(origin)
    except NoValidHarFileError as error:
        found = error.what
    with _lock:
        _read[origin] = (stamp, found)
        while len(_read) > _MAX_READ:
            _read.pop(next(iter(_read)))
    return found


def _stamp() -> _Stamp:
    """The names, times and sizes of all HAR files: they differ when a file was added, removed or changed."""
    found: list[tuple[str, int, int]] = []
    for path in find_har_files():
        try:
            facts = path.stat()
        except OSError:
            continue
        found.append((str(path), facts.st_mtime_ns, facts.st_size))
    return tuple(found)


def find_replacement(rejected: Credentials) -> Credentials | None:
    """Return stored credentials in place of rejected ones, if they have another token; else None.

    A user may have signed in again meanwhile, or added a newer HAR file.
    """
    if rejected.origin is None:
        return None
    try:
        found = _usable(rejected.origin)
        if found is None or found.token in (None, rejected.token):
            found = sign_in_again(rejected.origin, rejected=rejected.token)
    except CopilotError as error:
        _logger.warning("no other credentials: %s", error.what)
        return None
    return found if found is not None and found.token not in (None, rejected.token) else None


def check_origin(credentials: Credentials, urls: Iterable[str]) -> None:
    """Check that credentials are only sent to the service that they are for.

    Raises:
        UsageError: One of the URLs has another origin; names both.
    """
    for url in urls:
        if credentials.origin is not None and credentials_origin(url) != credentials.origin:
            what = (
                f"These credentials are for {credentials.origin}, but the client's URL is at {credentials_origin(url)}"
            )
            raise UsageError(
                what, step="credentials", hint="Pass credentials (api_key) of the service at the client's URL, or none."
            )

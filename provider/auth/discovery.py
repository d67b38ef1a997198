"""Credentials that were not given but can be found: in the store, then in HAR files; each for its own origin only.

A sign-in that a browser has made and that is over, or refused, is made anew by the same profile, never in a window.
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
"""By origin: which HAR files there were, and what they told: credentials, or what was wrong."""
_MOST_READ: Final = 16


def find_stored(url: str) -> Credentials | None:
    """The credentials that are kept for a service; None if there are none. Reads files: not for an event loop.

    Args:
        url: The service's, or that of a server of this process that stands for it.

    Raises:
        UsageError: The store is there, and cannot be trusted or read.
    """
    origin = credentials_origin(url)
    found = _usable(origin)
    return sign_in_again(origin, rejected=None) if found is None else found


def _usable(origin: str) -> Credentials | None:
    kept = _from_store(origin)
    found = kept if isinstance(kept, Credentials) else _from_har_files(origin)
    return found if isinstance(found, Credentials) and not found.is_expired(time.time()) else None


def no_credentials_error(url: str, given: Iterable[str] = ()) -> NoValidHarFileError:
    """The error that names every source that was tried, and what each lacked.

    Args:
        url: As for `find_stored`.
        given: What was tried before: ``an argument``, ``COPILOT_TOKEN``.
    """
    origin = credentials_origin(url)
    tried = [f"{name}: not set" for name in given]
    for told in (_from_store(origin), _from_har_files(origin)):
        tried += [told] if isinstance(told, str) else []
    what = f"No credentials for {origin} ({'; '.join(tried)})"
    return NoValidHarFileError(what, step="credentials", hint=_HOW_TO_SIGN_IN)


def _from_store(origin: str) -> Credentials | str:
    store = open_store()
    if store is None:
        return "the store: switched off"
    found = store.load(origin)
    if found is None:
        return f"{store.where}: nothing kept for it"
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
        while len(_read) > _MOST_READ:
            _read.pop(next(iter(_read)))
    return found


def _stamp() -> _Stamp:
    """Tells whether any HAR file has come, gone or changed."""
    found: list[tuple[str, int, int]] = []
    for path in find_har_files():
        try:
            facts = path.stat()
        except OSError:
            continue
        found.append((str(path), facts.st_mtime_ns, facts.st_size))
    return tuple(found)


def find_replacement(refused: Credentials) -> Credentials | None:
    """What is found now for the same origin in place of refused credentials, if that is another token.

    Somebody may have signed in again meanwhile, or have put a newer HAR file in its place.
    """
    if refused.origin is None:
        return None
    try:
        found = _usable(refused.origin)
        if found is None or found.token in (None, refused.token):
            found = sign_in_again(refused.origin, rejected=refused.token)
    except CopilotError as error:
        _logger.warning("no other credentials: %s", error.what)
        return None
    return found if found is not None and found.token not in (None, refused.token) else None


def check_origin(credentials: Credentials, urls: Iterable[str]) -> None:
    """See that credentials which are for one service go nowhere else.

    Raises:
        UsageError: One of the URLs is of another origin; names both.
    """
    for url in urls:
        if credentials.origin is not None and credentials_origin(url) != credentials.origin:
            what = f"These credentials are for {credentials.origin}, and the client is led to {credentials_origin(url)}"
            raise UsageError(what, step="credentials", hint="Give it credentials of its own (api_key), or none.")

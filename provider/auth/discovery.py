"""Credentials that were not given but can be found: in the store, then in HAR files; each for its own origin only.

A sign-in that a browser has made and that is over, or refused, is made anew by the same profile, never in a window.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from typing import Final

from provider.auth.har import read_har_session
from provider.auth.har_files import find_har_files
from provider.auth.headless import sign_in_quietly
from provider.auth.origins import origin_behind
from provider.auth.session import SIGNED_IN
from provider.auth.store import open_store
from provider.clock import monotonic
from provider.credentials import Credentials
from provider.errors import CopilotError, LoginError, NoValidHarFileError, UsageError

_logger = logging.getLogger("provider.auth")

_HOW_TO_SIGN_IN: Final = "Sign in with `wiretape login`, pass api_key, or set COPILOT_TOKEN."
_Stamp = tuple[tuple[str, int, int], ...]
_lock: Final = threading.Lock()
_read: Final[dict[str, tuple[_Stamp, Credentials | str]]] = {}
"""By origin: which HAR files there were, and what they told: credentials, or what was wrong."""
_MOST_READ: Final = 16
_signing_in: Final = threading.Lock()
_failed: Final[dict[str, tuple[Credentials, float]]] = {}
"""By origin: what could not be had anew, and when; nobody tries again at once."""
_FAILURE_KEPT: Final = 60.0


def look_for(url: str) -> Credentials | None:
    """The credentials that are kept for a service; None if there are none. Reads files: not for an event loop.

    Args:
        url: The service's, or that of a server of this process that stands for it.

    Raises:
        UsageError: The store is there, and cannot be trusted or read.
    """
    origin = origin_behind(url)
    found = _usable(origin)
    return _signed_in_again(origin, refused=None) if found is None else found


def _usable(origin: str) -> Credentials | None:
    kept = _from_store(origin)
    found = kept if isinstance(kept, Credentials) else _from_har_files(origin)
    return found if isinstance(found, Credentials) and not _is_over(found) else None


def nothing_found(url: str, given: Iterable[str] = ()) -> NoValidHarFileError:
    """The error that names every source that was tried, and what each lacked.

    Args:
        url: As for `look_for`.
        given: What was tried before: ``an argument``, ``COPILOT_TOKEN``.
    """
    origin = origin_behind(url)
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
    if not _is_over(found):
        return found
    more = ", and the browser's profile gives no new token" if origin in _failed else ""
    return f"{store.where}: expired{more}"


def _is_over(found: Credentials) -> bool:
    return found.expires_at is not None and found.expires_at <= time.time()


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


def fetch_again(refused: Credentials) -> Credentials | None:
    """What is found now for the same origin in place of refused credentials, if that is another token.

    Somebody may have signed in again meanwhile, or have put a newer HAR file in its place.
    """
    if refused.origin is None:
        return None
    try:
        found = _usable(refused.origin)
        if found is None or found.token in (None, refused.token):
            found = _signed_in_again(refused.origin, refused=refused.token)
    except CopilotError as error:
        _logger.warning("no other credentials: %s", error.what)
        return None
    return found if found is not None and found.token not in (None, refused.token) else None


def _signed_in_again(origin: str, refused: str | None) -> Credentials | None:
    """What the browser's profile gives now, if what is kept came from there; one thread asks it, others wait."""
    with _signing_in:
        store = open_store()
        kept = None if store is None else store.load(origin)
        if store is None or kept is None or kept.source != SIGNED_IN:
            return None
        if not _is_over(kept) and kept.token != refused:
            return kept  # somebody has done it meanwhile
        failed = _failed.get(origin)
        if failed is not None and failed[0] == kept and monotonic() - failed[1] < _FAILURE_KEPT:
            return None
        try:
            found = sign_in_quietly(origin, refused=kept.token)
        except LoginError as error:
            _failed[origin] = (kept, monotonic())
            _logger.warning("the browser's profile gives no new token: %s", error.what)
            return None
        store.save(found)
        return found


def check_origin(credentials: Credentials, urls: Iterable[str]) -> None:
    """See that credentials which are for one service go nowhere else.

    Raises:
        UsageError: One of the URLs is of another origin; names both.
    """
    for url in urls:
        if credentials.origin is not None and origin_behind(url) != credentials.origin:
            what = f"These credentials are for {credentials.origin}, and the client is led to {origin_behind(url)}"
            raise UsageError(what, step="credentials", hint="Give it credentials of its own (api_key), or none.")

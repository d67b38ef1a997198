"""`following`: a session that goes on, as a page that shows each message as it passes."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol

from fake_server import serve
from harness.cassette.model import Cassette
from harness.profile import ServiceProfile
from harness.view.document import document
from harness.view.serving import PageStage
from harness.view.session_data import session_data
from provider.clock import monotonic

_LATE: Final = 3.0
"""Seconds without a request after which a page counts as closed."""
_LINGER: Final = 5.0
"""Seconds that an open page has to fetch the end of the session; a page asks more than once a second."""
_REST: Final = 10
"""The session is left alone for so many times the seconds that it took to read it."""
_PAUSE: Final = 0.4
"""Seconds between two questions of a page, the shortest rest."""
_OF_OPEN_EXCHANGES: Final = frozenset({"cut", "aborted"})


class LiveSession(Protocol):
    """A session that is still growing, as a page follows it."""

    def version(self) -> object:
        """A value that differs after each change of the session."""
        ...

    def cassette(self) -> Cassette:
        """The session so far, redacted."""
        ...


class LiveFeed:
    """The session in pieces, for pages that follow it. Not thread-safe, but for `end`.

    A page gets the events that it lacks. Where earlier events have changed, since a body grew or a secret became known,
    a new epoch begins: the page forgets all events, and gets them again.

    Pages ask often. The session is read seldom while it goes on, as that holds it up, and once more at its end.

    Args:
        session: The session; read while it goes on.
        profile: Of the service.
        title: Heading of the page.
        rest: The session is left alone for so many times the seconds that it took to read it, if that is longer than
            a page waits between two questions.
    """

    def __init__(self, session: LiveSession, profile: ServiceProfile, title: str, *, rest: float = _REST) -> None:
        self._session = session
        self._profile = profile
        self._title = title
        self._version: object = None
        self._data: dict[str, Any] = {"events": []}
        self._epoch = 0
        self._state = 0
        self._is_over = False
        self._asked = float("-inf")
        self._delivered = threading.Event()
        self._rest = rest
        self._rests_until = float("-inf")

    def first(self) -> dict[str, Any]:
        """The data of a page that has no event yet.

        The page's HTML holds no event, either, since a secret that is learnt later could not be removed from it.
        """
        about = {"at": "now", "by": "wiretape", "client": "", "origin": "", "complete": True, "redacted": []}
        return {"title": self._title, "about": {**about, "leftOut": 0}, "exchanges": [], "events": [], "live": True}

    def since(self, epoch: int, known: int, state: int) -> dict[str, Any] | None:
        """The data that a page lacks; None if it lacks none, or asks too early.

        Key ``from`` is the number of events that the page keeps.

        Args:
            epoch: That of the page's events.
            known: How many events the page has.
            state: The ``state`` of the page's last answer; -1 before the first.
        """
        is_over = self._is_over  # before the session is read: what comes after it ended would be missing
        self._asked = monotonic()
        if not is_over and self._asked < self._rests_until:
            return None  # nor what was read before: it may hold what is known as a secret now
        self._read()
        if is_over:
            self._delivered.set()
        elif state == self._state:
            return None
        start = known if epoch == self._epoch and known <= len(self._data["events"]) else 0
        about = self._data["about"]
        return {
            **self._data,
            "about": about if is_over else {**about, "complete": True},  # what goes on is not cut off
            "events": self._data["events"][start:],
            "epoch": self._epoch,
            "from": start,
            "state": self._state,
            "isOver": is_over,
        }

    def end(self) -> None:
        """Note that the session is over, and wait until an open page has received that."""
        self._is_over = True
        if monotonic() - self._asked < _LATE:
            self._delivered.wait(_LINGER)

    def _read(self) -> None:
        version = self._session.version()
        if version == self._version:
            return
        began = monotonic()
        data = session_data(self._session.cassette(), self._profile, self._title)
        # The recorder's end of an exchange that is still open moves with the time.
        data["events"] = [each for each in data["events"] if not _is_provisional(each)]
        before = self._data["events"]
        if data["events"][: len(before)] != before:
            self._epoch += 1
        self._data, self._version = data, version
        self._state += 1
        ended = monotonic()
        self._rests_until = ended + max(0.0, self._rest * (ended - began) - _PAUSE)


def _is_provisional(event: Mapping[str, Any]) -> bool:
    return event["dir"] == "!" and event["kind"] in _OF_OPEN_EXCHANGES


@contextmanager
def following(session: LiveSession, profile: ServiceProfile, title: str, *, port: int = 0) -> Generator[str]:
    """Serve a page that follows a session during a block; the value is its URL, which is secret.

    Args:
        session: The session.
        profile: Of the service.
        title: Heading of the page.
        port: 0 for a free one.

    Raises:
        OSError: The port is in use.
    """
    feed = LiveFeed(session, profile, title)
    secret = secrets.token_urlsafe(32)
    page = document(feed.first())
    with serve(PageStage(page, secret, feed.since), host="127.0.0.1", port=port) as server:
        yield f"{server.url}/{secret}"
        feed.end()

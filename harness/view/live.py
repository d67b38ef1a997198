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
_LINGER: Final = 1.0
"""Seconds that an open page has to fetch the end of the session."""
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

    Args:
        session: The session; read while it goes on.
        profile: Of the service.
        title: Heading of the page.
    """

    def __init__(self, session: LiveSession, profile: ServiceProfile, title: str) -> None:
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

    def first(self) -> dict[str, Any]:
        """The data of a page that has no event yet.

        The page's HTML holds no event, either, since a secret that is learnt later could not be removed from it.
        """
        about = {"at": "now", "by": "wiretape", "client": "", "origin": "", "complete": True, "redacted": []}
        return {"title": self._title, "about": {**about, "leftOut": 0}, "exchanges": [], "events": [], "live": True}

    def since(self, epoch: int, known: int, state: int) -> dict[str, Any] | None:
        """The data that a page lacks; None if it lacks none. Key ``from``: the number of events that the page keeps.

        Args:
            epoch: That of the page's events.
            known: How many events the page has.
            state: The ``state`` of the page's last answer; -1 before the first.
        """
        is_over = self._is_over  # before the session is read: what comes after it ended would be missing
        self._asked = monotonic()
        self._read()
        if is_over:
            self._delivered.set()
        elif state == self._state:
            return None
        start = known if epoch == self._epoch and known <= len(self._data["events"]) else 0
        return {
            **self._data,
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
        data = session_data(self._session.cassette(), self._profile, self._title)
        # The recorder's end of an exchange that is still open moves with the time.
        data["events"] = [each for each in data["events"] if not _is_provisional(each)]
        before = self._data["events"]
        if data["events"][: len(before)] != before:
            self._epoch += 1
        self._data, self._version = data, version
        self._state += 1


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

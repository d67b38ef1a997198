"""Finds polls that a socket made needless, in sessions that begin by polling and continue on a socket.

A client of engine.io or SockJS polls until the socket is open. Whether it polls once more is chance. The service ends
that poll with a word without content, so a client that does not send it misses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from harness.cassette.model import Call
from harness.replay.entries import SOCKET, ReplayEntry
from harness.replay.issued import Issued

_WORD: Final = 8
"""Bytes of the longest response that counts as empty of content."""
_FINE: Final = range(200, 300)


def polls_taken_over(entries: Sequence[ReplayEntry], issued: Issued) -> Iterator[tuple[ReplayEntry, ReplayEntry]]:
    """Each poll that no client requested as a socket had taken over, with that socket."""
    for poll in entries:
        socket = None if poll.played else _taken_over_by(poll, entries, issued)
        if socket is not None:
            yield poll, socket


def _taken_over_by(poll: ReplayEntry, entries: Sequence[ReplayEntry], issued: Issued) -> ReplayEntry | None:
    """The played socket that made a poll needless; None if there is none.

    Both have the same path and contain the same issued id of a session, and the socket was requested first.
    """
    if not _says_nothing(poll):
        return None
    session = set(_issued_to(poll, issued))
    if not session:
        return None
    return next(
        (
            other
            for other in entries
            if other.request.method == SOCKET
            and other.played
            and other.tape is not None
            and other.exchange.at <= poll.exchange.at
            and other.request.segments == poll.request.segments
            and not session.isdisjoint(_issued_to(other, issued))
        ),
        None,
    )


def _says_nothing(poll: ReplayEntry) -> bool:
    if not isinstance(poll.exchange, Call) or poll.request.method != "GET" or poll.request.body:
        return False
    status, body = poll.response
    return status in _FINE and len(body) <= _WORD


def _issued_to(entry: ReplayEntry, issued: Issued) -> Iterator[str]:
    return (value for _, value in entry.request.query if issued.knows(value))

"""Polls that a socket took over: of a session that begins by polling and goes on by a socket (engine.io, SockJS).

Such a client polls on until the socket has answered, and then a last time or not: which comes first is chance. The
service ends that poll with a word that says nothing, so a client that does not ask for it misses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from harness.cassette.model import Call
from harness.replay.entries import SOCKET, ReplayEntry
from harness.replay.issued import Issued

_WORD: Final = 8
"""The longest answer that says nothing, in bytes."""
_FINE: Final = range(200, 300)


def taken_over_by(poll: ReplayEntry, entries: Sequence[ReplayEntry], issued: Issued) -> ReplayEntry | None:
    """The played socket that made a poll needless; None if this is no such poll, or no socket took over.

    Both name one session by a value that the service issued, under one path, and the socket was asked for first.
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
    status, body = poll.answer
    return status in _FINE and len(body) <= _WORD


def _issued_to(entry: ReplayEntry, issued: Issued) -> Iterator[str]:
    return (value for _, value in entry.request.query if issued.knows(value))

"""`FurtherSockets`: more recorded sockets for a client whose message fits none of those that it may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from harness.match.request import ParsedMessage
from harness.replay.candidates import Candidate, issue_in_place
from harness.replay.received_messages import MOST_SAID, ReceivedMessages
from harness.replay.socket_choice import SocketChoice

Further: TypeAlias = Callable[[bytes | None], list[Candidate]]
"""Returns more recorded sockets that match the upgrade: those that begin with a message; for None all."""


class FurtherSockets:
    """The recorded sockets that a client's may be besides those with which it is compared.

    Of a thousand recorded sockets with equal upgrades a client is compared with the first ones only, as most clients
    come in the recorded order.

    Args:
        choice: The recorded sockets that the client's may be.
        received: What the client said.
        find: Finds the others; None if there are none.
    """

    def __init__(self, choice: SocketChoice, received: ReceivedMessages, find: Further | None) -> None:
        self._choice = choice
        self._received = received
        self._find = find

    def add_equal(self, message: ParsedMessage, sent: int) -> None:
        """Add those that begin with the client's first message, if no candidate does.

        Args:
            message: The message that comes next.
            sent: How many of the server's lines were sent.
        """
        if self._find is None or self._choice.is_decided or self._received.matched:
            return
        if not any(each.entry.begins_with(message.data) for each in self._choice.candidates):
            self._add(message.data, sent)

    def add_any(self, sent: int) -> bool:
        """Add all that fit what was sent and received so far, as a message fits no candidate.

        Returns:
            Whether there are any.
        """
        return len(self._received.said) <= MOST_SAID and self._add(None, sent)

    def _add(self, first_message: bytes | None, sent: int) -> bool:
        if self._find is None or self._choice.is_decided or not self._choice.candidates:
            return False
        found = [each for each in self._find(first_message) if self._fits(each, sent)]
        if found:
            self._choice.widen(found)
        return bool(found)

    def _fits(self, candidate: Candidate, sent: int) -> bool:
        first, matched = self._choice.first, self._received.matched
        if not all(self._choice.greets_alike(first, candidate, line, matched) for line in range(sent)):
            return False
        issue_in_place(first, candidate, range(sent))
        return self._received.catches_up(candidate)

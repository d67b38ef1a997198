"""What a chat is told before it begins, and what it remembers between turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from provider.credentials import ANONYMOUS, Credentials
from provider.media import Medium
from provider.wire.commands import Send
from provider.wire.events import ServerEvent
from provider.wire.generations import Generation
from provider.wire.turn import Side, Turn

LINGER = 1.0
"""Seconds without a message after ``done`` until title and suggestions are given up (docs/protocol.md §4.9)."""
RENEW_BEFORE = 120.0
"""Seconds before their end in which credentials are not used any more: a long turn should not meet it."""
CONNECTED_WAIT = 3.0
"""Seconds to wait for ``connected`` before sending all the same (§4.2: clients that did not wait mostly got away)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where the service is, which generation it speaks, and who calls.

    Attributes:
        base_url: ``scheme://host[:port][/prefix]``.
        websocket_url: The chat socket's URL, without credentials.
        conversation_url: Where ``POST`` opens a conversation (2025-03).
        client_session_id: A uuid4 for the socket's URL (2026).
        linger: See `LINGER`.
        answers_challenges: Whether somebody is to be asked for the answer to a challenge.
    """

    generation: Generation
    base_url: str
    websocket_url: str
    conversation_url: str
    credentials: Credentials = ANONYMOUS
    client_session_id: str = ""
    linger: float = LINGER
    answers_challenges: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What the user says in one turn.

    Attributes:
        text: The text part; may be empty if there are media.
        mode: The wire's mode, e.g. ``chat``.
        media: Uploads and links, in order.
        announce_conversation: Whether the conversation is yielded first.
    """

    text: str
    mode: str
    media: tuple[Medium, ...] = ()
    announce_conversation: bool = False


@dataclass(slots=True, kw_only=True)
class ChatState:
    """What outlives a turn. The flow is its only writer.

    Attributes:
        conversation_id: Once there is one.
        greeted: Whether the service has seen our credentials on REST.
        credentials: What came in place of the service's own after those were refused, or None.
        renewed: Whether that has been tried in the running turn.
        session_key: Temporary session of an anonymous caller (2026).
        socket_open: Whether the driver holds an open socket.
        turn: The state of that socket.
        pending: An event that was read before its turn began (``connected``, or what came instead of it).
        first_turn: Whether the conversation is new, so that a title may come.
        sent: The user's message of the running turn, as it was sent.
        step: The step being done, for error texts.
    """

    conversation_id: str | None = None
    greeted: bool = False
    credentials: Credentials | None = field(default=None, repr=False)
    renewed: bool = False
    session_key: str | None = field(default=None, repr=False)
    socket_open: bool = False
    turn: Turn = field(default_factory=lambda: Turn(Side.CLIENT))
    pending: list[ServerEvent] = field(default_factory=list[ServerEvent])
    first_turn: bool = True
    sent: Send | None = None
    step: str = ""

    def caller(self, service: Service) -> Credentials:
        """Who calls by now."""
        return self.credentials or service.credentials

    def hide(self, service: Service) -> Callable[[str], str]:
        """Takes whatever the service knows the caller by out of a text."""
        key, caller = self.session_key, self.caller(service)
        return lambda text: caller.hide(text.replace(key, "***") if key else text)

"""The inputs of a chat, and its state between turns."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from provider.attachments import Medium
from provider.credentials import ANONYMOUS, Credentials
from provider.effects import Effect
from provider.flow.observe import RawEvents, Watcher, Yielded, observed
from provider.wire.commands import Send
from provider.wire.events import ServerEvent
from provider.wire.generations import Generation
from provider.wire.state_machine import Side, TurnStateMachine

LINGER = 1.0
"""Seconds to wait for each message after ``done``: the title and the suggestions (docs/protocol.md §4.9)."""
REFRESH_BEFORE = 120.0
"""Credentials that expire within so many seconds are refreshed, so that they do not expire in a long turn."""
CONNECTED_WAIT = 3.0
"""Seconds to wait for ``connected``. Without one the flow sends all the same, as most clients do (§4.2)."""


def no_watchers(state: ChatState, mode: str | None) -> tuple[()]:  # noqa: ARG001  # the default of `watch`
    """Return no watchers: the default where the app observes nothing."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccess:
    """A service: its URLs, its generation of the protocol, and the credentials to use.

    Attributes:
        base_url: ``scheme://host[:port][/prefix]``.
        websocket_url: The chat socket's URL, without credentials.
        conversation_url: The URL that opens a conversation (2025-03).
        client_session_id: A uuid4 for the socket's URL (2026).
        linger: Seconds to wait for each message after ``done``; see `LINGER`.
        max_retries: How often a step before the message may be repeated; see `provider.flow.retry`.
        answers_challenges: Whether the driver is asked for answers to challenges.
        watch: Makes the watchers of a flow from its state and the mode of its message (None for a call of the account).
    """

    generation: Generation
    base_url: str
    websocket_url: str
    conversation_url: str
    credentials: Credentials = ANONYMOUS
    client_session_id: str = ""
    linger: float = LINGER
    max_retries: int = 0
    answers_challenges: bool = False
    watch: Callable[[ChatState, str | None], Sequence[Watcher]] = field(default=no_watchers, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """The user's message of one turn.

    Attributes:
        text: The text part; may be empty if there are media.
        mode: The wire's mode, e.g. ``chat``.
        media: Uploads and links, in order.
        announce_conversation: Whether the flow yields the conversation first.
        raw_events: The flow appends each message that it receives; None keeps none.
    """

    text: str
    mode: str
    media: tuple[Medium, ...] = ()
    announce_conversation: bool = False
    raw_events: list[bytes] | None = field(default=None, repr=False)


@dataclass(slots=True)
class CallerState:
    """The state of the caller, which all conversations of a client share. Only flows change it.

    Attributes:
        verified: Whether the service has accepted the credentials on REST.
        refreshed: The newest credentials, which replace the service's; or None.
        session_key: The temporary session of an anonymous client (2026), or None.
    """

    verified: bool = False
    refreshed: Credentials | None = field(default=None, repr=False)
    session_key: str | None = field(default=None, repr=False)


@dataclass(slots=True, kw_only=True)
class ChatState:
    """The state of a conversation that outlives a turn. Only the flow changes it.

    Attributes:
        conversation_id: None before the first turn.
        caller: The state that this conversation shares with the client's other ones.
        refreshed: Whether the running turn has refreshed rejected credentials.
        socket_open: Whether the driver holds an open socket.
        turn: The state of that socket.
        pending: Events that were read before the message was sent: ``connected``, or another one in its place.
        first_turn: Whether the conversation is new, so that the service may send a title.
        sent: The command with the user's message of the running turn.
        step: The current step, for error texts.
        request_id: The id by which the service may know the open socket, or None.
    """

    conversation_id: str | None = None
    caller: CallerState = field(default_factory=CallerState)
    refreshed: bool = False
    socket_open: bool = False
    turn: TurnStateMachine = field(default_factory=lambda: TurnStateMachine(Side.CLIENT))
    pending: list[ServerEvent] = field(default_factory=list[ServerEvent])
    first_turn: bool = True
    sent: Send | None = None
    step: str = ""
    request_id: str | None = None

    def current_credentials(self, service: ServiceAccess) -> Credentials:
        """The credentials that requests carry now: the refreshed ones, else those of the service."""
        return self.caller.refreshed or service.credentials

    def redactor(self, service: ServiceAccess) -> Callable[[str], str]:
        """Return a function that replaces credentials and the session's key in a text."""
        key, credentials = self.caller.session_key, self.current_credentials(service)
        return lambda text: credentials.redact(text.replace(key, "***") if key else text)


def watched(
    service: ServiceAccess,
    state: ChatState,
    flow: Generator[Effect | Yielded, Any, None],
    message: UserMessage | None = None,
) -> Generator[Effect | Yielded, Any, None]:
    """Return a flow that shows its traffic to the watchers of the service; the flow itself where there are none."""
    watchers = service.watch(state, None if message is None else message.mode)
    if message is not None and message.raw_events is not None:
        watchers = (RawEvents(message.raw_events), *watchers)
    return observed(flow, watchers, lambda: state.redactor(service)) if watchers else flow

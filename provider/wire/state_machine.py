"""The states of a socket's turn, in one table for both sides.

The rules of this file:

1. `TRANSITIONS` holds every transition. Client and fake service use the same table.
2. A message that is not in a state's row is *unexpected* in that state. A client ignores it, because the service is
   reverse-engineered and may send more than is known. A server rejects it (``invalid-event``, docs/protocol.md §4.6).
3. Events and commands without a struct never change the state.

Source: docs/protocol.md §4.5, from the capture of May 2025 (seen) and clients of 2025-2026.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from provider.wire import commands, events
from provider.wire.errors import UsageError


class State(enum.Enum):
    """The state of a socket."""

    IDLE = "idle"
    """No turn runs; the next message of the user starts one."""
    WAITING = "waiting"
    """The client has sent the user's message."""
    ACKNOWLEDGED = "acknowledged"
    """The service has received the message."""
    STREAMING = "streaming"
    """The service sends its answer."""
    AFTER = "after"
    """The answer is complete; title and suggestions may come."""
    HELD = "held"
    """A challenge holds the turn until it is answered."""
    FAILED = "failed"
    """The turn failed; the socket can be used for the next one."""


Row = Mapping[type, State]

_NO_CHANGE: Final = (
    events.Connected,
    events.ModeSelected,
    events.PingEvent,
    events.PongEvent,
    commands.PingCommand,
    commands.PongCommand,
    commands.SetOptions,
    commands.ReportLocalConsents,
)
_ANSWER: Final = (
    events.StartMessage,
    events.AppendText,
    events.ReplaceText,
    events.PartCompleted,
    events.Citation,
    events.ChainOfThought,
    events.GeneratingImage,
    events.PartialImageGenerated,
    events.ImageGenerated,
)
_AFTERWARDS: Final = (
    events.TitleUpdate,
    events.SuggestedFollowupsEvent,
    events.StartSuggestion,
    events.AppendSuggestion,
    events.AppendTextSuggestion,
    events.SuggestionCompleted,
)


def _row(here: State, *groups: tuple[tuple[type, ...], State]) -> Row:
    row: dict[type, State] = dict.fromkeys(_NO_CHANGE, here)
    for kinds, there in groups:
        row.update(dict.fromkeys(kinds, there))
    return MappingProxyType(row)


_FAILURE: Final = ((events.ErrorEvent, events.ChatMessageError), State.FAILED)
_CHALLENGE: Final = ((events.ChallengeEvent,), State.HELD)
_FINISHED: Final = ((events.Done,), State.AFTER)
_BEGIN: Final = ((commands.Send,), State.WAITING)

TRANSITIONS: Final[Mapping[State, Row]] = MappingProxyType(
    {
        State.IDLE: _row(State.IDLE, _BEGIN, _CHALLENGE, _FAILURE, (_AFTERWARDS, State.IDLE)),
        State.WAITING: _row(
            State.WAITING,
            ((events.Received,), State.ACKNOWLEDGED),
            (_ANSWER, State.STREAMING),
            _FINISHED,
            _CHALLENGE,
            _FAILURE,
            (_AFTERWARDS, State.WAITING),
            ((commands.Stop,), State.AFTER),
        ),
        State.ACKNOWLEDGED: _row(
            State.ACKNOWLEDGED,
            (_ANSWER, State.STREAMING),
            _FINISHED,
            _CHALLENGE,
            _FAILURE,
            (_AFTERWARDS, State.ACKNOWLEDGED),
            ((commands.Stop,), State.AFTER),
        ),
        State.STREAMING: _row(
            State.STREAMING,
            (_ANSWER, State.STREAMING),
            _FINISHED,
            _CHALLENGE,
            _FAILURE,
            (_AFTERWARDS, State.STREAMING),
            ((commands.Stop,), State.AFTER),
        ),
        State.AFTER: _row(
            State.AFTER, _BEGIN, _CHALLENGE, _FAILURE, (_AFTERWARDS, State.AFTER), ((events.Done,), State.AFTER)
        ),
        # The answered challenge lets the same `send` go out again (§4.7).
        State.HELD: _row(State.HELD, ((commands.ChallengeResponse,), State.HELD), _BEGIN, _CHALLENGE, _FAILURE),
        State.FAILED: _row(State.FAILED, _BEGIN, _CHALLENGE, _FAILURE),
    }
)
"""``TRANSITIONS[state][type of message]`` is the next state; without an entry the message is unexpected."""

ENDED: Final = frozenset({State.AFTER, State.FAILED, State.HELD})
"""The states in which no more of the answer comes."""


class Side(enum.Enum):
    """The two sides of a WebSocket: the client and the service."""

    CLIENT = "client"
    SERVER = "server"


class TurnStateMachine:
    """The state of one socket.

    Attributes:
        state: The current one.
    """

    __slots__ = ("_row", "side", "state")

    def __init__(self, side: Side) -> None:
        self.side = side
        self.state = State.IDLE
        self._row: Row = TRANSITIONS[State.IDLE]

    def reset(self) -> None:
        """Start again, for a new socket."""
        self.state = State.IDLE
        self._row = TRANSITIONS[State.IDLE]

    def sending(self, message: commands.ClientCommand | events.ServerEvent) -> None:
        """Apply a message that this side sends.

        Raises:
            UsageError: The table does not allow it in this state, e.g. a second message while a turn runs.
        """
        if not self._step(message) and not isinstance(message, (events.UnknownEvent, commands.UnknownCommand)):
            name = type(message).__name__
            raise UsageError(
                f"{name} cannot be sent while the turn is {self.state.value}",
                step="send",
                hint="Finish or stop the running turn first.",
            )

    def received(self, message: commands.ClientCommand | events.ServerEvent) -> bool:
        """Apply a message of the other side. Returns False, and keeps the state, if it is unexpected."""
        return self._step(message)

    def _step(self, message: object) -> bool:
        state = self._row.get(type(message))
        if state is None:
            return False
        if state is not self.state:
            self.state = state
            self._row = TRANSITIONS[state]
        return True

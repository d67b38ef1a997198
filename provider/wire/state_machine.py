"""The states of a socket's turn, in one table that serves both sides.

The rules of this file:

1. Every transition stands in `TRANSITIONS`. Client and fake server read the same table; it knows no "us".
2. A message that a state's row does not name is *unexpected* there. What that means is for the side that reads it:
   a client lets it pass and stays where it is (the service is reverse-engineered, and may say more than we know);
   a server refuses it (``invalid-event``, docs/protocol.md §4.6).
3. Events and commands without a struct never change a state.

Source: docs/protocol.md §4.5, from the capture of May 2025 (seen) and clients of 2025-2026.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from provider.wire import commands, events


class State(enum.Enum):
    """Where a socket stands."""

    IDLE = "idle"
    """No turn is running; the next message of the user begins one."""
    WAITING = "waiting"
    """The user's message is sent, the service has not answered."""
    ACKNOWLEDGED = "acknowledged"
    """The service has the message, no answer yet."""
    STREAMING = "streaming"
    """The answer comes in."""
    AFTER = "after"
    """The answer is whole; title and suggestions may come."""
    HELD = "held"
    """A challenge holds the turn until it is answered."""
    FAILED = "failed"
    """The turn failed; the socket may be used for another."""


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
    events.SuggestedFollowups,
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
_CHALLENGE: Final = ((events.Challenge,), State.HELD)
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
"""``TRANSITIONS[state][type of the message]`` is the next state; a missing entry is an unexpected message."""

ENDED: Final = frozenset({State.AFTER, State.FAILED, State.HELD})
"""States in which the running turn brings no more of its answer."""

"""One socket's conversation, seen from either side: texts in, events out, and the state they lead to."""

from __future__ import annotations

import enum

from provider.wire import commands, events
from provider.wire.errors import UsageError
from provider.wire.state_machine import TRANSITIONS, Row, State


class Side(enum.Enum):
    """Which end of the socket reads the table."""

    CLIENT = "client"
    SERVER = "server"


class Turn:
    """The state of one socket.

    Attributes:
        state: Where it stands.
    """

    __slots__ = ("_row", "side", "state")

    def __init__(self, side: Side) -> None:
        self.side = side
        self.state = State.IDLE
        self._row: Row = TRANSITIONS[State.IDLE]

    def reset(self) -> None:
        """Begin again, for a new socket."""
        self.state = State.IDLE
        self._row = TRANSITIONS[State.IDLE]

    def sending(self, message: commands.ClientCommand | events.ServerEvent) -> None:
        """Note what this side sends.

        Raises:
            UsageError: The table does not allow it now, e.g. a second message while a turn runs.
        """
        if not self._step(message) and not isinstance(message, (events.UnknownEvent, commands.UnknownCommand)):
            name = type(message).__name__
            raise UsageError(
                f"{name} cannot be sent while the turn is {self.state.value}",
                step="send",
                hint="Finish or stop the running turn first.",
            )

    def received(self, message: commands.ClientCommand | events.ServerEvent) -> bool:
        """Note what the other side sent; False if the table does not expect it now (the state stays as it was)."""
        return self._step(message)

    def _step(self, message: object) -> bool:
        state = self._row.get(type(message))
        if state is None:
            return False
        if state is not self.state:
            self.state = state
            self._row = TRANSITIONS[state]
        return True

"""`SocketStub`: a WebSocket, step by step."""

from __future__ import annotations

from typing import Any, Final, Self

from fake_server.stage import How
from harness.calls import decoded
from harness.stubs.condition import Condition
from harness.stubs.errors import StubError
from harness.stubs.expectation import Expectation
from harness.stubs.replies import how, seconds
from harness.stubs.steps import CloseStep, CutStep, Expected, ExpectStep, Sendable, SendStep, Step, WaitStep
from provider.websocket import Message

_LAST_CODE: Final = 4999
_RESERVED: Final = frozenset({1004, 1005, 1006, 1015})
"""Codes that no close frame may have (RFC 6455 §7.4.1)."""


class SocketStub(Expectation):
    """A stub of WebSockets: ``wire.on_socket("/ws").expect("hello").send("welcome").close()``.

    Each connection goes through the steps from the beginning. After the last one it stays open until the client closes
    it; then any further message fails the test, unless `whenever` has an answer to it.

    Args:
        subprotocol: The one to accept; None for the first that a client offers.
    """

    def __init__(self, number: int, condition: Condition, subprotocol: str | None = None) -> None:
        super().__init__(number, condition)
        self.subprotocol = subprotocol
        self.steps: list[Step] = []
        self.rules: list[tuple[Expected, Sendable | None]] = []
        self.messages: list[Message] = []

    @property
    def received(self) -> list[Any]:
        """The clients' messages, in order: JSON decoded, other text as str, other data as bytes."""
        return [decoded(message) for message in self.messages]

    # ---------------------------------------------------------------- steps
    def expect(self, message: Expected) -> Self:
        """Wait for the client's next message, which must be this one.

        Args:
            message: A str or bytes, compared whole; a dict or list, compared as JSON; `harness.stubs.containing`,
                `harness.stubs.like`, a regular expression; or a function of the decoded message that returns a bool.
        """
        return self._add(ExpectStep(message))

    def send(self, message: Sendable) -> Self:
        """Send a message.

        Args:
            message: A str is sent as text, bytes as a binary message, any other value as JSON. A function gets the
                client's last message, decoded, and returns one of these: ``lambda got: {"id": got["id"]}``.
        """
        return self._add(SendStep(message))

    def wait(self, seconds_: float) -> Self:
        """Pause for this many seconds.

        Raises:
            StubError: The number is negative, not finite, or above an hour.
        """
        return self._add(WaitStep(seconds("wait", seconds_)))

    def close(self, code: int = 1000, reason: str = "") -> Self:
        """Close the socket with a close frame; the last step.

        Raises:
            StubError: No close frame may have this code, or the reason is longer than 123 bytes.
        """
        if isinstance(code, bool) or not 1000 <= code <= _LAST_CODE or code in _RESERVED:
            raise StubError(f"close: code {code!r}: expected 1000 to {_LAST_CODE}, without 1004, 1005, 1006 and 1015")
        if len(reason.encode()) > 123:
            raise StubError("close: the reason has more than 123 bytes: shorten it")
        return self._add(CloseStep(code, reason))

    def cut(self, how_: How = "eof") -> Self:
        """End the connection without a close frame, by FIN (``"eof"``) or RST (``"reset"``); the last step.

        Raises:
            StubError: ``how_`` is neither.
        """
        return self._add(CutStep(how("cut", how_)))

    def whenever(self, message: Expected, send: Sendable | None = None) -> Self:
        """Answer a message whenever it comes, between any two steps, any number of times; for heartbeats.

        Args:
            message: As for `expect`.
            send: As for `send`; None to ignore the message.
        """
        self.rules.append((message, send))
        return self

    def _add(self, step: Step) -> Self:
        if self.steps and isinstance(self.steps[-1], (CloseStep, CutStep)):
            raise StubError(f"{self.label}: a step follows `close` or `cut`, which ends the connection: put that last")
        self.steps.append(step)
        return self

"""The effects that a flow yields for its driver to perform. Everything else that a flow yields is an item.

Beside the effects of this module a flow yields a `provider.transport.types.Request`: the driver makes that HTTP
request, and sends the `Response` back into the flow.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from provider.attempts import Attempt
from provider.challenges import ChallengeAsked
from provider.credentials import Credentials
from provider.items import Item
from provider.transport.types import Request
from provider.websocket import Headers

Result = TypeVar("Result")


class OpenSocket(msgspec.Struct, frozen=True):
    """Open the WebSocket, after closing an open one. The driver returns the headers of the 101.

    The repr shows neither the query nor the headers: both may hold credentials.
    """

    url: str
    headers: Headers = ()

    def __repr__(self) -> str:
        return f"OpenSocket({self.url.partition('?')[0]!r})"


class SendText(msgspec.Struct, frozen=True):
    """Send one text message. The driver returns None."""

    text: str


class Receive(msgspec.Struct, frozen=True):
    """Wait for the next message. The driver returns its bytes.

    Attributes:
        within: Seconds after which the driver returns None instead. None waits as long as the call's `Timeout` allows,
            and then the driver raises.
        part: ``"first"`` until the answer has begun, then ``"idle"``: the part of the `Timeout` that bounds the wait.
        resumes: Whether this continues the last wait of the same part, with its deadline, because what came meanwhile
            does not count as a message.
    """

    within: float | None = None
    part: Literal["first", "idle"] = "idle"
    resumes: bool = False


class CloseSocket(msgspec.Struct, frozen=True):
    """Close the WebSocket with a close frame that carries a code. The driver returns None."""

    code: int = 1000


class RefreshCredentials(msgspec.Struct, frozen=True):
    """Replace credentials. The driver returns the new `Credentials`, or None where it can get no others.

    Attributes:
        credentials: The ones to replace.
        expiring_within: None where the service rejected them. Else the driver replaces them only if they expire within
            so many seconds from now.
    """

    credentials: Credentials
    expiring_within: float | None = None


class AnswerChallenge(msgspec.Struct, frozen=True):
    """Answer a challenge (docs/protocol.md §4.7). The driver returns the answer, or None where it has none."""

    challenge: ChallengeAsked


class ReadClock(msgspec.Struct, frozen=True):
    """Read the clock. The driver returns the Unix time in seconds."""


class BackOff(msgspec.Struct, frozen=True):
    """Wait before another attempt. The driver returns True after the wait, False at once if the call ends before it.

    A request to stop ends the wait: the driver throws `StopRequestedError`.

    Attributes:
        step: The step that failed.
        reason: Why it failed.
        seconds: How long to wait.
        exact: Whether the service asked for this wait. Else the driver shortens it by chance, so that clients which
            failed at once do not come back at once.
        number: The number of the next retry, from 1.
        of: The number of retries that the step may take.
    """

    step: str
    reason: str
    seconds: float
    exact: bool = False
    number: int = 1
    of: int = 1


class RunHook(msgspec.Struct, frozen=True):
    """Call a hook of the app; in asyncio, await what it returns. The driver returns None.

    Attributes:
        name: The option that set it.
    """

    name: str
    hook: Callable[[Any], object]
    value: object


class StopRequestedError(Exception):
    """The driver throws this into a waiting flow when the caller stops the turn."""


class RunControl:
    """Connects a turn with the driver that runs it: the turn's request to stop, and the attempts that were repeated.

    Any thread may request the stop, also before the run begins.

    Attributes:
        stop_requested: Whether the run is to stop.
        attempts: The failed attempts that were repeated. The driver adds to them.
    """

    __slots__ = ("_wake", "attempts", "stop_requested")

    def __init__(self) -> None:
        self.stop_requested = False
        self.attempts: list[Attempt] = []
        self._wake: Callable[[], object] | None = None

    def request_stop(self) -> None:
        """Request that the run stops: at its next effect that waits, and at once if it waits for another attempt."""
        self.stop_requested = True
        if (wake := self._wake) is not None:
            wake()

    def on_stop_request(self, wake: Callable[[], object] | None) -> None:
        """Set the function that `request_stop` calls in its thread; None unsets it.

        If the stop was requested before, this calls it at once.
        """
        self._wake = wake
        if wake is not None and self.stop_requested:
            wake()


RECEIVE: Final = Receive()
RECEIVE_AFTER_PING: Final = Receive(resumes=True)
RECEIVE_FIRST: Final = Receive(part="first")
RECEIVE_FIRST_STILL: Final = Receive(part="first", resumes=True)
CLOSE_SOCKET: Final = CloseSocket()
READ_CLOCK: Final = ReadClock()

Effect: TypeAlias = (
    Request
    | OpenSocket
    | SendText
    | Receive
    | CloseSocket
    | RefreshCredentials
    | AnswerChallenge
    | ReadClock
    | BackOff
    | RunHook
)
Steps: TypeAlias = Generator[Effect, Any, Result]
"""Part of a flow that yields no items; it returns a result to the flow that runs it."""
Flow: TypeAlias = Generator[Effect | Item, Any, None]
"""A flow, or a part of one, that yields items, too."""

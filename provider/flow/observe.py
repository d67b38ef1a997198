"""Shows a flow's requests, responses and messages to watchers: hooks of the app, the log, the raw events of a turn.

Without watchers nothing stands between a flow and its driver.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Final, TypeVar

from provider.effects import Effect, OpenSocket, Receive, RunHook, SendText, StopRequestedError
from provider.redaction import Redact
from provider.traffic import Direction, ReceivedResponse, SentRequest, SocketMessage
from provider.transport.errors import TransportError, UpgradeRefusedError
from provider.transport.types import Request, Response
from provider.websocket import Headers

Yielded = TypeVar("Yielded")
_SWITCHING: Final = 101


class Watcher:
    """Observes the traffic of one flow. The driver performs the effects that a method returns before the flow goes on.

    Attributes:
        wants_values: Whether `request`, `response` and `message` are called; making their values costs time.
    """

    wants_values = False

    def raw_message(self, direction: Direction, data: bytes) -> None:
        """Called with each message that is about to be sent, or was received, unredacted."""

    def request(self, request: SentRequest) -> Iterable[Effect]:  # noqa: ARG002  # for overriding
        """Called with each request that is about to be sent."""
        return ()

    def response(self, response: ReceivedResponse) -> Iterable[Effect]:  # noqa: ARG002
        """Called with each response that was received."""
        return ()

    def message(self, message: SocketMessage) -> Iterable[Effect]:  # noqa: ARG002
        """Called after `raw_message` with the same message, redacted."""
        return ()

    def item(self, item: object) -> None:
        """Called with each item that the flow yields."""

    def end(self, error: BaseException | None) -> None:
        """Called at the end: None if the flow is complete, `GeneratorExit` if it was left early, else its error."""


class HookWatcher(Watcher):
    """Calls the hooks of an app."""

    wants_values = True

    def __init__(
        self,
        on_request: Callable[[SentRequest], object] | None,
        on_response: Callable[[ReceivedResponse], object] | None,
        on_message: Callable[[SocketMessage], object] | None,
    ) -> None:
        self._on_request, self._on_response, self._on_message = on_request, on_response, on_message

    def request(self, request: SentRequest) -> Iterable[Effect]:
        """Return the effect that calls the app's hook ``on_request``."""
        return () if self._on_request is None else (RunHook("on_request", self._on_request, request),)

    def response(self, response: ReceivedResponse) -> Iterable[Effect]:
        """Return the effect that calls the app's hook ``on_response``."""
        return () if self._on_response is None else (RunHook("on_response", self._on_response, response),)

    def message(self, message: SocketMessage) -> Iterable[Effect]:
        """Return the effect that calls the app's hook ``on_message``."""
        return () if self._on_message is None else (RunHook("on_message", self._on_message, message),)


class RawEvents(Watcher):
    """Keeps the messages that a turn receives."""

    def __init__(self, events: list[bytes]) -> None:
        self._keep = events.append

    def raw_message(self, direction: Direction, data: bytes) -> None:
        """Keep a received message."""
        if direction == "received":
            self._keep(data)


def observed(
    flow: Generator[Effect | Yielded, Any, None], watchers: Sequence[Watcher], redactor: Callable[[], Redact]
) -> Generator[Effect | Yielded, Any, None]:
    """Run a flow, and show its traffic to watchers.

    Args:
        flow: A new flow.
        watchers: In the order in which they see each event.
        redactor: Returns the function that redacts the credentials of that moment.
    """
    views = _Views(watchers, redactor)
    answer: Any = None
    error: Exception | None = None
    end: BaseException | None = None
    try:
        while True:
            try:
                wanted = flow.send(answer) if error is None else flow.throw(error)
            except StopIteration:
                return
            answer = error = None
            try:
                yield from views.before(wanted)
                answer = yield wanted
                yield from views.after(wanted, answer)
            except UpgradeRefusedError as refused:
                error = refused
                yield from views.response(refused.status, refused.headers, b"")
            except (TransportError, StopRequestedError) as raised:
                error = raised
    except BaseException as raised:
        end = raised
        raise
    finally:
        flow.close()
        for watcher in watchers:
            watcher.end(end)


class _Views:
    """Passes the traffic of a flow to its watchers, as redacted values that are made only if a watcher wants them."""

    def __init__(self, watchers: Sequence[Watcher], redactor: Callable[[], Redact]) -> None:
        self._watchers = watchers
        self._watching_values = [each for each in watchers if each.wants_values]
        self._redactor = redactor

    def before(self, wanted: object) -> Iterable[Effect]:
        """Pass an effect that the driver is about to perform, or an item, to the watchers."""
        match wanted:
            case Receive():
                return ()
            case SendText():
                return self._message("sent", wanted.text.encode())
            case Request():
                return self._request(wanted.method, wanted.url, wanted.headers, wanted.body_size)
            case OpenSocket():
                return self._request("GET", wanted.url, wanted.headers, 0)
            case _:
                for watcher in self._watchers:
                    watcher.item(wanted)
                return ()

    def after(self, wanted: object, answer: Any) -> Iterable[Effect]:
        """Pass what the driver has received for an effect to the watchers."""
        match wanted:
            case Receive():
                return () if answer is None else self._message("received", answer)
            case Request():
                response: Response = answer
                return self.response(response.status, response.headers, response.body)
            case OpenSocket():
                return self.response(_SWITCHING, answer, b"")
            case _:
                return ()

    def response(self, status: int, headers: Headers, body: bytes) -> Iterable[Effect]:
        """Pass a response to the watchers."""
        if self._watching_values:
            value = ReceivedResponse.of(status, headers, body, self._redactor())
            for watcher in self._watching_values:
                yield from watcher.response(value)

    def _request(self, method: str, url: str, headers: Headers, size: int) -> Iterable[Effect]:
        if self._watching_values:
            value = SentRequest.of(method, url, headers, size, self._redactor())
            for watcher in self._watching_values:
                yield from watcher.request(value)

    def _message(self, direction: Direction, data: bytes) -> Iterable[Effect]:
        for watcher in self._watchers:
            watcher.raw_message(direction, data)
        if self._watching_values:
            value = SocketMessage.of(direction, data, self._redactor())
            for watcher in self._watching_values:
                yield from watcher.message(value)

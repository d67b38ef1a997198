"""The DevTools protocol: the interface that a sign-in needs, and a client of it that owns no connection.

Messages are JSON objects, each followed by NUL. Their contents never appear in a repr, a log line or an error, because
they carry tokens, cookies and passwords.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserEvent:
    """An event of the browser.

    Attributes:
        method: Its name, e.g. ``Target.attachedToTarget``.
        params: Its parameters.
        session_id: The page's session, or None for an event of the browser itself.
    """

    method: str
    params: Mapping[str, Any] = field(repr=False)
    session_id: str | None = None


Listener: TypeAlias = Callable[[BrowserEvent], None]


class DevToolsError(Exception):
    """The browser rejected a command. The text names the command, not its parameters."""


class DevToolsClosedError(DevToolsError):
    """The browser has closed the connection."""


class DevTools(Protocol):
    """A connection to a browser; `PipeDevTools` is one, and other libraries can provide others."""

    async def send(
        self, method: str, params: Mapping[str, Any] | None = None, session_id: str | None = None
    ) -> Mapping[str, Any]:
        """Send a command, and wait for its result without a deadline.

        Raises:
            DevToolsError: The browser rejects it, or the session ends before the result.
            DevToolsClosedError: The connection is closed, or closes before the result.
        """
        ...

    def post(self, method: str, params: Mapping[str, Any] | None = None, session_id: str | None = None) -> None:
        """Send a command without waiting for its result. Does nothing if the connection is closed."""
        ...

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` for every event, in order, until the connection closes."""
        ...


class PipeDevTools:
    """`DevTools` over a pair of byte streams: it sends with ``write``, and `feed` receives."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._incoming = bytearray()
        self._last_id = 0
        self._waiting: dict[int, _Waiting] = {}
        self._listeners: list[Listener] = []
        self._closed = False

    async def send(
        self, method: str, params: Mapping[str, Any] | None = None, session_id: str | None = None
    ) -> Mapping[str, Any]:
        """Send a command, and wait for its result; see `DevTools.send`."""
        if self._closed:
            raise DevToolsClosedError(f"{method}: the browser ended, or closed the DevTools connection")
        number = self._write_command(method, params, session_id)
        waiting = _Waiting(method, session_id, asyncio.get_running_loop().create_future())
        self._waiting[number] = waiting
        try:
            return await waiting.answer
        finally:
            self._waiting.pop(number, None)

    def post(self, method: str, params: Mapping[str, Any] | None = None, session_id: str | None = None) -> None:
        """Send a command without waiting for its result; see `DevTools.post`."""
        if not self._closed:
            self._write_command(method, params, session_id)

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` for every event of the browser; see `DevTools.listen`."""
        self._listeners.append(listener)

    def feed(self, received: bytes) -> None:
        """Process bytes from the browser. A message longer than 64 MiB closes the client."""
        if self._closed:
            return
        searched = len(self._incoming)
        self._incoming += received
        while (end := self._incoming.find(b"\0", searched)) >= 0:
            message = bytes(self._incoming[:end])
            del self._incoming[: end + 1]
            searched = 0
            self._take(message)
        if len(self._incoming) > MAX_MESSAGE_BYTES:
            self.close()

    def close(self) -> None:
        """Close the client: all commands that wait for a result raise `DevToolsClosedError`."""
        self._closed = True
        self._incoming.clear()
        for waiting in self._waiting.values():
            waiting.fail(DevToolsClosedError(f"{waiting.method}: the browser ended, or closed the DevTools connection"))

    def _write_command(self, method: str, params: Mapping[str, Any] | None, session_id: str | None) -> int:
        self._last_id += 1
        command: dict[str, Any] = {"id": self._last_id, "method": method, "params": dict(params or {})}
        if session_id is not None:
            command["sessionId"] = session_id
        self._write(json.dumps(command).encode() + b"\0")
        return self._last_id

    def _take(self, text: bytes) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(message, dict):
            return
        number, method, session_id = (message.get(name) for name in ("id", "method", "sessionId"))
        if isinstance(number, int):
            waiting = self._waiting.get(number)
            if waiting is not None:
                waiting.settle(message)
        elif isinstance(method, str):
            session = session_id if isinstance(session_id, str) else None
            self._tell(BrowserEvent(method=method, params=_mapping(message, "params"), session_id=session))

    def _tell(self, event: BrowserEvent) -> None:
        if event.method == "Target.detachedFromTarget":
            # Chromium answers no command of a session that has ended.
            for waiting in self._waiting.values():
                if waiting.session_id is not None and waiting.session_id == event.params.get("sessionId"):
                    waiting.fail(DevToolsError(f"{waiting.method}: the browser's page was closed"))
        for listener in self._listeners:
            listener(event)


@dataclass(slots=True)
class _Waiting:
    """A command without a result yet."""

    method: str
    session_id: str | None
    answer: asyncio.Future[Mapping[str, Any]]

    def settle(self, message: Mapping[str, Any]) -> None:
        if "error" in message:
            code = _mapping(message, "error").get("code")
            self.fail(DevToolsError(f"{self.method}: the browser rejects this DevTools command (code {code})"))
        elif not self.answer.done():
            self.answer.set_result(_mapping(message, "result"))

    def fail(self, error: DevToolsError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


def _mapping(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = message.get(name)
    return value if isinstance(value, dict) else {}

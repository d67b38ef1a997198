"""A browser that nodriver controls by a port on loopback; the extra ``browser`` (AGPL) installs nodriver.

This module starts and ends the browser itself, so that no process is left. It also opens nodriver's connection, without
a proxy of the environment and without a log of the messages. While the browser runs, every program on this machine can
reach the port, and with it tokens and cookies; `PipedBrowser` has no port.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import logging
import os
import socket
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final

from provider.auth.browser.devtools import (
    MAX_MESSAGE_BYTES,
    BrowserEvent,
    DevTools,
    DevToolsClosedError,
    DevToolsError,
    Listener,
)
from provider.auth.browser.process import BrowserProcess
from provider.errors import LoginError, MissingRequirementsError
from provider.install_command import install_command

_WATCHED: Final = """
exec 3<&0
"$@" 3<&- </dev/null >/dev/null &
browser=$!
(while read -r _; do :; done <&3
 kill -TERM "$browser"
 sleep 2 & nap=$!
 trap 'kill "$nap"; exit' TERM
 wait "$nap"
 kill -KILL "$browser") 2>/dev/null &
watcher=$!
exec 3<&-
trap : TERM
wait "$browser"
code=$?
while kill -0 "$browser" 2>/dev/null; do wait "$browser"; code=$?; done
kill "$watcher"
exit "$code"
"""
"""Ends the browser when standard input closes, and exits with the browser's exit code."""
_LOOK_EVERY: Final = 0.05
_ANSWER_PATIENCE: Final = 2.0
_SILENT_LOGGER: Final = logging.Logger("provider.auth.nodriver", level=logging.CRITICAL + 1)  # noqa: LOG001  # no handler at all
"""A logger without handlers: the library under nodriver logs every message at DEBUG."""


class AttachedBrowser(BrowserProcess):
    """A browser with a port for DevTools on loopback, and a connection of nodriver to it.

    Raises:
        MissingRequirementsError: nodriver is not installed, or its version is unknown.
    """

    shell = _WATCHED

    def __init__(self) -> None:
        super().__init__()
        self._port = _free_port()
        self._nodriver = NodriverDevTools(self, self._port)

    @property
    def devtools(self) -> DevTools:
        """The DevTools connection to the browser."""
        return self._nodriver

    @property
    def group(self) -> int | None:
        """The browser's process group, or None before it runs."""
        return None if self._transport is None else self._transport.get_pid()

    @property
    def has_exited(self) -> bool:
        """Whether its main process has ended."""
        return self._exited.is_set()

    def arguments(self) -> Sequence[str]:
        """Return the arguments that enable DevTools on a port."""
        # A fixed port: with port 0 the browser tells pages that a program drives it, although a person does.
        return (f"--remote-debugging-port={self._port}",)

    async def end(self) -> None:
        """End the browser, and close the connection; see `BrowserProcess.end`."""
        try:
            await super().end()
        finally:
            await self._nodriver.aclose()


class NodriverDevTools:
    """`DevTools` over nodriver's connection, which the first command opens.

    Args:
        browser: The browser with the port.
        port: On 127.0.0.1.
    """

    def __init__(self, browser: AttachedBrowser, port: int) -> None:
        self._browser = browser
        self._port = port
        self._library, self._connect = _requirements()
        self._connection: Any = None
        self._connecting = asyncio.Lock()
        self._listeners: list[Listener] = []
        self._running: dict[asyncio.Task[Any], str | None] = {}
        self._of_ended_sessions: set[asyncio.Task[Any]] = set()

    async def send(
        self, method: str, params: Mapping[str, Any] | None = None, session_id: str | None = None
    ) -> Mapping[str, Any]:
        """Send a command, and wait for its result; see `DevTools.send`. The first command waits for the port.

        Raises:
            LoginError: Another program answers at the port (``start-failed``).
        """
        await self._ensure_connected(method)
        task = self._begin(method, params, session_id)
        try:
            result = await task
        except asyncio.CancelledError:
            if task in self._of_ended_sessions:
                raise DevToolsError(f"{method}: the browser's page was closed") from None
            task.cancel()
            raise
        except self._library.ProtocolException as error:
            # Its text may quote the parameters.
            raise DevToolsError(f"{method}: the browser rejects this DevTools command (code {error.code})") from None
        except Exception:  # noqa: BLE001  # nodriver and its socket raise various errors when the browser has ended
            raise DevToolsClosedError(f"{method}: the browser ended, or closed the DevTools connection") from None
        finally:
            self._of_ended_sessions.discard(task)
        return result if isinstance(result, dict) else {}

    def post(self, method: str, params: Mapping[str, Any] | None = None, session_id: str | None = None) -> None:
        """Send a command without waiting for its result; see `DevTools.post`."""
        if self._connection is not None and not self._browser.has_exited:
            self._begin(method, params, session_id).add_done_callback(_forget)

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` for every event of the browser; see `DevTools.listen`."""
        self._listeners.append(listener)

    async def aclose(self) -> None:
        """Close the connection, and cancel all commands that wait for a result."""
        connection, self._connection = self._connection, None
        for task in list(self._running):
            task.cancel()
        if connection is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_ANSWER_PATIENCE):
                    await connection.aclose()

    # ---------------------------------------------------------------- connecting
    async def _ensure_connected(self, method: str) -> None:
        async with self._connecting:
            if self._connection is None:
                self._connection = await self._connected(method)
                await self._check_ours()
        if self._browser.has_exited:
            raise DevToolsClosedError(f"{method}: the browser ended, or closed the DevTools connection")

    async def _connected(self, method: str) -> Any:
        while not self._browser.has_exited:
            with contextlib.suppress(OSError, ValueError, KeyError):
                return await self._attach(await asyncio.to_thread(_socket_url, self._port))
            await asyncio.sleep(_LOOK_EVERY)
        raise DevToolsClosedError(f"{method}: the browser ended, or closed the DevTools connection")

    async def _attach(self, url: str) -> Any:
        connection = self._library.Connection()
        connection.websocket_url = url
        connection.process_event = self._on_message
        connection.socket = await self._connect(
            url, logger=_SILENT_LOGGER, max_size=MAX_MESSAGE_BYTES, proxy=None, compression=None, ping_interval=None
        )
        connection._listener_task = asyncio.create_task(connection._listener())  # noqa: SLF001  # it makes no socket of its own then
        return connection

    async def _check_ours(self) -> None:
        """Check that the browser has the port: another program may have taken it first."""
        processes = (await self._begin("SystemInfo.getProcessInfo", None, None)).get("processInfo") or []
        if self._browser.group not in {_group_of(each.get("id")) for each in processes}:
            what, hint = "Another program answers at the browser's port", "Try again."
            raise LoginError(what, step="start the browser", hint=hint, reason="start-failed")

    # ---------------------------------------------------------------- commands and events
    def _begin(self, method: str, params: Mapping[str, Any] | None, session_id: str | None) -> asyncio.Task[Any]:
        session = {} if session_id is None else {"sessionId": session_id}
        # Tasks start in the order of their creation, and acquire nodriver's lock in that order.
        sending = self._connection.send(_command(method, dict(params or {})), _attach=True, **session)
        task = asyncio.ensure_future(sending)
        self._running[task] = session_id
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.pop(task, None)

    async def _on_message(self, message: dict[str, Any], tx_id: int | None = None) -> None:  # noqa: ARG002  # nodriver's signature
        """Handle a message of the browser in place of nodriver's handler, which ignores sessions and unknown events."""
        params, session_id = message.get("params"), message.get("sessionId")
        event = BrowserEvent(method=str(message.get("method")), params=params or {}, session_id=session_id)
        if event.method == "Target.detachedFromTarget":
            self._end_session(event.params.get("sessionId"))
        for listener in self._listeners:
            listener(event)

    def _end_session(self, session_id: object) -> None:
        for task, session in list(self._running.items()):
            if session is not None and session == session_id:
                self._of_ended_sessions.add(task)
                task.cancel()


def _command(method: str, params: dict[str, Any]) -> Generator[dict[str, Any], Any, Any]:
    """Return a command as the generator that nodriver's connection expects: it yields the command, gets the result."""
    return (yield {"method": method, "params": params})


def _forget(task: asyncio.Task[Any]) -> None:
    """Retrieve the exception of a task without a waiter, so that asyncio does not warn."""
    if not task.cancelled():
        task.exception()


def _requirements() -> tuple[Any, Any]:
    """Return nodriver's module of connections, and the function that opens a WebSocket."""
    hint = f"Install it with: {install_command('browser')}; or unset COPILOT_BROWSER_DRIVER."
    try:
        library = importlib.import_module("nodriver.core.connection")
        connect = importlib.import_module("websockets.asyncio.client").connect
    except ImportError as error:
        raise MissingRequirementsError("nodriver is missing", step="start the browser", hint=hint) from error
    if not all(hasattr(library.Connection, name) for name in ("send", "aclose", "_listener", "process_event")):
        what = "This version of nodriver is not supported"
        raise MissingRequirementsError(what, step="start the browser", hint=hint)
    return library, connect


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _socket_url(port: int) -> str:
    """Return the URL of the browser's DevTools socket.

    Raises:
        OSError: No program answers.
        ValueError: The program that answers is not a browser.
        KeyError: The program that answers is not a browser, either.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/json/version", timeout=_ANSWER_PATIENCE) as answer:
        url = str(json.loads(answer.read(65536))["webSocketDebuggerUrl"])
    if not url.startswith(f"ws://127.0.0.1:{port}/"):
        raise ValueError("the program that answers names a DevTools URL at another address than its own")
    return url


def _group_of(process: object) -> int | None:
    try:
        return os.getpgid(process) if isinstance(process, int) else None
    except OSError:
        return None

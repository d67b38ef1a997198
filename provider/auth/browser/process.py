"""A browser as a child process, which ends with this process at the latest.

`PipedBrowser` has DevTools on a pipe, and opens no port. Chromium reads commands from descriptor 3 and writes to 4. A
shell starts it, and moves standard input and output there, so that asyncio owns both ends. If this process is killed,
the pipe closes and the browser ends by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, cast

from provider.auth.browser.devtools import DevTools, PipeDevTools
from provider.clock import monotonic
from provider.errors import LoginError

_PIPE_ON_3_AND_4: Final = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'
_POLITE, _TERMINATED, _KILLED = 5.0, 2.0, 5.0
"""Seconds that a browser has to end, after each of three ways of ending it."""
_STARTED: Final = 5.0
"""Seconds that a browser has to start, where its start was cancelled, so that it can be ended."""


class BrowserProcess(asyncio.SubprocessProtocol, ABC):
    """A running browser. Subclasses define the way to its DevTools.

    Attributes:
        shell: The script that starts it, whose arguments are the browser's command. Its standard input is a pipe that
            closes when this process ends, in whatever way.
        output: The script's standard output, as for `subprocess.Popen`.
    """

    shell: ClassVar[str]
    output: ClassVar[int] = subprocess.DEVNULL

    def __init__(self) -> None:
        self._transport: asyncio.SubprocessTransport | None = None
        self._exited = asyncio.Event()
        self._released = asyncio.Event()

    @property
    @abstractmethod
    def devtools(self) -> DevTools:
        """The DevTools connection to the browser."""

    @abstractmethod
    def arguments(self) -> Sequence[str]:
        """Return the arguments that enable DevTools."""

    # ---------------------------------------------------------------- called by asyncio
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport: asyncio calls this when the process runs."""
        self._transport = cast(asyncio.SubprocessTransport, transport)

    def process_exited(self) -> None:
        """Note that the browser's main process has ended; asyncio calls this."""
        self._exited.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # how does not matter
        """Note that the process has ended and all its pipes are closed; asyncio calls this."""
        self._released.set()

    # ---------------------------------------------------------------- ending
    async def exit_code(self, within: float) -> int | None:
        """Return the exit code (negative: a signal), or None if it still runs after ``within`` seconds."""
        await _wait(self._exited, within)
        return None if self._transport is None else self._transport.get_returncode()

    async def end(self) -> None:
        """End the browser: first by its own command, so that it writes its profile, then by signals.

        A cancelled task skips to the next way, and the browser still ends.

        Raises:
            asyncio.CancelledError: The task was cancelled meanwhile.
        """
        if self._transport is None:
            return
        cancelled: asyncio.CancelledError | None = None
        steps = ((self._close_politely, _POLITE), (self._terminate, _TERMINATED), (self._kill, _KILLED))
        for ask, patience in steps:
            if self._exited.is_set():
                break
            ask()
            try:
                await _wait(self._exited, patience)
            except asyncio.CancelledError as error:
                cancelled = error
        self._kill()  # processes that the main process may have left behind
        group = self._transport.get_pid()
        self._transport.close()
        try:
            await _wait(self._released, _KILLED)
            await _wait_for_group(group, _KILLED)
        except asyncio.CancelledError as error:
            cancelled = error
        if cancelled is not None:
            raise cancelled

    def _close_politely(self) -> None:
        self.devtools.post("Browser.close")

    def _terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def _kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        """Signal the browser's process group."""
        if self._transport is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._transport.get_pid(), number)


class PipedBrowser(BrowserProcess):
    """A browser whose DevTools no other program can reach."""

    shell = _PIPE_ON_3_AND_4
    output = subprocess.PIPE

    def __init__(self) -> None:
        super().__init__()
        self._client = PipeDevTools(self._write)

    @property
    def devtools(self) -> DevTools:
        """The DevTools connection to the browser."""
        return self._client

    def arguments(self) -> Sequence[str]:
        """Return the arguments that enable DevTools on a pipe."""
        return ("--remote-debugging-pipe",)

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002  # there is one pipe to read
        """Pass bytes to the DevTools connection: asyncio calls this when the browser has sent some."""
        self._client.feed(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002  # either end is the end
        """Close the DevTools connection: asyncio calls this when one end of a pipe has closed."""
        self._client.close()

    def process_exited(self) -> None:
        """Note that the browser's main process has ended, and close its DevTools connection; asyncio calls this."""
        self._client.close()
        super().process_exited()

    def _write(self, message: bytes) -> None:
        pipe = None if self._transport is None else self._transport.get_pipe_transport(0)
        if pipe is not None:
            cast(asyncio.WriteTransport, pipe).write(message)


@contextlib.asynccontextmanager
async def run_browser(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    inherited: tuple[int, ...] = (),
    kind: Callable[[], BrowserProcess] = PipedBrowser,
) -> AsyncGenerator[BrowserProcess, None]:
    """Run a browser while the block runs.

    Args:
        command: Program and arguments; those that enable DevTools are added.
        environment: All its environment variables.
        inherited: File descriptors that it keeps open until it ends.
        kind: Makes the process; defines the way to DevTools.

    Raises:
        LoginError: It cannot be started (``start-failed``).
    """
    process = kind()
    try:
        await _start(process, [command[0], *process.arguments(), *command[1:]], environment, inherited)
        yield process
    finally:
        await process.end()


async def _start(
    process: BrowserProcess, command: Sequence[str], environment: Mapping[str, str], inherited: tuple[int, ...]
) -> None:
    start = asyncio.ensure_future(
        asyncio.get_running_loop().subprocess_exec(
            lambda: process,
            "/bin/sh",
            "-c",
            process.shell,
            "sh",
            *command,
            stdin=subprocess.PIPE,
            stdout=process.output,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=inherited,
            env=environment,
        )
    )
    try:
        # asyncio that is cancelled while it connects the pipes waits without end for them to close.
        await asyncio.shield(start)
    except asyncio.CancelledError:
        await _settled(start, _STARTED)
        raise
    except OSError as error:
        raise LoginError(
            f"The browser cannot be started ({error.strerror})", step="start the browser", reason="start-failed"
        ) from error


async def _settled(task: asyncio.Future[Any], within: float) -> None:
    """Wait until a task is done, for at most ``within`` seconds; being cancelled again does not shorten that."""
    deadline = monotonic() + within
    while not task.done() and (left := deadline - monotonic()) > 0:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([task], timeout=left)
    if not task.cancel():
        task.exception()  # nobody else asks for it


async def _wait(event: asyncio.Event, within: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            await event.wait()


async def _wait_for_group(group: int, within: float) -> None:
    """Wait until no process of a group runs: killed processes take a moment to end."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            while _runs(group):  # noqa: ASYNC110  # the system reports no end of a grandchild
                await asyncio.sleep(0.01)


def _runs(group: int) -> bool:
    """Whether a process of the group runs. Zombies do not count."""
    processes = Path("/proc")
    if not processes.is_dir():
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True
    for stat in processes.glob("[0-9]*/stat"):
        try:
            state, _, leader = stat.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue  # it has ended meanwhile
        if int(leader) == group and state not in ("Z", "X"):
            return True
    return False

"""Running the user's COMMAND against a local server, or waiting for Ctrl-C where there is none."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, Self

from harness.cli.console import fail, say
from harness.cli.stopping import OverdueError, StopDeadline
from harness.errors import HarnessError
from harness.proxy_variables import bypassing_proxies

if TYPE_CHECKING:
    from harness.profile import ServiceProfile
    from harness.proxy.sessions import Proxied


class OptionConflictError(HarnessError):
    """Options do not go together; the text names them."""


def serve_proxied(
    session: Proxied, command: Sequence[str] | None, interrupts: Interrupts, more: Mapping[str, str] | None = None
) -> int:
    """Run COMMAND behind the proxy, or wait for Ctrl-C; returns COMMAND's exit code."""
    if command:
        return interrupts.run(command, {**session.env, **(more or {})})
    say("Ctrl-C ends it. Clients find the proxy in these variables (the URL holds its password):", "dim")
    for name in ("HTTPS_PROXY", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        say(f"  export {name}={session.env[name]}")
    interrupts.wait()
    return 0


def check_visitors(session: Proxied, code: int) -> int:
    """Print what passed the proxy without being recorded, and an error if no request came to the service.

    Returns:
        ``code``, COMMAND's exit code; 1 instead of 0 after that error.
    """
    for line in session.visitors.lines():
        say(line, "yellow")
    try:
        session.check()
    except HarnessError as error:
        fail(str(error))
        return code or 1
    return code


GRACE: Final = 2.0
"""Seconds that COMMAND has to end after SIGTERM or SIGHUP, before it is killed."""
TWICE: Final = 2.0
"""Seconds within which a second signal of the same kind stops everything at once."""
_POLL: Final = 0.2


def _nothing() -> None:
    pass


class CommandError(HarnessError):
    """COMMAND cannot be started; the text says why."""


TOKEN = "COPILOT_TOKEN"  # noqa: S105  # a name
SECRETS = (TOKEN, "COPILOT_HAR", "COPILOT_STORE")
"""Variables that COMMAND never gets: the user's token, and where to find more secrets."""


def environment(url: str, service: ServiceProfile, upstreams: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables that give COMMAND the local server's URL, and lead it there past the environment's proxies."""
    from harness.services.environment import service_environment

    return {**bypassing_proxies(os.environ, url), **service_environment(url, service, upstreams)}


def users_token(upstream: str) -> str | None:
    """The user's token for a service: the environment's, else that of a stored sign-in; None if there is none.

    Raises:
        UsageError: The environment's token is malformed, or the store cannot be trusted or read.
    """
    from provider.auth.discovery import find_stored
    from provider.options import given_credentials

    given = given_credentials(None).token
    if given is not None:
        return given
    found = find_stored(upstream)
    return None if found is None else found.token


def with_own_variables(more: Mapping[str, str]) -> dict[str, str]:
    """COMMAND's whole environment: the user's, without tokens and what leads to them, and further variables."""
    return {**{name: value for name, value in os.environ.items() if name not in SECRETS}, **more}


class Interrupts:
    """Catches the signals to stop while the block runs, so that the recording can end in order.

    SIGINT, SIGTERM and SIGHUP (unless ignored, as under ``nohup``) end `wait`. Ctrl-C reaches COMMAND by itself, for
    both share a terminal. The other signals are passed on as SIGTERM, and COMMAND has `GRACE` seconds to end. The same
    signal twice within `TWICE` seconds, or again after `wait` or `run`, raises `KeyboardInterrupt`.

    What follows `wait` or `run` has `harness.cli.stopping.LIMIT` seconds after SIGTERM or SIGHUP: a supervisor kills a
    process that does not end. After Ctrl-C it may take its time, and a line says so.

    Attributes:
        on_signal: Called at the first signal, before it is passed on to COMMAND.
        unwritten: Returns the error to end with if the process must end now; None if all is written.
    """

    def __init__(self) -> None:
        self._seen: dict[int, float] = {}
        self._kill_at: float | None = None
        self._over = False
        self._process: subprocess.Popen[bytes] | None = None
        self._previous: dict[int, Any] = {}
        self._deadline = StopDeadline(self._on_late)
        self.on_signal: Callable[[], None] = _nothing
        self.unwritten: Callable[[], HarnessError | None] = _nothing

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                self._previous[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._deadline.disarm()
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        if isinstance(error, OverdueError) and error.reason is not None:
            raise error.reason from None
        if isinstance(error, KeyboardInterrupt) and (reason := self.unwritten()) is not None:
            say(str(reason), "yellow")

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        before = self._seen.get(number)
        if not self._seen:
            self.on_signal()
        self._seen[number] = now
        if before is not None and (self._over or now - before < TWICE):
            raise KeyboardInterrupt
        if self._process is not None and number != signal.SIGINT:
            self._kill_at = now + GRACE
            self._process.terminate()
        if self._over:
            self._deadline.arm()

    def _on_late(self) -> None:
        if self._seen.keys() != {signal.SIGINT}:
            raise OverdueError(self.unwritten())
        if self.unwritten() is not None:
            say("the cassette is being written; Ctrl-C again ends at once, and leaves it to `wiretape recover`", "dim")

    def _end_soon(self) -> None:
        """Note that COMMAND or the wait is over; if a signal came before, start the deadline for what follows."""
        self._over = True
        if self._seen:
            self._deadline.arm()

    def wait(self) -> None:
        """Sleep until a signal arrives."""
        while not self._seen:
            time.sleep(_POLL)  # the handler runs in between
        self._end_soon()

    def run(self, command: Sequence[str], more: Mapping[str, str]) -> int:
        """Run COMMAND to its end; returns its exit code (128 + signal if a signal ended it).

        Raises:
            CommandError: There is no such program, or it cannot be executed.
        """
        if shutil.which(command[0]) is None:
            raise CommandError(f"COMMAND: there is no program {command[0]!r} on the PATH")
        try:
            process = subprocess.Popen(list(command), env=with_own_variables(more))  # noqa: S603  # the user's own command
        except OSError as error:
            raise CommandError(f"COMMAND: cannot run {command[0]!r}: {error.strerror}") from error
        with process:
            self._process = process
            try:
                code = self._ended(process)
            except BaseException:
                process.kill()
                raise
            finally:
                self._process = None
                self._end_soon()
        return 128 - code if code < 0 else code

    def _ended(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                return process.wait(_POLL)
            except subprocess.TimeoutExpired:
                if self._kill_at is not None and time.monotonic() > self._kill_at:
                    process.kill()

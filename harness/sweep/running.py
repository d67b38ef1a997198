"""One run of a program against a cassette behind a fault rule."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

from fake_server import serve
from fake_server.host.limits import Limits
from harness.cassette.model import Cassette
from harness.doors import Doors
from harness.faults.plan import ArmedRules
from harness.faults.rule import FaultRule
from harness.faults.stage import Faults
from harness.profile import ServiceProfile
from harness.replay.player import Player
from harness.replay.rules import PlayRules
from harness.sweep.watching import Arrival, SocketUse, WatchedStage
from harness.tap.session import TappedSession
from harness.user_folders import state_directory

MOST_OUTPUT: Final = 4 * 1024 * 1024
"""Bytes of a program's output that are read."""
_GRACE: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The program that a sweep runs, and the cassette that answers it.

    Attributes:
        command: The program and its arguments.
        environment: Makes its environment for a local server's URL, and those of further upstreams by name.
        cassette: What it is answered from.
        profile: The service.
        keeps_sessions: Whether a run with a bad verdict keeps the session that passed.
    """

    command: Sequence[str]
    environment: Callable[[str, Mapping[str, str]], Mapping[str, str]] = field(repr=False)
    cassette: Cassette = field(repr=False)
    profile: ServiceProfile = field(repr=False)
    keeps_sessions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultedRun:
    """What happened in one run.

    Attributes:
        rule: The rule; None for a clean run.
        code: The program's exit code, negative for a signal; None if it did not end in time.
        output: Its standard output, at most `MOST_OUTPUT`.
        errors: Its standard error, likewise. Both may hold whatever the program prints.
        seconds: How long it ran.
        arrivals: Its requests.
        struck: Whether the rule struck.
        differences: What the program sent that the cassette does not have.
        sockets: Its sockets.
        session: What passed between the program and the local server; None if it was not kept.
    """

    rule: FaultRule | None
    code: int | None
    output: bytes = field(repr=False)
    errors: bytes = field(repr=False)
    seconds: float
    arrivals: tuple[Arrival, ...] = field(repr=False)
    struck: bool
    differences: tuple[str, ...] = field(default=(), repr=False)
    sockets: tuple[SocketUse, ...] = field(default=(), repr=False)
    session: TappedSession | None = field(default=None, repr=False)


def run_once(program: Program, rule: FaultRule | None, *, deadline: float) -> FaultedRun:
    """Run the program once.

    Args:
        program: What to run.
        rule: What goes wrong; None for nothing.
        deadline: Seconds after which the program, with its children, is ended.

    Raises:
        OSError: The program cannot be started.
    """
    # The program may repeat a request after a fault; it then gets the same response once more.
    again = PlayRules(repeats=rule is not None)
    doors = Doors(program.cassette.recorded.upstreams)
    player = Player(program.cassette, program.profile, rules=again, deadline=None, doors=doors)
    rules = ArmedRules([] if rule is None else [rule])
    watch = WatchedStage(Faults(player, rules))
    kept = TappedSession(program.profile, "sweep") if program.keeps_sessions and rule is not None else None
    front = watch if kept is None else kept.wrap(watch)
    with (
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
        serve(
            front,
            own_origins=(*program.profile.origins, *doors.origins),
            more_ports=len(doors.upstreams),
            limits=Limits(spool=state_directory()),
        ) as server,
    ):
        doors.opened(server.port, server.more_ports)
        environment = program.environment(server.url, doors.urls(server.url))
        began = time.monotonic()
        code = run_program(program.command, environment, output, errors, deadline)
        seconds = time.monotonic() - began
        report = player.report()
        shown = report if rule is None else report.after_faults()
        return FaultedRun(
            rule=rule,
            code=code,
            output=_read(output),
            errors=_read(errors),
            seconds=seconds,
            arrivals=tuple(watch.seen.arrivals),
            struck=rules.has_struck,
            differences=tuple(f"{each.kind}: {each.summary}" for each in shown.failures),
            sockets=tuple(watch.seen.sockets),
            session=kept,
        )


def run_program(
    command: Sequence[str], environment: Mapping[str, str], output: IO[bytes], errors: IO[bytes], deadline: float
) -> int | None:
    """Run a program to its end; its exit code, negative for a signal, or None if it did not end in time.

    Args:
        command: The program and its arguments.
        environment: All of its variables.
        output: Receives its standard output.
        errors: Receives its standard error.
        deadline: Seconds after which the program, with its children, is ended.

    Raises:
        OSError: The program cannot be started.
    """
    process = subprocess.Popen(  # noqa: S603  # the user's own command
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        env=dict(environment),
        start_new_session=True,  # so that its children end with it
    )
    try:
        return process.wait(deadline)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and its children: by SIGTERM, and by SIGKILL if they do not end in time."""
    for each in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, each)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
            if each is signal.SIGKILL or not _has_group(process.pid):
                return


def _has_group(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _read(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(MOST_OUTPUT)

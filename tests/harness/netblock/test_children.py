"""Processes that are started during a block: the kernel (Landlock) keeps their TCP connections to the open doors' ports.

Where the kernel cannot do it (`can_restrict`), these tests are skipped: then children are not covered.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Literal

import pytest

from harness.netblock import Block, blocked
from harness.netblock.landlock import can_restrict
from tests.support.servers.counting_listener import CountingListener

pytestmark = pytest.mark.skipif(not can_restrict(), reason="the kernel has no Landlock with network rules")
_TIMEOUT = 20.0


def _connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=5).close()


def _python(port: int) -> list[str]:
    return [sys.executable, "-S", "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}), 5).close()"]


def _curl(port: int) -> list[str]:
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed")
    return [program, "-s", "-m", "5", "-o", os.devnull, f"http://127.0.0.1:{port}/"]


def _run(command: list[str], preexec_fn: Callable[[], object] | None = None) -> int:
    return subprocess.run(
        command,
        timeout=_TIMEOUT,
        capture_output=True,
        check=False,
        preexec_fn=preexec_fn,
    ).returncode


async def _asyncio_program(port: int) -> int:
    made = await asyncio.create_subprocess_exec(*_python(port), stderr=asyncio.subprocess.DEVNULL)
    return await asyncio.wait_for(made.wait(), _TIMEOUT)


def _uvloop_program(port: int) -> int:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_asyncio_program(port))


def _system(port: int) -> int:
    return vars(os)["system"](shlex.join(_python(port)) + " 2>/dev/null")


def _spawn(port: int) -> int:
    command = _python(port)
    quiet = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    return os.waitpid(os.posix_spawn(command[0], command, os.environ, file_actions=quiet), 0)[1]


def _fork(port: int) -> int:
    child = os.fork()
    if child == 0:
        try:
            _connect(port)
        except BaseException:
            os._exit(3)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def _multiprocessing(how: Literal["fork", "spawn"]) -> Callable[[int], int | None]:
    def run(port: int) -> int | None:
        context = multiprocessing.get_context("fork") if how == "fork" else multiprocessing.get_context("spawn")
        made = context.Process(target=_run_quietly, args=(port,))
        made.start()
        made.join(_TIMEOUT)
        return made.exitcode

    return run


def _run_quietly(port: int) -> None:
    try:
        _connect(port)
    except Exception:
        sys.exit(3)


STARTS: dict[str, Callable[[int], int | None]] = {
    "subprocess python": lambda port: _run(_python(port)),
    "subprocess curl": lambda port: _run(_curl(port)),
    "subprocess preexec_fn": lambda port: _run(_python(port), preexec_fn=int),
    "asyncio": lambda port: asyncio.run(_asyncio_program(port)),
    "uvloop": _uvloop_program,
    "os.system": _system,
    "os.posix_spawn": _spawn,
    "os.fork": _fork,
    "multiprocessing fork": _multiprocessing("fork"),
    "multiprocessing spawn": _multiprocessing("spawn"),
}
each_start = pytest.mark.parametrize("start", STARTS.values(), ids=STARTS.keys())


@each_start
def test_a_child_reaches_the_listener_without_a_block(start: Callable[[int], int | None], shut: CountingListener):
    assert start(shut.port) == 0
    assert shut.connections() == 1


@each_start
def test_a_child_cannot_connect_to_what_is_shut(
    start: Callable[[int], int | None], shut: CountingListener, rules: Callable[..., Block]
):
    with blocked(rules()):
        assert start(shut.port) not in (0, None)
    assert shut.connections() == 0


@each_start
def test_a_child_connects_to_an_open_door(
    start: Callable[[int], int | None], door: CountingListener, rules: Callable[..., Block]
):
    with blocked(rules()):
        assert start(door.port) == 0
    assert door.connections() == 1


def test_this_process_is_not_restricted_by_its_children(shut: CountingListener, rules: Callable[..., Block]):
    with blocked(rules()):
        _run(_python(shut.port))
    _connect(shut.port)
    assert shut.connections() == 1


def test_a_program_that_is_not_there_is_reported_as_ever(rules: Callable[..., Block]):
    with blocked(rules()), pytest.raises(FileNotFoundError):
        subprocess.run(["/nowhere/program"], check=False)


def test_children_are_not_covered_where_hosts_are_allowed(rules: Callable[..., Block]):
    assert rules().covers_subprocesses
    assert not rules("example.com").covers_subprocesses

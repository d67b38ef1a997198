"""Functions that modules keep, and sub-interpreters, start children that the block covers."""

from __future__ import annotations

import importlib
import os
import posix
import sys
import textwrap
from _posixsubprocess import fork_exec
from collections.abc import Callable
from os import system as kept_system

import pytest

from harness.netblock import Block, blocked
from harness.netblock.landlock import can_restrict
from tests.support.netblock.children import python_program
from tests.support.servers.counting_listener import CountingListener

pytestmark = pytest.mark.skipif(not can_restrict(), reason="the kernel has no Landlock with network rules")


def _by_fork_exec(port: int) -> int:
    command = python_program("socket.create_connection(at)", port)
    reading, writing = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    arguments = [
        command,
        [os.fsencode(command[0])],
        True,
        (writing,),
        None,
        None,
        -1,
        -1,
        -1,
        -1,
        -1,
        null,
        reading,
        writing,
    ]
    more = [False, False, -1, None, None, None, -1, None]
    child = fork_exec(*arguments, *more, *([True] if sys.version_info < (3, 14) else []))
    for each in (reading, writing, null):
        os.close(each)
    return os.waitpid(child, 0)[1]


def _quiet(command: list[str]) -> str:
    return f'{command[0]} -S -c "{command[3]}" 2>/dev/null'


KEPT: dict[str, Callable[[int], int]] = {
    "fork_exec": _by_fork_exec,
    "system": lambda port: kept_system(_quiet(python_program("socket.create_connection(at)", port))),
    "posix.system": lambda port: posix.system(_quiet(python_program("socket.create_connection(at)", port))),
}


@pytest.mark.parametrize("start", KEPT.values(), ids=KEPT.keys())
def test_function_that_a_module_has_kept_starts_restricted_children(
    start: Callable[[int], int], shut: CountingListener, door: CountingListener, rules: Callable[..., Block]
):
    assert start(shut.port) == 0
    with blocked(rules()):
        assert start(shut.port) != 0
        assert start(door.port) == 0
    assert (shut.connections(), door.connections()) == (1, 1)
    assert start(shut.port) == 0


def _interpreters():
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return pytest.skip("this Python has no sub-interpreters")


@pytest.mark.parametrize("made", ["before", "during"])
def test_code_in_a_sub_interpreter_is_stopped(
    made: str, shut: CountingListener, door: CountingListener, rules: Callable[..., Block], tmp_path
):
    module = _interpreters()
    said = tmp_path / "said"
    code = textwrap.dedent("""
        import _socket
        s = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        try:
            s.connect(("127.0.0.1", {port}))
            found = "connected"
        except OSError as error:
            found = type(error).__name__
        s.close()
        open({said!r}, "w").write(found)
    """)

    def run(interpreter, port: int) -> str:
        module.run_string(interpreter, code.format(port=port, said=str(said)))
        return said.read_text()

    early = module.create()
    assert run(early, shut.port) == "connected"
    with blocked(rules()):
        interpreter = early if made == "before" else module.create()
        assert run(interpreter, shut.port) == "PermissionError"
        assert run(interpreter, door.port) == "connected"
    assert run(early, shut.port) == "connected"
    assert shut.connections() == 2
    for each in {early, interpreter}:
        module.destroy(each)

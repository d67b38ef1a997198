"""Ways by which children left the block that Landlock alone does not stop, each with its control.

Where the kernel cannot do it (`can_restrict`), these tests are skipped: then children are not covered.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import posix
import socket
import socketserver
import subprocess
import sys
import textwrap
import threading
from _posixsubprocess import fork_exec
from collections.abc import Callable
from os import system as kept_system

import pytest

from harness.netblock import Allowed, Block, NetworkBlockedError, blocked
from harness.netblock.landlock import can_restrict
from harness.netblock.seccomp import can_filter
from tests.support.servers.counting_listener import CountingListener

pytestmark = pytest.mark.skipif(not can_restrict(), reason="the kernel has no Landlock with network rules")
filtered = pytest.mark.skipif(not can_filter(), reason="there is no seccomp filter for this machine")
_FAST_OPEN = 0x20000000
_MPTCP = 262

CODES = {
    "MPTCP": f"s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, {_MPTCP}); s.connect(at)",
    "fast open, sendto": f"socket.socket().sendto(b'x', {_FAST_OPEN}, at)",
    "fast open, sendmsg": f"socket.socket().sendmsg([b'x'], [], {_FAST_OPEN}, at)",
    "fast open, later": "s = socket.socket(); s.setsockopt(6, 30, 1); s.connect(at); s.send(b'x')",
    "a thread": "t = threading.Thread(target=lambda: done.append(socket.create_connection(at))); t.start(); t.join(); done[0]",
    "a grandchild": "subprocess.run([sys.executable, '-S', '-c', f'import socket; socket.create_connection({at})'], check=True)",
}


def _python(code: str, port: int) -> list[str]:
    prelude = f"import socket, subprocess, sys, threading; at = ('127.0.0.1', {port}); done = []; "
    return [sys.executable, "-S", "-c", prelude + code]


def _run(command: list[str]) -> int:
    return subprocess.run(command, timeout=20, capture_output=True, check=False).returncode


def _has_mptcp() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, _MPTCP).close()
    except OSError:
        return False
    return True


each_code = pytest.mark.parametrize("code", CODES.values(), ids=CODES.keys())


@filtered
@each_code
def test_child_is_stopped_by_a_block_and_by_nothing_else(
    code: str, shut: CountingListener, rules: Callable[..., Block]
):
    if str(_MPTCP) in code and not _has_mptcp():
        pytest.skip("the kernel has no MPTCP")
    assert _run(_python(code, shut.port)) == 0
    before = shut.connections()
    assert before == 1
    with blocked(rules()):
        assert _run(_python(code, shut.port)) != 0
    assert shut.connections() == before


@filtered
@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_RAW"])
def test_child_has_no_sockets_but_those_of_plain_tcp(kind: str, rules: Callable[..., Block]):
    code = f"socket.socket(socket.AF_INET, socket.{kind}, 1 if '{kind}' == 'SOCK_RAW' else 0)"
    if kind == "SOCK_DGRAM" or os.geteuid() == 0:
        assert _run(_python(code, 1)) == 0
    with blocked(rules()):
        assert _run(_python(code, 1)) != 0


@filtered
def test_datagram_of_a_child_does_not_arrive(rules: Callable[..., Block]):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        code = "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'{}', at)"
        with blocked(rules()):
            assert _run(_python(code.format("blocked"), receiver.getsockname()[1])) != 0
        assert _run(_python(code.format("open"), receiver.getsockname()[1])) == 0
        assert receiver.recv(10) == b"open"


@pytest.mark.parametrize(
    "code",
    [
        "a, b = socket.socketpair(); a.send(b'x'); b.recv(1)",
        "s = socket.create_server(('127.0.0.1', 0)); s.listen()",
        "socket.getaddrinfo('localhost', 80)",
        "import asyncio; asyncio.run(asyncio.sleep(0))",
        "import selectors, multiprocessing; multiprocessing.get_context('spawn').Pipe()",
        "socket.create_connection(at).sendall(b'x')",
        "socket.socket().connect(at)",
    ],
)
def test_child_does_as_ever_what_leads_nowhere_else(code: str, door: CountingListener, rules: Callable[..., Block]):
    with blocked(rules()):
        assert _run(_python(code, door.port)) == 0


# ---------------------------------------------------------------- functions that were kept
def _by_fork_exec(port: int) -> int:
    command = _python("socket.create_connection(at)", port)
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
    "system": lambda port: kept_system(_quiet(_python("socket.create_connection(at)", port))),
    "posix.system": lambda port: posix.system(_quiet(_python("socket.create_connection(at)", port))),
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


# ---------------------------------------------------------------- sub-interpreters
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


# ---------------------------------------------------------------- connections from before
class Hearing:
    """A server that keeps what its clients say."""

    def __init__(self):
        self.heard: list[bytes] = []
        self.more = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.at = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._hear, args=(client,), daemon=True).start()

    def _hear(self, client):
        with client:
            while data := client.recv(100):
                with self.more:
                    self.heard.append(data)
                    self.more.notify_all()

    def wait_for(self, data):
        with self.more:
            assert self.more.wait_for(lambda: data in self.heard, 10)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()


@pytest.fixture
def hearing():
    server = Hearing()
    yield server
    server.close()


def _handed_by_pass_fds(connected: socket.socket) -> int:
    code = f"socket.socket(fileno={connected.fileno()}).sendall(b'child')"
    command = _python(code, 1)
    return subprocess.run(command, pass_fds=(connected.fileno(),), timeout=20, check=False).returncode


def _handed_as_stdout(connected: socket.socket) -> int:
    return subprocess.run(
        [sys.executable, "-S", "-c", "print('child', end='')"], stdout=connected, check=False
    ).returncode


def _handed_by_spawn(connected: socket.socket) -> int:
    os.set_inheritable(connected.fileno(), True)
    command = _python(f"socket.socket(fileno={connected.fileno()}).sendall(b'child')", 1)
    return os.waitpid(os.posix_spawn(command[0], command, os.environ), 0)[1]


HANDED = {"pass_fds": _handed_by_pass_fds, "stdout": _handed_as_stdout, "posix_spawn": _handed_by_spawn}


@pytest.mark.parametrize("hand", HANDED.values(), ids=HANDED.keys())
def test_program_is_not_started_with_a_connection_from_before(
    hand: Callable[[socket.socket], int], hearing: Hearing, rules: Callable[..., Block]
):
    with socket.create_connection(hearing.at) as connected:
        assert hand(connected) == 0
        hearing.wait_for(b"child")
        with blocked(rules()), pytest.raises(NetworkBlockedError, match="from before, for a child process"):
            hand(connected)
        connected.sendall(b"parent")
        hearing.wait_for(b"parent")
    assert hearing.heard == [b"child", b"parent"]


def test_program_is_started_with_a_connection_to_an_open_door(door: CountingListener, rules: Callable[..., Block]):
    with socket.create_connection((door.host, door.port)) as connected, blocked(rules()):
        assert _handed_by_pass_fds(connected) == 0


@pytest.mark.parametrize("how", ["os.fork", "multiprocessing"])
def test_forked_child_has_no_connection_from_before(how: str, hearing: Hearing, rules: Callable[..., Block]):
    with socket.create_connection(hearing.at) as connected:

        def say() -> None:
            try:
                connected.sendall(b"child")
            except OSError:
                os._exit(3)
            os._exit(0)

        def fork() -> int | None:
            if how == "multiprocessing":
                made = multiprocessing.get_context("fork").Process(target=say)
                made.start()
                made.join(20)
                return made.exitcode
            child = os.fork()
            if child == 0:
                say()
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

        assert fork() == 0
        hearing.wait_for(b"child")
        with blocked(rules()):
            assert fork() == 3
        connected.sendall(b"parent")
        hearing.wait_for(b"parent")
    assert hearing.heard == [b"child", b"parent"]


def test_forking_server_answers_whom_it_has_accepted():
    class Answering(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(b"forked")

    with socketserver.ForkingTCPServer(("127.0.0.1", 0), Answering) as server:
        block = Block("test", Allowed(open=frozenset({("127.0.0.1", server.server_address[1])})))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with blocked(block), socket.create_connection(server.server_address, timeout=10) as client:
            assert client.recv(100) == b"forked"
        server.shutdown()

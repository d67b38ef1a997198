"""Children of a blocked process have no connection that was open before the block."""

from __future__ import annotations

import multiprocessing
import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from harness.netblock import Allowed, Block, NetworkBlockedError, blocked
from harness.netblock.landlock import can_restrict
from tests.support.netblock.children import python_program
from tests.support.servers.counting_listener import CountingListener

pytestmark = pytest.mark.skipif(not can_restrict(), reason="the kernel has no Landlock with network rules")


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
    command = python_program(code, 1)
    return subprocess.run(command, pass_fds=(connected.fileno(),), timeout=20, check=False).returncode


def _handed_as_stdout(connected: socket.socket) -> int:
    return subprocess.run(
        [sys.executable, "-S", "-c", "print('child', end='')"], stdout=connected, check=False
    ).returncode


def _handed_by_spawn(connected: socket.socket) -> int:
    os.set_inheritable(connected.fileno(), True)
    command = python_program(f"socket.socket(fileno={connected.fileno()}).sendall(b'child')", 1)
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

"""Ways by which children left the block that Landlock alone does not stop, each with its control.

Where the kernel cannot do it (`can_restrict`), these tests are skipped: then children are not covered.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable

import pytest

from harness.netblock import Block, blocked
from harness.netblock.landlock import can_restrict
from harness.netblock.seccomp import can_filter
from tests.support.netblock.children import python_program
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
    assert _run(python_program(code, shut.port)) == 0
    before = shut.connections()
    assert before == 1
    with blocked(rules()):
        assert _run(python_program(code, shut.port)) != 0
    assert shut.connections() == before


@filtered
@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_RAW"])
def test_child_has_no_sockets_but_those_of_plain_tcp(kind: str, rules: Callable[..., Block]):
    code = f"socket.socket(socket.AF_INET, socket.{kind}, 1 if '{kind}' == 'SOCK_RAW' else 0)"
    if kind == "SOCK_DGRAM" or os.geteuid() == 0:
        assert _run(python_program(code, 1)) == 0
    with blocked(rules()):
        assert _run(python_program(code, 1)) != 0


@filtered
def test_datagram_of_a_child_does_not_arrive(rules: Callable[..., Block]):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        code = "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'{}', at)"
        with blocked(rules()):
            assert _run(python_program(code.format("blocked"), receiver.getsockname()[1])) != 0
        assert _run(python_program(code.format("open"), receiver.getsockname()[1])) == 0
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
        assert _run(python_program(code, door.port)) == 0

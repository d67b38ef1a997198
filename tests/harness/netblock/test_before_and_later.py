"""What is older than the block, and what comes into being during it: connections, locks, libraries."""

from __future__ import annotations

import http.client
import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.netblock import Block, NetworkBlockedError, blocked
from tests.support.servers.counting_listener import CountingListener

Rules = Callable[..., Block]


def test_a_connection_of_http_client_from_before_is_not_used_again(shut: CountingListener, rules: Rules):
    connection = http.client.HTTPConnection(shut.host, shut.port, timeout=5)
    connection.request("GET", "/")
    connection.getresponse().read()
    with blocked(rules()), pytest.raises(NetworkBlockedError):
        connection.request("GET", "/")
    connection.close()
    shut.close()
    assert shut.requests == 1


def test_a_connection_of_curl_cffi_from_before_is_not_used_again(shut: CountingListener, rules: Rules):
    from curl_cffi.requests import Session

    with Session() as session:
        session.get(shut.url, timeout=5)
        with blocked(rules()), pytest.raises(NetworkBlockedError):
            session.get(shut.url, timeout=5)
    shut.close()
    assert shut.requests == 1


def test_a_fork_is_not_stopped_by_a_lock_that_was_held_when_it_was_made(rules: Rules):
    block = rules("api.example.invalid")
    with blocked(block), vars(block)["_lock"]:
        child = _outcome_of_fork(lambda: block.learn("api.example.invalid", ["10.0.0.1"]))
    assert child == 0


def _outcome_of_fork(work: Callable[[], object]) -> int:
    made = multiprocessing.get_context("fork").Process(target=work)
    made.start()
    made.join(10)
    if made.is_alive():
        made.kill()
        made.join(10)
    return -1 if made.exitcode is None else made.exitcode


_LATE = """
import sys
from harness.netblock import Allowed, Block, NetworkBlockedError, blocked
port = int(sys.argv[1])
with blocked(Block("late", Allowed())):
    assert sys.argv[2] not in sys.modules
    try:
        {work}
    except NetworkBlockedError:
        sys.exit(42)
"""


@pytest.mark.parametrize(
    ("library", "work"),
    [
        ("curl_cffi", "import curl_cffi; curl_cffi.get(f'http://127.0.0.1:{port}/', timeout=5)"),
        ("pycurl", "import pycurl; c = pycurl.Curl(); c.setopt(c.URL, f'http://127.0.0.1:{port}/'); c.perform()"),
        (
            "uvloop",
            "import asyncio, uvloop; loop = uvloop.new_event_loop(); "
            "loop.run_until_complete(loop.create_connection(asyncio.Protocol, '127.0.0.1', port))",
        ),
    ],
    ids=["curl_cffi", "pycurl", "uvloop"],
)
def test_a_library_imported_during_a_block_is_covered(library: str, work: str, shut: CountingListener):
    program = _LATE.replace("{work}", work)
    command = [sys.executable, "-c", program, str(shut.port), library]
    ended = subprocess.run(command, capture_output=True, timeout=30, check=False, cwd=Path(__file__).parents[3])
    assert ended.returncode == 42, ended.stderr.decode()
    assert shut.connections() == 0

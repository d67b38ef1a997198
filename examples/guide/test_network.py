"""docs/pytest.md, "The network is blocked"."""

import socket

import curl_cffi
import pytest
from harness.netblock import NetworkBlockedError


@pytest.fixture
def other_server():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


@pytest.mark.cassette("greeting")
def test_nothing_but_the_wire_is_open(copilot, other_server):
    assert copilot.chat("Hello").text
    with pytest.raises(NetworkBlockedError, match="test_nothing_but_the_wire_is_open"):
        curl_cffi.get(other_server, timeout=5)

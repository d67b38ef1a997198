"""The fake under load: when its clients are gone, nothing of their sessions is left but the conversations that it keeps."""

import socket
import threading

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from harness.faults.stage import Faults
from provider import CopilotClient
from tests.support.leaks import lasting_growth, objects_at_rest

AT_ONCE = 8
MESSAGE = "fake_server.service.conversations.StoredMessage"


def listens(server):
    """Hear a whole answer."""
    with CopilotClient("wiretape-token-1", base_url=server.url, timeout=20, impersonate=None) as client:
        assert client.chat("Hello").read()


def leaves(server):
    """Leave in the middle of an answer."""
    with CopilotClient("wiretape-token-1", base_url=server.url, timeout=20, impersonate=None) as client:
        next(iter(client.chat("Hello")))


def breaks_off(server):
    """End the connection in the middle of a request."""
    with socket.create_connection((server.host, server.port), 5) as client:
        client.sendall(b"GET /c/api/user HTTP/1.1\r\nHost: 127.")


def falls_silent(server):
    """Open a socket and end its connection without a close frame."""
    key = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="
    with socket.create_connection((server.host, server.port), 5) as client:
        client.sendall(f"GET /c/api/chat HTTP/1.1\r\nHost: {server.host}:{server.port}\r\n{key}\r\n\r\n".encode())
        assert client.recv(100)


def load(server):
    """Clients of each kind, at once."""
    kinds = (listens, leaves, breaks_off, falls_silent)
    clients = [threading.Thread(target=each, args=(server,)) for each in kinds * AT_ONCE]
    for client in clients:
        client.start()
    for client in clients:
        client.join(60)
    assert not any(client.is_alive() for client in clients)


@pytest.mark.parametrize("rules", [(), ("kick at upgrade 100000", "delay 1ms at message 2")], ids=["plain", "faults"])
def test_no_object_of_a_session_outlives_it(rules):
    with serve(Faults(Script(Config(max_conversations=AT_ONCE)), rules)) as server:
        for _ in range(2):  # what is made once, and kept
            load(server)
        before = objects_at_rest()
        before[MESSAGE] = 2 * AT_ONCE  # a kept conversation has up to two messages
        load(server)
        assert lasting_growth(before) == {}

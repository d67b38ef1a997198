"""Sessions of other people's clients, recorded by the relay: played to a client that says what they said.

The clients themselves are run by ``make real-clients`` (docs/real-clients.md).
"""

import http.client
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from harness.cassette.model import Call
from harness.cassette.store import load
from harness.sessions import replaying
from tests.real_clients import clients

SESSIONS = sorted((Path(__file__).parents[1] / "data" / "real_clients").glob("*.yaml"))
OURS_IN_A_HANDSHAKE = {"user-agent", "origin", "host"}


@pytest.fixture(params=SESSIONS, ids=lambda path: path.stem)
def session(request):
    return load(request.param)


def call_again(server, call):
    """The same request once more; its status."""
    connection = http.client.HTTPConnection(server.server.host, server.server.port, timeout=5)
    try:
        connection.request(call.method, call.target, call.request.body.data or None, dict(call.request.headers))
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def talk_again(server, socket):
    """Say what the client said, where it said it; what the server says, in order."""
    headers = {name: value for name, value in socket.request.headers if name not in OURS_IN_A_HANDSHAKE}
    heard = []
    with connect(server.server.ws_url + socket.target, additional_headers=headers, compression=None) as client:
        for line in socket.messages:
            if line.kind not in ("text", "binary"):
                break
            if line.direction == ">":
                client.send(line.data.decode() if line.kind == "text" else line.data)
                continue
            try:
                heard.append(client.recv(timeout=5).encode())
            except ConnectionClosed:
                break
    return heard


def test_whole_session_is_played_to_who_says_the_same(session):
    with replaying(session) as server:
        for exchange in session.exchanges:
            if isinstance(exchange, Call):
                assert call_again(server, exchange) == exchange.response.status
            else:
                heard = talk_again(server, exchange)
                assert len(heard) == sum(line.direction == "<" and line.kind == "text" for line in exchange.messages)
        assert server.report().ok, server.report().text()


def test_client_of_spring_2025_sends_its_options_in_a_binary_frame():
    [path] = [path for path in SESSIONS if path.stem == "g4f-0.5.0.4"]
    sockets = [each for each in load(path).exchanges if not isinstance(each, Call)]
    assert [socket.messages[0].kind for socket in sockets] == ["binary"] * len(sockets)
    assert all(b'"event": "setOptions"' in socket.messages[0].data for socket in sockets)


def test_every_client_has_one():
    assert {path.stem for path in SESSIONS} == {name.replace(" ", "-") for name in clients.BY_NAME}


def test_small_and_without_a_secret():
    assert all(path.stat().st_size < 20_000 for path in SESSIONS)
    assert not any("of-the-real-clients" in path.read_text() for path in SESSIONS)

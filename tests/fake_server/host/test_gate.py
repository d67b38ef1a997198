"""A server as a forward proxy of any kind: its gate is asked for everything outside of tunnels."""

import json
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server import Response, serve
from fake_server.host.targets import authority_of, origin_form
from fake_server.host.tunnel import origin_of
from tests.support.clients.raw_client import dial, exchange, read_all, read_until
from tests.support.servers.stages import echoing

CLOSING = "Host: elsewhere.test\r\nConnection: close\r\n\r\n"


class GateOf:
    """A gate that always says the same, and remembers what it was told."""

    def __init__(self, way=None):
        self._way = way
        self.asked = []
        self.ends = []

    def connect(self, request, host, port):
        self.asked.append((host, port))
        return self._said()

    def request(self, request, authority):
        self.asked.append(authority)
        return request if self._way == "stage" else self._said()

    def ended(self, end):
        self.ends.append((end.host, end.port, end.requests, type(end.error)))

    def _said(self):
        if isinstance(self._way, Exception):
            raise self._way
        return self._way


class Told:
    """A passage that answers by itself."""

    def __init__(self, refused=None, text=b"from there"):
        self.calls = []
        self._refused = refused
        self._text = text

    async def open(self):
        self.calls.append("open")
        return self._refused

    async def carry(self, wire):
        self.calls.append("carry")
        wire.write(self._text)

    def close(self):
        self.calls.append("close")


@pytest.mark.parametrize(
    ("target", "authority"),
    [
        ("http://other.test:81/a?b", "http://other.test:81"),
        ("/a?b", None),
        ("http://other.test?b", "http://other.test"),
    ],
)
def test_gate_is_told_whom_a_request_is_for(target, authority):
    gate = GateOf("stage")
    with serve(echoing(), gate=gate) as server:
        told = json.loads(exchange(server, f"GET {target} HTTP/1.1\r\n{CLOSING}".encode()).partition(b"\r\n\r\n")[2])
    assert gate.asked == [authority]
    assert told["target"].startswith("/")


def test_gate_that_says_nothing_leaves_it_to_the_servers_own_rules():
    with serve(echoing(), gate=GateOf(None)) as server:
        assert exchange(server, f"GET / HTTP/1.1\r\n{CLOSING}".encode()).startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize("line", ["GET / HTTP/1.1", "CONNECT a.test:1 HTTP/1.1"])
def test_gates_own_answer_is_sent(line):
    with serve(echoing(), gate=GateOf(Response(status=418, headers=(("connection", "close"),)))) as server:
        assert exchange(server, f"{line}\r\n{CLOSING}".encode()).startswith(b"HTTP/1.1 418 ")


@pytest.mark.parametrize("line", ["GET / HTTP/1.1", "CONNECT a.test:1 HTTP/1.1"])
def test_gate_that_fails_is_a_500_and_remembered(line):
    with serve(echoing(), gate=GateOf(ValueError("secret"))) as server:
        received = exchange(server, f"{line}\r\n{CLOSING}".encode())
        assert [type(error) for error in server.errors] == [ValueError]
    assert received.startswith(b"HTTP/1.1 500 ")
    assert b"secret" not in received


@pytest.mark.parametrize(("line", "head"), [("GET /", b""), ("CONNECT a.test:1", b"HTTP/1.1 200 ")])
def test_passage_has_the_connection_to_itself(line, head):
    passage = Told()
    with serve(echoing(), gate=GateOf(passage)) as server:
        received = exchange(server, f"{line} HTTP/1.1\r\n{CLOSING}".encode())
    assert received.startswith(head)
    assert received.endswith(b"from there")
    assert passage.calls == ["open", "carry", "close"]


@pytest.mark.parametrize("line", ["GET / HTTP/1.1", "CONNECT a.test:1 HTTP/1.1"])
def test_passage_that_leads_nowhere_is_closed(line):
    passage = Told(refused=Response(status=502))
    with serve(echoing(), gate=GateOf(passage)) as server:
        assert exchange(server, f"{line}\r\n{CLOSING}".encode()).startswith(b"HTTP/1.1 502 ")
    assert passage.calls == ["open", "close"]


def test_gate_is_told_how_many_requests_came_through_a_tunnel():
    gate = GateOf("plain")
    with serve(echoing(), gate=gate) as server, dial(server) as client:
        client.sendall(b"CONNECT a.test:1 HTTP/1.1\r\nHost: x\r\n\r\n")
        read_until(client, b"\r\n\r\n")
        client.sendall(
            b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\nGET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
        )
        read_all(client)
    assert gate.ends == [("a.test", 1, 2, type(None))]


def test_gate_is_told_of_a_handshake_that_fails():
    gate = GateOf(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    with serve(echoing(), gate=gate) as server, dial(server) as client:
        client.sendall(b"CONNECT a.test:1 HTTP/1.1\r\nHost: x\r\n\r\n")
        read_until(client, b"\r\n\r\n")
        client.sendall(b"garbage\r\n\r\n")
        read_all(client)
    assert gate.ends == [("a.test", 1, 0, ConnectionError)]


def test_gate_is_told_of_a_handshake_that_the_servers_end_cuts_short():
    gate = GateOf(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    with dial(server := serve(echoing(), gate=gate).__enter__()) as client:
        client.sendall(b"CONNECT a.test:1 HTTP/1.1\r\nHost: x\r\n\r\n")
        read_until(client, b"\r\n\r\n")
        server.close()
    assert gate.ends == [("a.test", 1, 0, ConnectionError)]


@pytest.mark.parametrize(
    ("host", "port", "tls", "expected"),
    [("a", 443, True, "https://a"), ("a", 443, False, "http://a:443"), ("::1", 80, False, "http://[::1]")],
)
def test_origin_leaves_out_the_usual_port(host, port, tls, expected):
    assert origin_of(host, port, tls=tls) == expected


@given(
    st.from_regex(r"[a-z0-9]{1,5}://[a-z.:@\[\]]{0,9}", fullmatch=True), st.sampled_from(["", "/", "?a://b/c", "/a?b"])
)
def test_any_absolute_target_is_authority_and_path(authority, rest):
    assert authority_of(authority + rest) == authority
    assert origin_form(authority + rest) == (rest if rest.startswith("/") else f"/{rest}")


@given(st.text())
def test_any_other_target_stays_as_it_is(target):
    if authority_of(target) is None:
        assert origin_form(target) == target
    else:
        assert origin_form(target).startswith("/")

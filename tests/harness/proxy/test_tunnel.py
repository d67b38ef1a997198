"""Ways past the stage: bytes both ways, every kind of end, and bounds on everything."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from fake_server import serve
from harness.proxy.tunnel import RouteLimits
from tests.harness.proxy.conftest import entrance
from tests.support.clients.raw_client import KEY, masked, read_all, read_until, reset, send_until_stuck
from tests.support.servers.stages import answering, echoing


@contextmanager
def listening(family=socket.AF_INET, address="127.0.0.1"):
    """A server of plain sockets, and its place."""
    with socket.create_server((address, 0), family=family) as server:
        server.settimeout(5)
        name = f"[{address}]" if ":" in address else address
        yield server, f"{name}:{server.getsockname()[1]}"


@contextmanager
def joined(at, server, place):
    """Both ends of a tunnel."""
    with at.connect(place) as client:
        other, _ = server.accept()
        with other:
            other.settimeout(5)
            yield client, other


def test_bytes_pass_both_ways_untouched():
    with entrance() as at, listening() as (server, place), joined(at, server, place) as (client, other):
        client.sendall(b"\x16\x00to")
        assert other.recv(10) == b"\x16\x00to"
        other.sendall(b"\xfffro")
        assert client.recv(10) == b"\xfffro"
        assert at.door.visitors.passed == {place: 1}
        assert not at.door.visitors.served


def test_server_may_speak_first():
    with entrance() as at, listening() as (server, place), joined(at, server, place) as (client, other):
        other.sendall(b"220 hello")
        assert client.recv(9) == b"220 hello"


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_tunnel_reaches_an_ipv6_address():
    with (
        entrance() as at,
        listening(socket.AF_INET6, "::1") as (server, place),
        joined(at, server, place) as (client, other),
    ):
        client.sendall(b"six")
        assert other.recv(3) == b"six"


@pytest.mark.parametrize("first", ["client", "server"])
def test_half_closed_tunnel_carries_the_other_half(first):
    with entrance() as at, listening() as (server, place), joined(at, server, place) as (client, other):
        one, two = (client, other) if first == "client" else (other, client)
        one.sendall(b"the last")
        one.shutdown(socket.SHUT_WR)
        assert read_all(two) == b"the last"
        two.sendall(b"an answer" * 1000)
        two.shutdown(socket.SHUT_WR)
        assert read_all(one) == b"an answer" * 1000


@pytest.mark.parametrize("first", ["client", "server"])
def test_reset_reaches_the_other_side(first):
    with entrance() as at, listening() as (server, place), joined(at, server, place) as (client, other):
        one, two = (client, other) if first == "client" else (other, client)
        reset(one)
        try:
            assert two.recv(1) == b""
        except ConnectionResetError:
            pass


def test_side_that_does_not_read_stops_the_other():
    with entrance() as at, listening() as (server, place), joined(at, server, place) as (client, other):
        sent = send_until_stuck(client, bytes(1 << 20), limit=200 << 20)
        assert sent < 100 << 20
        received = 0
        while received < sent:
            received += len(other.recv(1 << 20))
        assert received == sent


def test_silent_tunnel_ends_at_its_deadline():
    limits = RouteLimits(idle=0.2)
    with entrance(limits=limits) as at, listening() as (server, place), joined(at, server, place) as (client, other):
        client.sendall(b"x")
        assert other.recv(1) == b"x"
        assert other.recv(1) == b""
        assert client.recv(1) == b""


def test_unreachable_place_is_502_and_says_which():
    with listening() as (_, place):
        pass
    with entrance() as at, at.dial() as client:
        client.sendall(at.request(f"CONNECT {place}"))
        received = read_all(client)
    assert received.startswith(b"HTTP/1.1 502 ")
    assert b"x-wiretape-error: unreachable" in received
    assert place.encode() in received


def test_name_that_nobody_has_is_502():
    with entrance() as at, at.dial() as client:
        client.sendall(at.request("CONNECT nobody.invalid:443"))
        assert read_all(client).startswith(b"HTTP/1.1 502 ")


def test_place_that_does_not_answer_is_504():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        place = full.getsockname()
        # Linux lets one more than the backlog in, and no others.
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(place)
        with entrance(limits=RouteLimits(connect=0.3)) as at, at.dial() as client:
            client.sendall(at.request(f"CONNECT 127.0.0.1:{place[1]}"))
            assert read_all(client).startswith(b"HTTP/1.1 504 ")
        for one in waiting:
            one.close()


def test_tunnels_do_not_wait_for_each_other():
    def visit(at, server_place, number):
        with at.connect(server_place) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nx-n: %d\r\n\r\n" % number)
            return b'["x-n", "%d"]' % number in read_all(client)

    with entrance() as at, serve(echoing()) as other, ThreadPoolExecutor(20) as pool:
        place = f"127.0.0.1:{other.port}"
        assert all(pool.map(lambda number: visit(at, place, number), range(100)))


def test_tunnels_end_with_the_server():
    with listening() as (server, place):
        with entrance() as at:
            client = at.connect(place)
            other, _ = server.accept()
        with client, other:
            assert other.recv(1) == b""
            assert client.recv(1) == b""


# ---------------------------------------------------------------- plain http


def forwarded(at, *lines, body=b""):
    with at.dial() as client:
        client.sendall(at.request(*lines) + body)
        return read_all(client).partition(b"\r\n\r\n")


def test_plain_request_is_forwarded_as_its_own_server_expects_it():
    with entrance() as at, serve(echoing()) as other:
        place = f"127.0.0.1:{other.port}"
        lines = (
            f"POST http://{place}/a?b=1",
            "X-One: 1",
            "Connection: x-two, keep-alive",
            "X-Two: 2",
            "Content-Length: 4",
        )
        head, _, body = forwarded(at, *lines, body=b"body")
    told = json.loads(body)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert (told["method"], told["target"], told["body"]) == ("POST", "/a?b=1", "body")
    assert told["headers"] == [["host", place], ["x-one", "1"], ["content-length", "4"], ["connection", "close"]]


def test_plain_websocket_to_another_host_passes():
    with entrance() as at, serve(echoing()) as other, at.dial() as client:
        upgrade = (
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {KEY}",
            "Sec-WebSocket-Version: 13",
        )
        client.sendall(at.request(f"GET http://127.0.0.1:{other.port}/", *upgrade))
        assert read_until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
        client.sendall(masked(1, b"hello"))
        assert client.recv(7) == b"\x81\x05hello"


def test_next_request_never_reaches_the_server_of_the_last_one():
    """A server that keeps the connection open must not be sent what is meant for the proxy."""
    with entrance() as at, listening() as (server, place), at.dial() as client:
        client.sendall(at.request(f"GET http://{place}/"))
        other, _ = server.accept()
        with other:
            other.settimeout(5)
            read_until(other, b"\r\n\r\n")
            other.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            read_until(client, b"ok")
            client.sendall(at.request("GET http://service.test/secret"))
            try:
                assert read_all(other) == b""
            except ConnectionResetError:
                pass


def test_unreachable_plain_server_is_502():
    with listening() as (_, place):
        pass
    with entrance() as at:
        assert forwarded(at, f"GET http://{place}/")[0].startswith(b"HTTP/1.1 502 ")


# ---------------------------------------------------------------- through the machine's own proxy


@contextmanager
def parent_proxy(monkeypatch, *, answer=b"HTTP/1.1 200 Fine\r\nX: y\r\n\r\n"):
    """A proxy of the machine's; yields what it was asked."""
    asked = []
    with listening() as (server, place):

        def run():
            connection, _ = server.accept()
            with connection:
                connection.settimeout(5)
                asked.append(read_until(connection, b"\r\n\r\n").decode())
                connection.sendall(answer)
                read_all(connection)

        thread = threading.Thread(target=run)
        thread.start()
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://user:pa%20ss@{place}")
        yield asked
        thread.join(5)


def test_tunnel_goes_through_the_machines_own_proxy(monkeypatch):
    with parent_proxy(monkeypatch) as asked, entrance() as at, at.connect("far.test:443"):
        pass
    assert asked[0].splitlines()[0] == "CONNECT far.test:443 HTTP/1.1"
    assert "Proxy-Authorization: Basic dXNlcjpwYSBzcw==" in asked[0]


def test_plain_request_goes_through_the_machines_own_proxy(monkeypatch):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with parent_proxy(monkeypatch, answer=answer) as asked, entrance() as at, at.dial() as client:
        client.sendall(at.request("GET http://far.test/x"))
        read_until(client, b"\r\n\r\n")
    assert asked[0].splitlines()[0] == "GET http://far.test/x HTTP/1.1"
    assert asked[0].count("proxy-authorization: Basic dXNlcjpwYSBzcw==") == 1
    assert at.password not in asked[0]


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 No\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nearly", b"", b"200" * 9999])
def test_machines_own_proxy_that_refuses_is_502(monkeypatch, answer):
    with parent_proxy(monkeypatch, answer=answer), entrance(limits=RouteLimits(connect=1)) as at, at.dial() as client:
        client.sendall(at.request("CONNECT far.test:443"))
        assert b" 50" in read_until(client, b"\r\n")


def test_machines_own_socks_proxy_is_said_to_be_of_no_use(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with entrance() as at, at.dial() as client:
        client.sendall(at.request("CONNECT far.test:443"))
        assert b"is not an http:// one" in read_all(client)


def test_loopback_is_reached_without_the_machines_own_proxy(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with entrance() as at, listening() as (server, place), joined(at, server, place) as (client, other):
        client.sendall(b"x")
        assert other.recv(1) == b"x"


def test_stage_is_asked_for_nothing_that_passes_by():
    stage = answering(None)
    with entrance(stage) as at, listening() as (server, place), joined(at, server, place):
        pass
    assert stage.requests == []

"""CONNECT, byte by byte: who gets a tunnel, and how one fails."""

import ssl
from contextlib import contextmanager

import pytest
import trustme

from fake_server import Drop, Limits, Response, serve
from fake_server.host.tunnel import parse_authority
from tests.support.clients.raw_client import dial, exchange, read_all, read_below, read_until
from tests.support.servers.stages import answering, echoing

CONNECT = b"CONNECT service.test:443 HTTP/1.1\r\nHost: service.test:443\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: service.test\r\nOrigin: https://service.test\r\nConnection: close\r\n\r\n"
AUTHORITY = trustme.CA()


def any_host(host, _):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(host).configure_cert(context)
    return context


@contextmanager
def tunnelled(server):
    """A client that speaks TLS through the tunnel."""
    trusting = ssl.create_default_context(cadata=AUTHORITY.cert_pem.bytes().decode())
    with dial(server) as plain:
        plain.sendall(CONNECT)
        assert read_until(plain, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        with trusting.wrap_socket(plain, server_hostname="service.test") as client:
            yield client


def test_foreign_host_and_origin_are_welcome_inside_a_tunnel():
    with serve(echoing(), tunnel=any_host) as server, tunnelled(server) as client:
        client.sendall(GET)
        assert read_all(client).startswith(b"HTTP/1.1 200 ")


def test_tunnel_on_a_tls_server_is_tls_in_tls():
    with serve(echoing(), tls=True, tunnel=any_host) as server, dial(server) as plain:
        trusting = ssl.create_default_context(cadata=server.authority_pem.decode())
        with trusting.wrap_socket(plain, server_hostname="localhost") as outer:
            outer.sendall(CONNECT)
            assert read_until(outer, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
            assert inside(outer, GET).startswith(b"HTTP/1.1 200 ")


def inside(outer: ssl.SSLSocket, request: bytes) -> bytes:
    """One request over TLS that lies on another TLS; ends at the first bytes of the answer."""
    arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cadata=AUTHORITY.cert_pem.bytes().decode())
    inner = trusting.wrap_bio(arriving, leaving, server_hostname="service.test")
    steps = iter((inner.do_handshake, lambda: inner.write(request), lambda: inner.read(1000)))
    result, step = None, next(steps)
    while True:
        try:
            result = step()
            step = next(steps)
        except ssl.SSLWantReadError:
            outer.sendall(leaving.read())
            arriving.write(outer.recv(65536))
        except StopIteration:
            return result


def test_tunnel_inside_a_tunnel_is_refused():
    with serve(echoing(), tunnel=any_host) as server, tunnelled(server) as client:
        client.sendall(CONNECT)
        assert client.recv(1000).startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize("how", ["eof", "reset"])
def test_connection_can_be_cut_inside_a_tunnel(how):
    with serve(answering(Drop(how=how)), tunnel=any_host) as server, tunnelled(server) as client:
        client.sendall(GET)
        if how == "eof":
            assert client.recv(100) == b""
        else:
            with pytest.raises(ConnectionResetError):
                read_below(client)


def test_server_without_tunnel_says_it_is_no_proxy():
    with serve(echoing()) as server:
        assert exchange(server, CONNECT).startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")


def test_refused_host_is_403():
    with serve(echoing(), tunnel=lambda host, port: None) as server:
        assert exchange(server, CONNECT).startswith(b"HTTP/1.1 403 Forbidden\r\n")


def test_tunnel_that_fails_is_a_500_and_remembered():
    def fail(host, port):
        raise ValueError("secret")

    with serve(echoing(), tunnel=fail) as server:
        received = exchange(server, CONNECT)
        assert [type(error) for error in server.errors] == [ValueError]
    assert received.startswith(b"HTTP/1.1 500 ")
    assert b"secret" not in received


@pytest.mark.parametrize("target", ["service.test", "service.test:0", "service.test:x", ":443", "http://service.test/"])
def test_connect_without_host_and_port_is_400(target):
    with serve(echoing(), tunnel=any_host) as server:
        received = exchange(server, f"CONNECT {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert received.startswith(b"HTTP/1.1 400 ")


def test_client_that_does_not_wait_for_the_answer_is_told():
    with serve(echoing(), tunnel=any_host) as server:
        assert exchange(server, CONNECT + b"\x16\x03\x01").startswith(b"HTTP/1.1 400 ")


def test_client_that_speaks_no_tls_in_its_tunnel_is_let_go():
    with serve(echoing(), tunnel=any_host, limits=Limits(tls_timeout=0.1)) as server:
        for words in (b"GET / HTTP/1.1\r\n\r\n", b""):
            with dial(server) as client:
                client.sendall(CONNECT)
                read_until(client, b"\r\n\r\n")
                client.sendall(words)
                assert len(read_all(client)) < 100
        assert server.errors == []


def test_client_that_leaves_while_stage_answers_in_a_tunnel_harms_nobody():
    with serve(answering(Response(body=bytes(10_000_000))), tunnel=any_host) as server:
        with tunnelled(server) as client:
            client.sendall(GET)
            client.recv(100)
        with tunnelled(server) as client:
            client.sendall(GET)
            assert len(read_all(client)) > 10_000_000
        assert server.errors == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [("A.test:1", ("a.test", 1)), ("[::1]:443", ("::1", 443)), ("a:65536", None), ("a:²", None), ("a", None)],
)
def test_authority_is_host_and_port(target, expected):
    assert parse_authority(target) == expected

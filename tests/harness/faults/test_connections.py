"""What clients get in TLS handshakes, and on connections that the service ends or reads in part."""

import contextlib
import http.client
import socket
import ssl
import time

import pytest
import trustme

from fake_server import serve
from fake_server.host.limits import Limits
from harness.faults import Faults
from harness.proxy.named import named_server
from tests.harness.faults.conftest import get


@contextlib.contextmanager
def encrypted(numbers, *lines):
    with serve(Faults(numbers, lines), tls=True, limits=Limits(close_timeout=0.2)) as server:
        context = ssl.create_default_context(cadata=server.authority_pem.decode())
        yield server, context


def status(server, context):
    connection = http.client.HTTPSConnection("localhost", server.port, timeout=5, context=context)
    with contextlib.closing(connection):
        connection.request("GET", "/")
        return connection.getresponse().status


@pytest.mark.parametrize(
    ("line", "error", "text"),
    [
        ("tls-alert at connection 2", ssl.SSLError, "HANDSHAKE_FAILURE"),
        ("tls-cut at connection 2", ssl.SSLError, "EOF"),  # SSLEOFError, or SSLZeroReturnError of some OpenSSL
        ("certificate at connection 2", ssl.SSLCertVerificationError, "unable to get local issuer"),
        ("certificate self-signed at connection 2", ssl.SSLCertVerificationError, "self-signed certificate"),
        ("certificate expired at connection 2", ssl.SSLCertVerificationError, "certificate has expired"),
        ("certificate not-yet-valid at connection 2", ssl.SSLCertVerificationError, "not yet valid"),
        ("certificate wrong-host at connection 2", ssl.SSLCertVerificationError, "Hostname mismatch"),
    ],
)
def test_second_handshake_fails_and_the_third_succeeds(numbers, line, error, text):
    with encrypted(numbers, line) as (server, context):
        assert status(server, context) == 200
        with pytest.raises(error, match=text):
            status(server, context)
        assert status(server, context) == 200
        assert server.stage.rules.unstruck == ()
        assert not server.errors


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("unknown", "unable to get local issuer"),
        ("self-signed", "self-signed certificate"),
        ("expired", "certificate has expired"),
        ("not-yet-valid", "not yet valid"),
        ("wrong-host", "Hostname mismatch"),
    ],
)
def test_certificate_of_a_named_server_has_that_flaw_only(numbers, kind, text):
    named = named_server(["service.test"])
    stage = Faults(numbers, [f"certificate {kind} at connection 1"])
    with serve(stage, tls=named.context, own_origins=["https://service.test"]) as server:
        context = ssl.create_default_context(cadata=named.authority.pem.decode())
        for outcome in (pytest.raises(ssl.SSLCertVerificationError, match=text), contextlib.nullcontext()):
            with outcome, socket.create_connection((server.host, server.port), timeout=5) as client:
                context.wrap_socket(client, server_hostname="service.test").close()


def test_given_certificate_can_be_an_invalid_one_as_well(numbers):
    context = ssl.create_default_context()
    with serve(Faults(numbers, ["certificate expired at connection 1"]), tls=_given()) as server:
        with (
            pytest.raises(ssl.SSLCertVerificationError),
            contextlib.closing(socket.create_connection((server.host, server.port), timeout=5)) as client,
        ):
            context.wrap_socket(client, server_hostname="localhost")
        assert server.stage.rules.unstruck == ()


def _given():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    return context


def test_tls_rule_never_strikes_a_server_without_tls(spoiled):
    server = spoiled("tls-cut at connection 1")
    assert get(server)[0].status == 200
    assert len(server.faults.rules.unstruck) == 1


@contextlib.contextmanager
def connected(server):
    with socket.create_connection((server.host, server.port), timeout=5) as client:
        yield client, f"Host: {server.host}:{server.port}\r\n".encode()


def test_half_closed_connection_still_takes_what_the_client_sends(spoiled, numbers):
    server = spoiled("half-close at request 1")
    with connected(server) as (client, host):
        client.sendall(b"GET /half HTTP/1.1\r\n" + host + b"\r\n")
        assert client.recv(100) == b""
        # A connection that is cut ends after `Limits.close_timeout` on this side, too.
        until = time.monotonic() + 0.4
        while time.monotonic() < until:
            get(server)
        while server.connections > 1 and time.monotonic() < until + 10:  # the last of these others ends
            time.sleep(0.001)
        assert server.connections == 1
        client.sendall(b"x" * 65536)
    assert "/half" not in numbers.requests


def test_early_answer_comes_before_the_body(spoiled, numbers):
    server = spoiled("early 413 at request 2")
    assert get(server)[0].status == 200  # without a body it is not counted
    with connected(server) as (client, host):
        client.sendall(b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 3\r\n\r\nabc")
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")
    with connected(server) as (client, host):
        client.sendall(b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 1000000\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")
    assert len(numbers.requests) == 2


def test_foreign_host_gets_no_early_answer(spoiled):
    server = spoiled("early 413 at request 1")
    with connected(server) as (client, _):
        client.sendall(b"POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1\r\n\r\nx")
        assert client.recv(100).startswith(b"HTTP/1.1 421 ")
    assert len(server.faults.rules.unstruck) == 1

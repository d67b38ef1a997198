"""HTTP requests that fail on both transports: broken, too large, too slow, refused."""

import gzip
import socket as sockets
import time

import pytest

from provider.transport.errors import BrokenConnectionError, ConnectError, DeadlineError, TooLargeError, TransportError
from tests.support.servers.raw_server import serve_raw
from tests.support.servers.scripted_answers import answering, get, sending

HALVES = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "inside a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
    "head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "nothing": b"",
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES.keys())
def test_an_answer_cut_short_is_a_broken_connection(open_transport, half):
    with serve_raw(sending(half)) as server, pytest.raises(BrokenConnectionError):
        open_transport().request(get(server.url), timeout=5)


def test_a_reset_inside_the_body_is_a_broken_connection(open_transport):
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        connection.reset()

    with serve_raw(script) as server, pytest.raises(BrokenConnectionError):
        open_transport().request(get(server.url), timeout=5)


@pytest.mark.parametrize("body", [b"x" * 1001, b"x" * 10_000_000, gzip.compress(b"x" * 100_000)])
def test_a_body_over_the_limit_is_refused(open_transport, body):
    fields = "Content-Encoding: gzip\r\n" if body[:1] == b"\x1f" else ""
    with serve_raw(answering(body=body, fields=fields)) as server, pytest.raises(TooLargeError):
        open_transport(max_body_bytes=1000).request(get(server.url), timeout=5)


def test_a_transport_goes_on_after_a_refused_body(open_transport):
    with serve_raw(answering(body=b"x" * 1001)) as server:
        transport = open_transport(max_body_bytes=1000)
        with pytest.raises(TooLargeError):
            transport.request(get(server.url), timeout=5)
        with pytest.raises(TooLargeError):
            transport.request(get(server.url), timeout=5)
        assert len(server.requests) == 2


def test_a_body_at_the_limit_is_taken(open_transport):
    with serve_raw(answering(body=b"x" * 1000)) as server:
        assert len(open_transport(max_body_bytes=1000).request(get(server.url), timeout=5).body) == 1000


def test_a_large_body_is_taken_whole(open_transport):
    body = bytes(range(256)) * 64 * 1024
    with serve_raw(answering(body=body)) as server:
        assert open_transport().request(get(server.url), timeout=20).body == body


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
def test_an_answer_that_stalls_ends_at_the_deadline(open_transport, start):
    async def script(connection):
        await connection.read_request()
        await connection.send(start)
        await connection.until_gone()

    with serve_raw(script) as server:
        started = time.monotonic()
        with pytest.raises(DeadlineError) as caught:
            open_transport().request(get(server.url), timeout=0.3)
        assert not caught.value.connecting
        assert time.monotonic() - started < 6


def test_a_refused_connection_is_no_connection(open_transport):
    with sockets.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectError) as caught:
            open_transport().request(get(f"http://127.0.0.1:{unused.getsockname()[1]}/?token=s3cret"), timeout=5)
    assert not caught.value.tls


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "http://[::1", "http://127.0.0.1:99999/", "gopher9://x/"])
def test_a_url_that_cannot_be_used_is_an_error_of_ours(open_transport, url):
    with pytest.raises(TransportError):
        open_transport().request(get(url), timeout=1)


def test_a_closed_transport_refuses(open_transport):
    with serve_raw(answering()) as server:
        transport = open_transport()
        transport.request(get(server.url), timeout=5)
        transport.close()
        transport.close()
        with pytest.raises(TransportError, match="closed"):
            transport.request(get(server.url), timeout=5)
        with pytest.raises(TransportError, match="closed"):
            transport.connect(server.ws_url, timeout=5)


def test_a_browser_that_curl_does_not_know_is_named_in_the_error(open_transport):
    with pytest.raises(TransportError, match="netscape4"):
        open_transport(impersonate="netscape4").request(get("http://127.0.0.1:9/"), timeout=1)

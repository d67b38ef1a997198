"""The host's HTTP, seen by clients that share nothing with it."""

import asyncio
import http.client
import json
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server import BrokenBodyError, Drop, Response, Stall, serve
from fake_server.stage import Request
from tests.support.stages import StageOf, answering, chunked, echoing


def ask(server, method="GET", target="/", body=None, headers=(), timeout=5.0):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=timeout)
    try:
        connection.request(method, target, body, dict(headers))
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def raw(server, data: bytes) -> bytes:
    """Everything the server sends until it ends the connection."""
    with socket.create_connection((server.host, server.port), timeout=5) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def test_request_reaches_the_stage_whole():
    with serve(echoing()) as server:
        response, body = ask(server, "POST", "/c/api?x=1", b"hello", {"X-Two": "2"})
    told = json.loads(body)
    assert response.status == 200
    assert (told["method"], told["target"], told["body"]) == ("POST", "/c/api?x=1", "hello")
    assert ["x-two", "2"] in told["headers"]
    assert told["origin"] == server.url


def test_connection_is_kept_for_the_next_request():
    with serve(echoing()) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
        for _ in range(3):
            connection.request("GET", "/")
            assert connection.getresponse().read()
        connection.close()


def test_pipelined_requests_are_answered_in_order():
    with serve(echoing()) as server:
        host = f"Host: {server.host}:{server.port}\r\n".encode()
        first = b"GET /1 HTTP/1.1\r\n" + host + b"\r\n"
        last = b"GET /2 HTTP/1.1\r\nConnection: close\r\n" + host + b"\r\n"
        received = raw(server, first + last)
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.index(b"/1") < received.index(b"/2")


def test_head_has_a_length_and_no_body():
    with serve(answering(Response(body=b"12345"))) as server:
        response, body = ask(server, "HEAD")
    assert (response.getheader("content-length"), body) == ("5", b"")


def test_204_has_no_body():
    with serve(answering(Response(status=204))) as server:
        response, body = ask(server)
    assert (response.status, response.getheader("content-length"), body) == (204, None, b"")


def test_reason_and_repeated_headers_are_sent_as_given():
    answer = Response(status=299, reason="Odd", headers=(("set-cookie", "a=1"), ("set-cookie", "b=2")))
    with serve(answering(answer)) as server:
        response, _ = ask(server)
    assert response.reason == "Odd"
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_expect_100_is_answered_before_the_body_is_sent():
    with serve(echoing()) as server, socket.create_connection((server.host, server.port), timeout=5) as connection:
        head = f"POST / HTTP/1.1\r\nHost: {server.host}\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"ok")
        assert b"200 OK" in connection.recv(1000)


def test_chunks_arrive_before_the_body_ends():
    more = asyncio.Event()

    async def handle(_: Request):
        async def body():
            yield b"first"
            await more.wait()
            yield b"second"

        return Response(body=body())

    with serve(StageOf(handle)) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.read(5) == b"first"
        server._thread._loop.call_soon_threadsafe(more.set)
        assert response.read() == b"second"
        connection.close()


def test_trailers_follow_a_chunked_body():
    with serve(answering(Response(body=chunked(b"a"), trailers=(("x-sum", "7"),)))) as server:
        received = raw(server, f"GET / HTTP/1.1\r\nHost: {server.host}\r\nConnection: close\r\n\r\n".encode())
    assert received.endswith(b"1\r\na\r\n0\r\nx-sum: 7\r\n\r\n")


@pytest.mark.parametrize("how", ["eof", "reset"])
def test_body_can_be_broken(how):
    async def body():
        yield b"part"
        raise BrokenBodyError(how)

    async def handle(_: Request):
        return Response(body=body())

    expected = http.client.IncompleteRead if how == "eof" else ConnectionResetError
    with serve(StageOf(handle)) as server, pytest.raises(expected):
        ask(server)


@pytest.mark.parametrize(("how", "error"), [("eof", http.client.RemoteDisconnected), ("reset", ConnectionResetError)])
def test_connection_can_be_dropped(how, error):
    with serve(answering(Drop(how=how))) as server, pytest.raises(error):
        ask(server)


def test_stall_answers_nothing():
    with serve(answering(Stall())) as server, pytest.raises(TimeoutError):
        ask(server, timeout=0.2)


def test_failing_stage_is_a_500_that_names_the_type_alone():
    async def handle(_: Request):
        raise ValueError("secret")

    with serve(StageOf(handle)) as server:
        response, body = ask(server)
        assert [type(error) for error in server.errors] == [ValueError]
    assert response.status == 500
    assert b"ValueError" in body
    assert b"secret" not in body


def test_stage_learns_that_the_client_left():
    left = []

    async def handle(_: Request):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            left.append(True)
            raise

    with serve(StageOf(handle)) as server, pytest.raises(TimeoutError):
        ask(server, timeout=0.2)
    assert left == [True]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 70_000_000, b"413"),
    ],
    ids=["garbage", "no host", "large head", "large body"],
)
def test_what_is_no_request_is_refused_in_words(data, status):
    with serve(echoing()) as server:
        assert raw(server, data).split()[1] == status


def test_absolute_target_becomes_a_path():
    with serve(echoing()) as server:
        received = raw(server, b"GET http://localhost/a?b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b'"target": "/a?b"' in received


def test_strange_host_is_misdirected():
    with serve(echoing()) as server:
        response, body = ask(server, headers={"Host": "evil.example"})
    assert response.status == 421
    assert b"allowed_hosts" in body


@pytest.mark.parametrize(
    ("origin", "status"), [("https://evil.example", 403), ("http://localhost:1", 403), ("null", 403)]
)
def test_page_of_another_origin_is_refused(origin, status):
    with serve(echoing()) as server:
        assert ask(server, headers={"Origin": origin})[0].status == status


def test_own_and_allowed_origins_are_let_in():
    with serve(echoing(), allowed_origins=["https://copilot.microsoft.com"]) as server:
        for origin in (server.url, "https://copilot.microsoft.com"):
            assert ask(server, headers={"Origin": origin})[0].status == 200


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 120), max_size=6))
def test_any_split_of_the_bytes_gives_the_same_request(cuts):
    data = b"POST /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    stage = echoing()
    with serve(stage) as server, socket.create_connection((server.host, server.port), timeout=5) as connection:
        start = 0
        for end in [*sorted(set(cuts)), len(data)]:
            connection.sendall(data[start:end])
            start = max(start, end)
        while connection.recv(65536):
            pass
    assert [(request.method, request.target, request.body) for request in stage.requests] == [("POST", "/x", b"abc")]

"""How the host reads requests, seen by clients that share nothing with it."""

import asyncio
import http.client
import json
import socket
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server import Limits, Response, serve
from fake_server.stage import Request
from tests.support.clients.raw_client import dial, exchange, read_all, reset, send_in_pieces
from tests.support.servers.stages import StageOf, echoing


def ask(server, method="GET", target="/", body=None, headers=(), timeout=5.0):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=timeout)
    try:
        connection.request(method, target, body, dict(headers))
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


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
        received = exchange(server, first + last)
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.index(b"/1") < received.index(b"/2")


def test_expect_100_is_answered_before_the_body_is_sent():
    with serve(echoing()) as server, dial(server) as connection:
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


@pytest.mark.parametrize("leave", [reset, socket.socket.close])
async def test_stage_learns_that_the_client_left(leave):
    asked, left = asyncio.Event(), asyncio.Event()

    async def handle(_: Request):
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    async with serve(StageOf(handle), limits=Limits(close_timeout=0.05)) as server:
        client = dial(server)
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.wait_for(asked.wait(), 5)
        leave(client)
        await asyncio.wait_for(left.wait(), 5)
        assert server.errors == []


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400 Bad Request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400 Bad Request"),
    ],
    ids=["garbage", "no host", "odd target", "a TLS hello"],
)
def test_what_is_no_request_is_refused_in_words(data, status):
    with serve(echoing()) as server:
        received = exchange(server, data)
    assert received.startswith(b"HTTP/1.1 " + status + b"\r\n")
    assert json.loads(received.partition(b"\r\n\r\n")[2])["wiretape"]["error"] == "request"


def test_absolute_target_becomes_a_path():
    with serve(echoing()) as server:
        received = exchange(
            server, b"GET http://localhost/a?b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
    assert b'"target": "/a?b"' in received


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("http://localhost", "/"),
        ("http://localhost?q=http://x/", "/?q=http://x/"),
        ("/a?u=http://x/y", "/a?u=http://x/y"),
    ],
)
def test_targets_are_told_in_origin_form(target, expected):
    with serve(echoing()) as server:
        received = exchange(server, f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert json.loads(received.partition(b"\r\n\r\n")[2])["target"] == expected


def test_odd_headers_reach_the_stage_in_latin_1():
    fields = b"X-ODD: caf\xe9 \r\nX-Folded: one\r\n two\r\nx-odd:again\r\n"
    stage = echoing()
    with serve(stage) as server:
        exchange(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + b"\r\n")
    assert stage.requests[0].headers[2:] == (("x-odd", "café"), ("x-folded", "one two"), ("x-odd", "again"))


def test_upgrade_to_another_protocol_is_an_ordinary_request():
    fields = b"Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nContent-Length: 2\r\n"
    stage = echoing()
    with serve(stage) as server:
        received = exchange(server, b"POST / HTTP/1.1\r\nHost: localhost\r\n" + fields + b"\r\nok")
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert (stage.requests[0].upgrade, stage.requests[0].body) == (False, b"ok")


def test_client_that_only_ends_its_side_is_still_answered():
    async def handle(_: Request):
        await asyncio.sleep(0.05)
        return Response(body=b"late")

    with serve(StageOf(handle)) as server, dial(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection).endswith(b"late")


def test_request_tells_when_its_first_byte_came():
    stage = echoing()
    with serve(stage) as server:
        before = time.monotonic()
        ask(server)
        ask(server)
    first, second = (request.at for request in stage.requests)
    assert before <= first <= second <= time.monotonic()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 120), max_size=6))
def test_any_split_of_the_bytes_gives_the_same_request(cuts):
    head = b"POST /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    data = head + b"3\r\nabc\r\n0\r\n\r\n"
    stage = echoing()
    with serve(stage) as server, dial(server) as connection:
        send_in_pieces(connection, data, cuts)
        read_all(connection)
    assert [(request.method, request.target, request.body) for request in stage.requests] == [("POST", "/x", b"abc")]

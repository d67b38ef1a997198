"""How long a request is must be said in one way; and what an answer's length says where there is no body."""

import pytest

from fake_server import serve
from fake_server.stage import Response
from tests.support.clients.raw_client import dial, exchange, read_all
from tests.support.servers.stages import echoing


def answered(server, *lines: str, body: bytes = b"") -> bytes:
    head = "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1")
    return exchange(server, head + body)


class Answering:
    """A stage with one answer."""

    def __init__(self, answer):
        self.answer = answer

    async def handle(self, request):
        return self.answer(request) if callable(self.answer) else self.answer

    async def close(self):
        pass


@pytest.mark.parametrize(
    ("version", "fields"),
    [
        ("1.1", ("Content-Length: 3", "Transfer-Encoding: chunked")),
        ("1.1", ("Transfer-Encoding: chunked", "Content-Length: 3")),
        ("1.0", ("Transfer-Encoding: chunked",)),
        ("1.1", ("Content-Length: 3", "Content-Length: 4")),
    ],
)
def test_request_of_two_lengths_is_refused_and_its_connection_ended(version, fields):
    stage = echoing()
    with serve(stage) as server:
        got = answered(server, f"POST / HTTP/{version}", "Host: localhost", *fields, body=b"3\r\nabc\r\n0\r\n\r\n")
        assert got.startswith(b"HTTP/1.1 400 ")
        assert sum(server.unread.values()) == 1
    assert b"connection: close" in got.lower()
    assert stage.requests == []


def test_bytes_of_a_target_beyond_ascii_are_percent_encoded():
    stage = echoing()
    with serve(stage) as server:
        head = "GET /grüße?q=☃%20 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        with dial(server) as client:
            # The second request comes with the first: what follows a head that is encoded is kept.
            client.sendall(head + b"GET /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            read_all(client)
        assert not server.unread
    assert [request.target for request in stage.requests] == ["/gr%C3%BC%C3%9Fe?q=%E2%98%83%20", "/next"]


def test_method_that_is_not_ascii_is_refused():
    stage = echoing()
    with serve(stage) as server:
        assert exchange(server, "GÉT /é HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()).startswith(b"HTTP/1.1 400 ")
    assert stage.requests == []


def test_length_of_an_answer_to_head_is_the_one_that_is_given():
    with serve(Answering(Response(headers=(("content-length", "77150"),)))) as server:
        head = answered(server, "HEAD / HTTP/1.1", "Host: localhost", "Connection: close").lower()
    assert b"content-length: 77150\r\n" in head
    assert b"transfer-encoding" not in head
    assert head.endswith(b"\r\n\r\n")


def test_length_of_an_answer_to_head_is_that_of_its_body():
    with serve(Answering(Response(body=b"hello"))) as server:
        head = answered(server, "HEAD / HTTP/1.1", "Host: localhost", "Connection: close").lower()
    assert b"content-length: 5\r\n" in head
    assert not head.endswith(b"hello")


def test_length_of_what_did_not_change_is_passed_on():
    with serve(Answering(Response(status=304, headers=(("content-length", "9"), ("etag", '"a"'))))) as server:
        head = answered(server, "GET / HTTP/1.1", "Host: localhost", "Connection: close").lower()
    assert b"content-length: 9\r\n" in head
    assert head.endswith(b"\r\n\r\n")


def test_interim_answers_come_before_the_answer_unless_the_client_speaks_http_1_0():
    def hint(request):
        request.inform(103, (("link", "</a.css>; rel=preload"),))
        return Response(body=b"done")

    with serve(Answering(hint)) as server:
        got = answered(server, "GET / HTTP/1.1", "Host: localhost", "Connection: close")
        old = answered(server, "GET / HTTP/1.0", "Host: localhost")
    assert got.startswith(b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert old.startswith(b"HTTP/1.1 200 ")


def test_trailers_are_asked_for_when_the_body_is_over():
    told = []

    async def chunks():
        yield b"abc"
        told.append(("x-sum", "3"))

    with serve(Answering(lambda _: Response(body=chunks(), trailers=lambda: tuple(told)))) as server:
        got = answered(server, "GET / HTTP/1.1", "Host: localhost", "Connection: close")
    assert got.endswith(b"3\r\nabc\r\n0\r\nx-sum: 3\r\n\r\n")

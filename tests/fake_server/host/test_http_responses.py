"""How the host writes responses, and ends them early, seen by clients that share nothing with it."""

import asyncio
import http.client

import pytest

from fake_server import BrokenBodyError, Drop, Response, Stall, serve
from fake_server.host.tcp import TcpConnection
from fake_server.stage import Request
from tests.fake_server.host.test_http import ask
from tests.support.clients.raw_client import dial, exchange, read_all
from tests.support.servers.stages import StageOf, answering, chunked


@pytest.fixture
def written(monkeypatch):
    """All writes of the host that had something to write."""
    write, pieces = TcpConnection.write, []

    def noted(connection, data):
        pieces.append(bytes(data))
        write(connection, data)

    monkeypatch.setattr(TcpConnection, "write", noted)
    return pieces


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("trailers", [(), (("x-end", "1"),)])
def test_small_response_is_one_write(written, method, trailers):
    with serve(answering(Response(body=b"12345", trailers=trailers))) as server:
        response, body = ask(server, method)
    assert (response.status, body) == (200, b"" if method == "HEAD" else b"12345")
    assert [piece[:15] for piece in written if piece] == [b"HTTP/1.1 200 OK"]


def test_large_response_arrives_whole(written):
    large = bytes(range(256)) * 3000
    with serve(answering(Response(body=large))) as server:
        _, body = ask(server)
    assert body == large
    assert b"".join(written).endswith(large)


def test_head_and_pieces_of_a_streamed_response_are_not_held_back():
    released, loops = asyncio.Event(), []

    async def pieces():
        yield b"first"
        await released.wait()
        yield b"second"

    async def handle(_):
        loops.append(asyncio.get_running_loop())
        return Response(body=pieces())

    with serve(StageOf(handle)) as server, dial(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = b""
        while b"first" not in received:
            received += (chunk := connection.recv(4096))
            assert chunk, received
        assert b"second" not in received
        loops[0].call_soon_threadsafe(released.set)
        assert b"second" in read_all(connection)


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


def test_trailers_follow_a_chunked_body():
    with serve(answering(Response(body=chunked(b"a"), trailers=(("x-sum", "7"),)))) as server:
        received = exchange(server, f"GET / HTTP/1.1\r\nHost: {server.host}\r\nConnection: close\r\n\r\n".encode())
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


@pytest.mark.parametrize(
    "answer",
    [
        Response(headers=(("x-broken", "a\r\nset-cookie: b"),)),
        Response(headers=(("x-broken", "\u20ac"),)),
        Response(status=100),
        Response(body=chunked(b"x"), headers=(("bad name", ""),)),
    ],
    ids=["line break", "not latin-1", "status", "name"],
)
def test_answer_that_cannot_be_sent_is_a_500(answer):
    with serve(answering(answer)) as server:
        assert ask(server)[0].status == 500
        assert len(server.errors) == 1


def test_http_1_0_gets_a_stream_that_ends_with_the_connection():
    with serve(answering(Response(body=chunked(b"a", b"b"), trailers=(("x-sum", "7"),)))) as server:
        received = exchange(server, b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
    assert received.endswith(b"\r\n\r\nab")


def test_body_that_is_not_sent_is_let_go():
    closed = []

    class Chunks:
        def __aiter__(self):
            raise AssertionError

        async def aclose(self):
            closed.append(True)

    with serve(answering(Response(body=Chunks()))) as server:
        ask(server, "HEAD")
    assert closed == [True]

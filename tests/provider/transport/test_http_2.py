"""Requests over HTTP/2, which is what an impersonated Chrome agrees on with a service that has it."""

import asyncio
import contextlib
import gzip

import h2.errors
import pytest

from provider.transport.async_transport import AsyncTransport
from provider.transport.errors import BrokenConnectionError, DeadlineError, ProtocolError, TransportError
from provider.transport.types import Request, Settings
from tests.support.fingerprints.look_listener import answer_plainly, look_listener

OK = (b":status", b"200")


@pytest.fixture
def speak(open_transport):
    """Runs a listener that answers as told, makes a transport for it, and gives a function that asks it."""

    def start(answer, **settings):
        server = listeners.enter_context(look_listener(answer=answer))
        transport = open_transport(verify=server.authority, **settings)

        def ask(target="/", timeout=10, **more):
            request = Request(**{"method": "GET", "url": server.url + target, **more})
            return transport.request(request, timeout=timeout)

        ask.server = server
        return ask

    with contextlib.ExitStack() as listeners:
        yield start


def answering(*fields, body=b"", status=b"200", trailers=()):
    def answer(connection, stream, *_):
        connection.send_headers(stream, [(b":status", status), *fields], end_stream=not body and not trailers)
        for at in range(0, len(body), connection.max_outbound_frame_size):
            connection.send_data(stream, body[at : at + connection.max_outbound_frame_size])
        if trailers:
            connection.send_headers(stream, list(trailers), end_stream=True)
        elif body:
            connection.end_stream(stream)

    return answer


def connections_of(server, requests):
    """How many connections the next requests for / came on."""
    looks = [server.seen("/").look for _ in range(requests)]  # kept, so that no two have one id
    return len({id(look) for look in looks})


def test_answer_is_told_as_it_is(speak):
    response = speak(answering((b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3"), body=b"hello", status=b"201"))()
    assert (response.status, response.reason, response.body) == (201, "", b"hello")
    assert response.headers == (("x-a", "1"), ("x-b", "2"), ("x-a", "3"))


def test_names_of_headers_go_out_in_lower_case(speak):
    ask = speak(answer_plainly)
    ask(headers=(("X-Mine", "Kept As It Is"), ("Content-Type", "text/plain")), method="POST", body=b"x")
    head = ask.server.seen("/").head
    assert ("x-mine", "Kept As It Is") in head.fields
    assert all(name == name.lower() for name in head.names)


def test_no_header_of_http_1_goes_out(speak):
    ask = speak(answer_plainly)
    ask()
    assert not {"host", "connection", "transfer-encoding"} & set(ask.server.seen("/").head.names)


def test_trailers_are_told_after_the_headers(speak):
    response = speak(answering((b"x-a", b"1"), body=b"hello", trailers=((b"x-checksum", b"9"),)))()
    assert (response.headers, response.body) == ((("x-a", "1"), ("x-checksum", "9")), b"hello")


def test_early_hints_are_not_the_answer(speak):
    def answer(connection, stream, *_):
        connection.send_headers(stream, [(b":status", b"103"), (b"x-early", b"1")])
        connection.send_headers(stream, [OK, (b"x-late", b"1")], end_stream=True)

    response = speak(answer)()
    assert (response.status, response.headers) == (200, (("x-late", "1"),))


def test_compressed_body_is_decoded(speak):
    response = speak(answering((b"content-encoding", b"gzip"), body=gzip.compress(b"plain")))()
    assert response.body == b"plain"


def test_cookies_of_an_answer_go_with_the_next_request(speak):
    ask = speak(answering((b"set-cookie", b"a=1; Path=/; Secure"), (b"set-cookie", b"b=2; Path=/")))
    for _ in range(2):
        ask()
    assert ask.server.seen("/").head.get("cookie") is None
    fields = ask.server.seen("/").head.fields
    assert sorted(value for name, value in fields if name == "cookie") == ["a=1", "b=2"]


def test_large_body_comes_whole(speak):
    body = bytes(range(256)) * 16384
    assert speak(answering(body=body))().body == body


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_body_goes_out_whole_whatever_the_window(speak, size):
    ask = speak(answer_plainly)
    assert ask(method="POST", body=bytes(size)).status == 200
    assert ask.server.seen("/").head.get("content-length") == str(size)


def test_connection_is_kept_between_requests(speak):
    ask = speak(answer_plainly)
    for _ in range(3):
        ask()
    assert connections_of(ask.server, 3) == 1


def test_answer_before_a_goaway_is_whole_and_the_next_request_has_a_new_connection(speak):
    def answer(connection, stream, *_):
        answer_plainly(connection, stream, b"text/plain", b"whole")
        connection.close_connection(h2.errors.ErrorCodes.NO_ERROR)

    ask = speak(answer)
    assert [ask().body for _ in range(2)] == [b"whole", b"whole"]
    assert connections_of(ask.server, 2) == 2


@pytest.mark.parametrize("begun", [False, True])
def test_stream_that_is_reset_is_a_broken_connection(speak, begun):
    def answer(connection, stream, *_):
        if begun:
            connection.send_headers(stream, [OK])
            connection.send_data(stream, b"half")
        connection.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)

    with pytest.raises(BrokenConnectionError):
        speak(answer)()


def test_transport_works_on_after_a_reset_stream(speak):
    answers = [lambda connection, stream, *_: connection.reset_stream(stream, 2), answer_plainly]

    def answer(*call):
        answers.pop(0)(*call)

    ask = speak(answer)
    with pytest.raises(TransportError):
        ask()
    assert ask().status == 200


def test_stream_that_says_nothing_ends_at_the_deadline(speak):
    with pytest.raises(DeadlineError) as caught:
        speak(lambda *_: None)(timeout=0.5)
    assert not caught.value.connecting


def test_body_that_is_too_large_is_refused(speak):
    with pytest.raises(TransportError, match="larger than 1000 bytes"):
        speak(answering(body=bytes(5000)), max_body_bytes=1000)()


def test_frame_that_is_no_http_2_is_a_broken_protocol(speak):
    def answer(connection, *_):
        connection._data_to_send += b"\x00\x00\x04\x06\x00\x00\x00\x00\x00ping"  # a PING of 4 bytes: it has 8

    with pytest.raises((ProtocolError, BrokenConnectionError)):
        speak(answer)()


async def test_requests_at_once_share_one_connection():
    with look_listener() as server:
        settings = Settings(verify=server.authority, trust_environment=False)
        request = Request(method="GET", url=server.url)
        async with AsyncTransport(settings) as transport:
            answers = await asyncio.gather(*(transport.request(request, timeout=10) for _ in range(8)))
        assert [answer.status for answer in answers] == [200] * 8
        assert connections_of(server, 8) == 1


async def test_streamed_answer_can_be_left_before_its_end():
    def answer(connection, stream, *_):
        connection.send_headers(stream, [OK])
        connection.send_data(stream, b"first")

    with look_listener(answer=answer) as server:
        settings = Settings(verify=server.authority, trust_environment=False)
        request = Request(method="GET", url=server.url)
        async with AsyncTransport(settings) as transport, await transport.stream(request, timeout=10) as response:
            assert await anext(response.chunks()) == b"first"

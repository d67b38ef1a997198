"""Responses that break HTTP or JSON, flood, or lead astray: each ends in a typed error, in time, with nothing left open."""

import functools
import gzip
import time
import zlib

import pytest

from provider import CopilotClient, CopilotError, RateLimitError, RegionError, ResponseError, ResponseStatusError
from provider import TimeoutError as CopilotTimeoutError
from tests.support.clients.observed_turns import TOKEN
from tests.support.leaks import nothing_left
from tests.support.servers.counting_listener import CountingListener
from tests.support.servers.hostile_copilot import JSON, OK, answers, hostile, repeats, sends

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
DEEP = 1_000_000
SHORT = 0.7
"""Timeout in seconds where the attack lasts until then."""
SLACK = 30.0
"""Seconds that a busy machine may add."""


@functools.cache
def zeros():
    """200 MiB of zeros, compressed."""
    squeeze = zlib.compressobj(9, wbits=31)
    return b"".join([*(squeeze.compress(bytes(1 << 20)) for _ in range(200)), squeeze.flush()])


def bomb(layers):
    """`zeros`, compressed as often as that in all."""
    data = zeros()
    for _ in range(layers - 1):
        data = gzip.compress(data)
    return answers(data, f"Content-Encoding: {', '.join(['gzip'] * layers)}\r\n{JSON}")


INVALID = {
    "headers without end": repeats(b"X-A: b\r\n" * 1000, after=OK),
    "a header without end": repeats(b"a" * 65536, after=OK + b"X: "),
    "trailers without end": repeats(b"X: y\r\n" * 1000, after=CHUNKED + b"0\r\n"),
    "interim responses without end": repeats(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 100),
    "body without end": repeats(b"a" * (1 << 20), after=OK + b"\r\n"),
    "gzip bomb": bomb(1),
    "gzip bomb in gzip": bomb(2),
    "a hundred codings": answers(b"x", f"Content-Encoding: {', '.join(['gzip'] * 100)}\r\n"),
    "a coding that is not there": answers(b"{}", "Content-Encoding: gzip\r\n"),
    "length below zero": sends(OK + b"Content-Length: -1\r\n\r\n{}", fin=True),
    "two lengths": sends(OK + b"Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}"),
    "chunk of 2**70 bytes": sends(CHUNKED + b"f" * 18 + b"\r\n"),
    "no HTTP": sends(b'{"firstName":"Ada"}', fin=True),
    "HTTP/9.9": sends(b"HTTP/9.9 200 OK\r\n\r\n{}", fin=True),
    "status 000": sends(b"HTTP/1.1 000 Zero\r\nContent-Length: 2\r\n\r\n{}"),
    "NUL in a header": sends(OK + b"X: a\0b\r\nContent-Length: 2\r\n\r\n{}"),
    "nothing": sends(b"HTTP/1.1 204 No\r\n\r\n"),
    "arrays a million deep": answers(b"[" * DEEP),
    "an unknown field a million deep": answers(b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"}"),
    "a number for a name": answers(b'{"firstName":5}'),
    "no UTF-8": answers(b'{"firstName":"\xff"}'),
    "byte order mark": answers(b"\xef\xbb\xbf{}"),
    "half a character": answers(rb'{"firstName":"\ud83d"}'),
    "NaN": answers(b'{"firstName":NaN}'),
}


@pytest.mark.parametrize("behave", INVALID.values(), ids=INVALID)
def test_response_that_is_none_is_a_response_error(ask_hostile, behave):
    with hostile("user", behave) as server, nothing_left():
        items, error = ask_hostile(server.url, timeout=20.0)
    assert isinstance(error, ResponseError)
    assert error.step == "GET /c/api/user"
    assert items == []


ENDLESS = {
    "1-byte chunks": repeats(b"1\r\na\r\n" * 1000, after=CHUNKED),
    "chunk extension": repeats(b"a" * 65536, after=CHUNKED + b"1;"),
    "head byte by byte": repeats(b"X", after=OK + b"X: ", pause=0.02),
    "body byte by byte": repeats(b" ", after=OK + b"\r\n", pause=0.02),
    "length of 10**22": sends(OK + b"Content-Length: 9999999999999999999999\r\n\r\n{}"),
    "a switch of protocols": sends(b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"),
}


@pytest.mark.parametrize("behave", ENDLESS.values(), ids=ENDLESS)
def test_response_that_does_not_end_ends_at_the_deadline(ask_hostile, behave):
    with hostile("user", behave) as server, nothing_left():
        begun = time.monotonic()
        _, error = ask_hostile(server.url, timeout=SHORT)
    assert isinstance(error, CopilotTimeoutError)
    assert time.monotonic() - begun < SHORT + SLACK


@pytest.mark.parametrize("status", ["999 Nines", "200000 Too many"])
def test_status_that_does_not_exist_is_an_error_with_that_status(ask_hostile, status):
    with hostile("user", answers(status=status)) as server, nothing_left():
        _, error = ask_hostile(server.url)
    assert isinstance(error, ResponseStatusError)
    assert error.status == int(status.partition(" ")[0])


@pytest.mark.parametrize("body", [b'{"id":null}', b'{"id":["c1"]}', b"{}", b"null", b'"c1"'])
def test_conversation_without_an_id_is_a_response_error(ask_hostile, body):
    with hostile("conversations", answers(body)) as server, nothing_left():
        _, error = ask_hostile(server.url)
    assert isinstance(error, ResponseError)
    assert error.step == "POST /c/api/conversations"


def test_conversation_id_that_looks_like_a_header_stays_a_value(ask_hostile):
    with hostile("conversations", answers(rb'{"id":"c\r\nX-Evil: 1\r\n\r\n/../.."}')) as server, nothing_left():
        items, error = ask_hostile(server.url)
        assert all(not request.get("x-evil") for request in server.requests)
    assert error is None
    assert items[0].conversation_id == "c\r\nX-Evil: 1\r\n\r\n/../.."


@pytest.mark.parametrize("value", ["nan", "1e999", "-5", "9" * 5000, "soon", "0x10"])
def test_wait_that_nobody_can_wait_is_no_wait(ask_hostile, value):
    with hostile("user", answers(fields=f"Retry-After: {value}\r\n", status="429 Slow")) as server, nothing_left():
        _, error = ask_hostile(server.url, max_retries=1)
    assert isinstance(error, RateLimitError)
    assert error.retry_after is None


# ------------------------------------------------------------------ other origins
@pytest.mark.parametrize("status", ["302 Found", "308 There"])
@pytest.mark.parametrize("place", ["user", "conversations", "upgrade"])
def test_redirect_to_another_origin_takes_no_credential_there(ask_hostile, place, status):
    elsewhere = CountingListener()
    try:
        with hostile(place, answers(fields=f"Location: {elsewhere.url}\r\n", status=status)) as server, nothing_left():
            _, error = ask_hostile(server.url)
        assert elsewhere.connections() == 0
    finally:
        elsewhere.close()
    assert isinstance(error, RegionError)
    assert TOKEN not in str(error)


# ------------------------------------------------------------------ cookies
COOKIES = {
    "of another site": "c=1; Domain=evil.example",
    "with a tab": "c=a\tTRUE\t/\tb",
    "of 90 kB": f"c={'v' * 90_000}",
    "with an escape": "c=\x1b[31m",
    "nameless": "=1",
    "with all attributes twice": "c=1; Path=/; Path=/x; Secure; Secure; Max-Age=-1; Max-Age=1e999",
}


@pytest.mark.parametrize("cookie", COOKIES.values(), ids=COOKIES)
def test_cookie_that_is_none_goes_nowhere_and_breaks_nothing(ask_hostile, cookie):
    body = b'{"firstName":"Ada"}'
    with hostile("user", answers(body, f"{JSON}Set-Cookie: {cookie}\r\n")) as server, nothing_left():
        _, error = ask_hostile(server.url)
        sent = [request.get("cookie") for request in server.requests]
    assert error is None
    assert sent == [None] * len(sent)


def test_cookie_in_bytes_that_are_no_text_breaks_nothing(ask_hostile):
    head = OK + JSON.encode() + b"Set-Cookie: c=\xff\xfe\r\nContent-Length: 2\r\n\r\n"

    async def behave(connection):
        await connection.send(head, b"{}")

    with hostile("user", behave) as server, nothing_left():
        _, error = ask_hostile(server.url)
    assert error is None


def test_flood_of_cookies_leaves_requests_that_a_server_takes(ask_hostile):
    fields = "".join(f"Set-Cookie: c{number}={'v' * 1000}\r\n" for number in range(200))
    with hostile("user", answers(b"{}", JSON + fields)) as server, nothing_left():
        _, error = ask_hostile(server.url)
        assert len(server.requests[-1].get("cookie")) < 10_000
    assert error is None


# ------------------------------------------------------------------ pages without end
@pytest.mark.parametrize("page", [b'{"results":[],"next":"again"}', None], ids=["the same page", "always another one"])
def test_pages_without_end_are_an_error(page):
    number = 0

    async def behave(connection):
        nonlocal number
        number += 1
        await connection.answer("200 OK", page or b'{"results":[],"next":"%d"}' % number, JSON)

    with (
        hostile("conversations", behave) as server,
        nothing_left(),
        CopilotClient(TOKEN, base_url=server.url, generation="2025-03", timeout=60) as client,
        pytest.raises(CopilotError, match="pages"),
    ):
        client.conversations()
    assert number <= 1000

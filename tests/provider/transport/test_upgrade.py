"""How a WebSocket is opened, on both transports: what goes out, and what comes of every answer."""

import socket as sockets
import time

import pytest

from provider.transport.errors import (
    BrokenConnectionError,
    ConnectError,
    DeadlineError,
    ProtocolError,
    TransportError,
    UpgradeRefusedError,
)
from provider.transport.handle import Handles
from provider.transport.types import Request
from tests.support.fingerprints.header_order import UPGRADE
from tests.support.servers.raw_server import TEXT, frame, serve_raw

ORIGIN = (("origin", "https://copilot.microsoft.com"),)


async def upgrading(connection):
    """Upgrades, or answers 200 to what is no upgrade."""
    while True:
        request = await connection.read_request()
        if request.get("upgrade") == "websocket":
            await connection.upgrade(frame(TEXT, b"hello"), fields="Set-Cookie: late=101; Path=/\r\nX-Seen: yes\r\n")
            await connection.until_gone()
            return
        await connection.answer("200 OK", b"{}", "Set-Cookie: early=200; Path=/\r\n")


def test_an_open_socket_knows_status_and_headers_of_the_101(connect):
    with serve_raw(upgrading) as server:
        socket = connect(server.ws_url)
        assert socket.status == 101
        assert dict(socket.headers)["x-seen"] == "yes"


def test_a_message_in_the_segment_of_the_101_is_delivered(connect):
    with serve_raw(upgrading) as server:
        assert connect(server.ws_url).receive(5).data == b"hello"


def test_the_url_of_the_upgrade_goes_out_as_given(connect):
    with serve_raw(upgrading) as server:
        connect(f"{server.ws_url}&accessToken=a%2Fb%7Cc|d&X-X=%41")
        assert server.requests[0].line == "GET /chat?api-version=2&accessToken=a%2Fb%7Cc|d&X-X=%41 HTTP/1.1"


def test_an_upgrade_looks_like_the_browsers(connect):
    with serve_raw(upgrading) as server:
        connect(server.ws_url, headers=ORIGIN)
        names = server.requests[0].names
        # Those that libcurl adds are in lower case from curl_cffi 0.17 on.
        for name in ("User-Agent", "Accept-Encoding", "Accept-Language"):
            names = [name if name.lower() == each else each for each in names]
        assert names == [name for name in UPGRADE if name != "Cookie"]


def test_upgrade_and_request_name_the_same_browser(open_transport):
    with serve_raw(upgrading) as server:
        transport = open_transport()
        transport.request(Request(method="GET", url=server.url), timeout=5)
        transport.connect(server.ws_url, timeout=5).abort()
        first, second = (request.get("user-agent") for request in server.requests)
        assert first == second
        assert "Chrome/" in first


def test_given_headers_win_over_the_browsers(connect):
    with serve_raw(upgrading) as server:
        connect(server.ws_url, headers=(("user-agent", "mine"), ("pragma", "other"), ("accept", "x/y")))
        request = server.requests[0]
        assert [value for name, value in request.fields if name.lower() in ("user-agent", "pragma", "accept")] == [
            "other",
            "mine",
            "x/y",
        ]


def test_without_default_headers_only_the_given_ones_and_the_handshakes_go_out(connect):
    with serve_raw(upgrading) as server:
        connect(server.ws_url, headers=(("x-b", "1"), ("x-a", "2"), ("x-empty", "")), default_headers=False)
        names = [name.lower() for name in server.requests[0].names]
        assert sorted(names) == [
            "connection",
            "host",
            "sec-websocket-key",
            "sec-websocket-version",
            "upgrade",
            "x-a",
            "x-b",
            "x-empty",
        ]
        assert [name for name in names if name.startswith("x-")] == ["x-b", "x-a", "x-empty"]


def test_no_extension_is_offered(connect):
    with serve_raw(upgrading) as server:
        connect(server.ws_url)
        assert server.requests[0].get("sec-websocket-extensions") is None


def test_every_upgrade_has_a_key_of_its_own(open_transport):
    with serve_raw(upgrading) as server:
        transport = open_transport()
        for _ in range(2):
            transport.connect(server.ws_url, timeout=5).abort()
        first, second = (request.get("sec-websocket-key") for request in server.requests)
        assert first != second
        assert len(first) == 24


def test_a_wrong_accept_key_is_refused(connect):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade(accept="bm90IHRoZSByaWdodCBvbmU=")
        await connection.until_gone()

    with serve_raw(script) as server, pytest.raises(ProtocolError, match="Sec-WebSocket-Accept"):
        connect(server.ws_url)


@pytest.mark.parametrize(
    ("status", "fields", "name", "value"),
    [
        ("401 Unauthorized", "WWW-Authenticate: Bearer\r\n", "www-authenticate", "Bearer"),
        ("403 Forbidden", "CF-Mitigated: challenge\r\n", "cf-mitigated", "challenge"),
        ("429 Too Many Requests", "Retry-After: 7\r\n", "retry-after", "7"),
        ("302 Found", "Location: /elsewhere\r\n", "location", "/elsewhere"),
        ("200 OK", "X-Not: upgraded\r\n", "x-not", "upgraded"),
        ("503 Unavailable", "Retry-After: 1\r\n", "retry-after", "1"),
    ],
)
def test_a_refused_upgrade_tells_status_and_headers(connect, status, fields, name, value):
    async def script(connection):
        await connection.read_request()
        await connection.answer(status, b'{"error":"no"}', fields)

    with serve_raw(script) as server, pytest.raises(UpgradeRefusedError) as caught:
        connect(server.ws_url)
    assert caught.value.status == int(status[:3])
    assert (name, value) in caught.value.headers


def test_an_upgrade_cut_off_is_a_broken_connection(connect):
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 101 Switching Pro")

    with serve_raw(script) as server, pytest.raises((BrokenConnectionError, ProtocolError)):
        connect(server.ws_url)


def test_an_upgrade_answered_with_no_http_is_an_error_of_ours(connect):
    async def script(connection):
        await connection.read_request()
        await connection.send(b"SSH-2.0-OpenSSH\r\n")

    with serve_raw(script) as server, pytest.raises(TransportError):
        connect(server.ws_url)


def test_an_upgrade_that_is_not_answered_ends_at_the_deadline(connect):
    async def script(connection):
        await connection.until_gone()

    with serve_raw(script) as server:
        started = time.monotonic()
        with pytest.raises(DeadlineError):
            connect(server.ws_url, timeout=0.3)
        assert time.monotonic() - started < 6


def test_a_refused_connection_is_no_connection(connect):
    with sockets.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectError) as caught:
            connect(f"ws://127.0.0.1:{unused.getsockname()[1]}/x")
    assert not caught.value.tls


def test_cookies_of_answers_go_with_the_upgrade_and_those_of_a_101_with_requests(open_transport):
    with serve_raw(upgrading) as server:
        transport = open_transport()
        transport.request(Request(method="GET", url=server.url), timeout=5)
        transport.connect(server.ws_url, timeout=5).abort()
        transport.request(Request(method="GET", url=server.url), timeout=5)
        cookies = [request.get("cookie") for request in server.requests]
        assert cookies[:2] == [None, "early=200"]
        assert set(cookies[2].split("; ")) == {"early=200", "late=101"}


def test_cookies_of_a_refused_upgrade_are_kept(open_transport):
    async def script(connection):
        while True:
            await connection.read_request()
            await connection.answer("403 Forbidden", b"", "Set-Cookie: __cf_bm=1; Path=/\r\n")

    with serve_raw(script) as server:
        transport = open_transport()
        for _ in range(2):
            with pytest.raises(UpgradeRefusedError):
                transport.connect(server.ws_url, timeout=5)
        assert [request.get("cookie") for request in server.requests] == [None, "__cf_bm=1"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "ftp://127.0.0.1/", "nonsense", "ws://127.0.0.1:99999/", "ws:///x"]
)
def test_a_url_that_is_no_websockets_is_an_error_of_ours(connect, url):
    with pytest.raises(TransportError):
        connect(url)


@pytest.mark.parametrize("field", [("x", "a\r\nInjected: yes"), ("x\n", "a"), ("", "a"), ("a:b", "c"), ("x", "\0")])
def test_a_header_that_would_end_its_line_is_not_sent(connect, field):
    with serve_raw(upgrading) as server:
        with pytest.raises(TransportError) as caught:
            connect(server.ws_url, headers=(field,))
        assert "Injected" not in str(caught.value)
        assert server.requests == []


async def refusing_with_a_cookie(connection):
    await connection.read_request()
    await connection.answer("403 Forbidden", b"", "Set-Cookie: a=1; Path=/\r\n")


def test_the_handle_of_a_refused_upgrade_is_closed_even_if_its_cookies_cannot_be_stored(connect, monkeypatch):
    made = []
    make = Handles.new

    def keeping(handles):
        made.append(make(handles))
        return made[-1]

    def failing(*_):
        raise OSError("no cookies")

    monkeypatch.setattr(Handles, "new", keeping)
    monkeypatch.setattr(Handles, "learn_cookies", failing)
    with serve_raw(refusing_with_a_cookie) as server, pytest.raises(OSError, match="no cookies"):
        connect(server.ws_url)
    assert made[-1]._curl is None

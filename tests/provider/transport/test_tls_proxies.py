"""TLS and proxies, on both transports; and that no error or repr shows a secret."""

import asyncio
import base64
import contextlib
import ssl
import traceback

import pytest
import trustme

from provider.transport.errors import BrokenConnectionError, ConnectError, SocketEndedError, TransportError
from provider.transport.types import Request, Settings
from provider.websocket import Ended
from tests.support.servers.raw_server import CLOSE, TEXT, frame, serve_raw

PASSWORD = "s3cr@t"
QUOTED = "s3cr%40t"


async def upgrading(connection):
    request = await connection.read_request()
    if request.get("upgrade") == "websocket":
        await connection.upgrade(frame(TEXT, b"hello"), frame(TEXT, b"again"), fields="")
        connection.tell(await connection.read_frame())
        await connection.send(frame(CLOSE, b"\x03\xe8"))
    else:
        await connection.answer("200 OK", b"fine")
    await connection.until_gone()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority: its PEM file, and a server's context."""
    made = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return str(path), context


def test_a_request_over_tls_with_an_authority_of_ones_own(open_transport, authority):
    with serve_raw(upgrading, authority[1]) as server:
        transport = open_transport(verify=authority[0])
        assert transport.request(Request(method="GET", url=server.url), timeout=5).body == b"fine"


def test_a_socket_over_tls_receives_what_lies_in_the_tls_buffer(connect, authority):
    with serve_raw(upgrading, authority[1]) as server:
        socket = connect(server.ws_url, verify=authority[0])
        assert [socket.receive(5).data for _ in range(2)] == [b"hello", b"again"]
        socket.close(timeout=5)
        assert server.hears() == (CLOSE, b"\x03\xe8")


def test_many_messages_over_tls_are_all_delivered(connect, receive_all, authority):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        for start in range(0, 5000, 500):
            await connection.send(*(frame(TEXT, b"%d" % n) for n in range(start, start + 500)))

    with serve_raw(script, authority[1]) as server:
        messages, error = receive_all(connect(server.ws_url, verify=authority[0]))
        assert [message.data for message in messages] == [b"%d" % n for n in range(5000)]
        assert error.ended == Ended("eof")


def test_a_large_message_over_tls_arrives_whole(connect, authority):
    payload = bytes(range(256)) * 40_000

    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        await connection.send(frame(2, payload))
        await connection.until_gone()

    with serve_raw(script, authority[1]) as server:
        assert connect(server.ws_url, verify=authority[0]).receive(10).data == payload


@pytest.mark.parametrize("use", ["request", "connect"])
def test_an_untrusted_certificate_is_a_tls_error(open_transport, authority, use):
    with serve_raw(upgrading, authority[1]) as server:
        transport = open_transport()
        uses = {
            "request": lambda: transport.request(Request(method="GET", url=server.url), timeout=5),
            "connect": lambda: transport.connect(server.ws_url, timeout=5),
        }
        with pytest.raises(ConnectError) as caught:
            uses[use]()
        assert caught.value.tls
        assert f"127.0.0.1:{server.port}" in str(caught.value)


def test_a_certificate_for_another_name_is_a_tls_error(open_transport, tmp_path):
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("other.example").configure_cert(context)
    with serve_raw(upgrading, context) as server, pytest.raises(ConnectError) as caught:
        open_transport(verify=str(tmp_path / "ca.pem")).connect(server.ws_url, timeout=5)
    assert caught.value.tls


def test_no_certificate_is_checked_when_none_shall_be(open_transport, authority):
    with serve_raw(upgrading, authority[1]) as server:
        transport = open_transport(verify=False)
        assert transport.request(Request(method="GET", url=server.url), timeout=5).status == 200
        transport.connect(server.ws_url, timeout=5).abort()


def test_a_certificate_file_that_is_not_there_is_a_tls_error(open_transport, authority):
    with serve_raw(upgrading, authority[1]) as server, pytest.raises(ConnectError) as caught:
        open_transport(verify="/nowhere/ca.pem").connect(server.ws_url, timeout=5)
    assert caught.value.tls


def test_plain_text_where_tls_is_expected_is_a_tls_error(open_transport):
    async def script(connection):
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await connection.until_gone()

    with serve_raw(script) as server, pytest.raises(ConnectError) as caught:
        open_transport().connect(server.ws_url.replace("ws:", "wss:"), timeout=5)
    assert caught.value.tls


async def _pump(reader, writer):
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()


async def _tunnel(connection, host, port, answer):
    reader, writer = await asyncio.open_connection(host, port)
    try:
        await connection.send(answer)
        pumps = [
            asyncio.ensure_future(_pump(connection.reader, writer)),
            asyncio.ensure_future(_pump(reader, connection.writer)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
    finally:
        writer.close()


async def http_proxy(connection):
    """CONNECT for those who know the password; everything else is refused."""
    request = await connection.read_request()
    wanted = "Basic " + base64.b64encode(f"user:{PASSWORD}".encode()).decode()
    if request.get("proxy-authorization") != wanted:
        await connection.answer("407 Proxy Authentication Required", b"", "Proxy-Authenticate: Basic\r\n")
        return
    host, _, port = request.line.split()[1].rpartition(":")
    connection.tell("tunnel")
    await _tunnel(connection, host, int(port), b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")


async def socks_proxy(connection):
    """RFC 1928 with the user and password of RFC 1929."""
    read = connection.reader.readexactly
    await read((await read(2))[1])
    await connection.send(b"\x05\x02")
    user = await read((await read(2))[1])
    password = await read((await read(1))[0])
    await connection.send(b"\x01\x00")
    kind = (await read(4))[3]
    assert kind == 1, "IPv4"
    host = ".".join(str(part) for part in await read(4))
    port = int.from_bytes(await read(2), "big")
    connection.tell((user.decode(), password.decode()))
    await _tunnel(connection, host, port, b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")


def test_an_http_proxy_tunnels_requests_and_sockets(open_transport, authority):
    with serve_raw(upgrading, authority[1]) as server, serve_raw(http_proxy) as proxy:
        transport = open_transport(verify=authority[0], proxy=f"http://user:{QUOTED}@127.0.0.1:{proxy.port}")
        assert transport.request(Request(method="GET", url=server.url), timeout=5).body == b"fine"
        socket = transport.connect(server.ws_url, timeout=5)
        assert socket.receive(5).data == b"hello"
        assert "x-proxy" not in dict(socket.headers)
        socket.abort()
        assert [proxy.hears(), proxy.hears()] == ["tunnel", "tunnel"]


def test_a_proxy_with_tls_tunnels_sockets(open_transport, authority):
    with serve_raw(upgrading) as server, serve_raw(http_proxy, authority[1]) as proxy:
        transport = open_transport(verify=authority[0], proxy=f"https://user:{QUOTED}@127.0.0.1:{proxy.port}")
        socket = transport.connect(server.ws_url, timeout=5)
        assert socket.receive(5).data == b"hello"
        socket.abort()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_gets_user_and_password(open_transport, scheme):
    with serve_raw(upgrading) as server, serve_raw(socks_proxy) as proxy:
        transport = open_transport(proxy=f"{scheme}://user:{QUOTED}@127.0.0.1:{proxy.port}")
        assert transport.request(Request(method="GET", url=server.url), timeout=5).body == b"fine"
        socket = transport.connect(server.ws_url, timeout=5)
        assert socket.receive(5).data == b"hello"
        socket.abort()
        assert [proxy.hears(), proxy.hears()] == [("user", PASSWORD)] * 2


def shows(error, *secrets):
    """Which of these stand in the error, its causes, or what a traceback prints of them."""
    text = "".join(traceback.format_exception(error)) + repr(error)
    return [secret for secret in secrets if secret in text]


@pytest.mark.parametrize("use", ["request", "connect"])
@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_that_refuses_is_no_connection_and_its_password_is_not_shown(open_transport, scheme, use):
    async def refusing(connection):
        if scheme == "http":
            await connection.read_request()
            await connection.answer("407 Proxy Authentication Required", b"", "Proxy-Authenticate: Basic\r\n")
        else:
            await connection.reader.readexactly(3)
            await connection.send(b"\x05\xff")

    with serve_raw(refusing) as proxy:
        transport = open_transport(proxy=f"{scheme}://user:{QUOTED}@127.0.0.1:{proxy.port}")
        uses = {
            "request": lambda: transport.request(Request(method="GET", url=f"https://h:9/?q={PASSWORD}"), timeout=5),
            "connect": lambda: transport.connect(f"wss://h:9/?q={PASSWORD}", timeout=5),
        }
        with pytest.raises(ConnectError) as caught:
            uses[use]()
        assert shows(caught.value, PASSWORD, QUOTED) == []


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({}, ()),
        ({"proxy": f"http://user:{QUOTED}@127.0.0.1:9"}, ()),
        ({"proxy": f"nonsense9://user:{QUOTED}@127.0.0.1:9"}, ()),
        ({"proxy": f"http://user:{QUOTED}@[::1"}, ()),
        ({"proxy": f"http://user:{QUOTED}@127.0.0.1:99999"}, ()),
        ({}, (("authorization", f"Bearer {PASSWORD}\r\n"),)),
        ({}, (("authorization", f"Bearer \udc80{PASSWORD}"),)),
        ({"verify": "/nowhere/\0"}, (("authorization", f"Bearer {PASSWORD}"),)),
    ],
)
def test_nothing_secret_stands_in_an_error(open_transport, settings, headers):
    transport = open_transport(**settings)
    transport.set_cookies("http://127.0.0.1", {"session": PASSWORD})
    with pytest.raises(TransportError) as caught:
        transport.connect(f"ws://127.0.0.1:9/chat?accessToken={PASSWORD}", headers=headers, timeout=1)
    assert shows(caught.value, PASSWORD, QUOTED) == []


def test_settings_and_requests_do_not_show_their_secrets():
    request = Request(
        method="GET", url=f"https://x/?token={PASSWORD}", headers=(("a", PASSWORD),), body=PASSWORD.encode()
    )
    settings = Settings(proxy=f"http://user:{PASSWORD}@127.0.0.1:9")
    assert PASSWORD not in repr(request) + repr(settings)


@pytest.mark.parametrize("politely", [True, False])
def test_a_tls_connection_that_ends_without_close_frame_has_ended(connect, receive_all, authority, politely):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade(frame(TEXT, b"last"))
        if not politely:
            connection.reset()

    with serve_raw(script, authority[1]) as server:
        messages, error = receive_all(connect(server.ws_url, verify=authority[0]))
        assert [message.data for message in messages] == [b"last"]
        assert isinstance(error, SocketEndedError)
        assert error.ended in (Ended("eof"), Ended("reset"))


def test_a_body_cut_short_over_tls_is_a_broken_connection(open_transport, authority):
    async def script(connection):
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    with serve_raw(script, authority[1]) as server, pytest.raises(BrokenConnectionError):
        open_transport(verify=authority[0]).request(Request(method="GET", url=server.url), timeout=5)

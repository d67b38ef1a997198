"""Random bytes, on connections, in requests, on sockets and in TLS handshakes: the server serves on, and keeps nothing."""

import random
import socket
import ssl
import urllib.request

import pytest

from fake_server import serve
from fake_server.host.limits import Limits
from fake_server.script import Script
from tests.support.leaks import nothing_left

LIMITS = Limits(close_timeout=0.1, head_timeout=0.5, body_timeout=0.5, message_timeout=0.5, tls_timeout=0.5)
UPGRADE = (
    b"GET /c/api/chat?api-version=2 HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
POST = b"POST /c/api/start HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n\r\nabcde"
FRAMES = (b"\x81\x85\x01\x02\x03\x04abcde", b"\x88\x82\0\0\0\0\x03\xe8", b"\x01\x80\0\0\0\0\x80\x80\0\0\0\0")


def mutated(chance, data):
    changed = bytearray(data)
    for _ in range(chance.randint(0, 6)):
        at = chance.randrange(len(changed) + 1)
        changed[at : at + chance.choice((0, 1, 9))] = chance.randbytes(chance.choice((0, 1, 20)))
    return bytes(changed)


def plain(chance, host):
    kind = chance.randrange(3)
    if kind == 0:
        return b"", chance.randbytes(chance.randint(1, 3000))
    if kind == 1:
        return b"", mutated(chance, chance.choice((UPGRADE, POST)).replace(b"HOST", host))
    return UPGRADE.replace(b"HOST", host), mutated(chance, b"".join(chance.choices(FRAMES, k=3)))


def hello(chance, _host):
    """A cut or broken ClientHello."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    data = outgoing.read()
    return b"", chance.choice((data[: chance.randrange(len(data))], mutated(chance, data)))


@pytest.mark.parametrize(("tls", "drawn"), [(False, plain), (True, hello)], ids=["plain", "TLS"])
def test_server_serves_on_after_random_bytes(tls, drawn):
    chance = random.Random(20261202)
    with serve(Script(), limits=LIMITS, tls=tls) as server, nothing_left():
        host = f"{server.host}:{server.port}".encode()
        for _ in range(120):
            first, data = drawn(chance, host)
            with socket.create_connection((server.host, server.port), timeout=5) as client:
                if first:
                    client.sendall(first)
                    assert client.recv(4096).startswith(b"HTTP/1.1 101")
                client.sendall(data)
        context = ssl.create_default_context(cadata=server.authority_pem.decode()) if tls else None
        url = f"{server.url}/c/api/user".replace("127.0.0.1", "localhost")
        request = urllib.request.Request(url, headers={"authorization": "Bearer wiretape-token-1"})
        with urllib.request.urlopen(request, timeout=10, context=context) as response:
            assert response.status == 200
        assert server.errors == []

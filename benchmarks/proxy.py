"""The forward proxy by CONNECT and TLS beside mitmproxy's, both recording the same https service."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import statistics
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.mitmproxy import is_there, mitmproxy
from benchmarks.processes import process
from benchmarks.relay_service import Upstream, small_call
from benchmarks.rounds import ROUNDS, Result, measure
from benchmarks.rows import Row, median
from fake_server import serve
from harness.proxy.sessions import proxied_recording
from provider.transport.types import Settings

CALLS = 40
TUNNELS = 10
_DIRECT, _PROXY, _PEER = "direct, TLS", "proxy", "mitmproxy"


def _service(pipe: Connection, authority: str) -> None:
    with serve(Upstream(), tls=True, allowed_hosts=("localhost",)) as server:
        assert server.authority_pem is not None
        Path(authority).write_bytes(server.authority_pem)
        pipe.send(server.url)
        pipe.recv()


def _record(pipe: Connection, url: str, authority: str) -> None:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".benchmark-") as folder:
        os.environ["XDG_STATE_HOME"] = str(Path(folder) / "state")
        settings = Settings(verify=authority)
        with proxied_recording(Path(folder) / "x.yaml", url, settings=settings) as running:
            pipe.send((running.proxy_url, str(running.ca_file)))
            pipe.recv()


@contextmanager
def _opened(service: str, proxy: str | None, authority: str) -> Generator[ssl.SSLSocket]:
    """A TLS connection to the service, through the proxy."""
    to, through = urlsplit(service), urlsplit(proxy or service)
    context = ssl.create_default_context(cafile=authority)
    with socket.create_connection((through.hostname or "", through.port or 0), timeout=60) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if proxy:
            pair = base64.b64encode(f"{through.username}:{through.password}".encode()).decode()
            head = f"CONNECT {to.netloc} HTTP/1.1\r\nHost: {to.netloc}\r\nProxy-Authorization: Basic {pair}\r\n\r\n"
            plain.sendall(head.encode())
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                answer += plain.recv(1)
            assert b" 200 " in answer, answer
        with context.wrap_socket(plain, server_hostname=to.hostname) as connection:
            yield connection


def _call(service: str, proxy: str | None, authority: str) -> float:
    with _opened(service, proxy, authority) as connection:
        host = urlsplit(service).netloc
        return statistics.median(small_call(connection, host) for _ in range(CALLS)) * 1e3


def _tunnel(service: str, proxy: str | None, authority: str) -> float:
    taken: list[float] = []
    for _ in range(TUNNELS):
        begun = time.perf_counter()
        with _opened(service, proxy, authority) as connection:
            small_call(connection, urlsplit(service).netloc)
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1e3


def rows(rounds: int = ROUNDS) -> list[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority = str(folder / "service.pem")
        url, _ = stack.enter_context(process(_service, authority))
        url = url.replace("127.0.0.1", "localhost")
        (proxy, ours), _ = stack.enter_context(process(_record, url, authority))
        ways: dict[str, tuple[str | None, str]] = {_DIRECT: (None, authority), _PROXY: (proxy, ours)}
        if is_there():
            peer = stack.enter_context(mitmproxy(url, is_proxy=True))
            ways[_PEER] = (peer.url, str(peer.authority))
        calls = measure({name: lambda way=way: _call(url, *way) for name, way in ways.items()}, rounds)
        tunnels = measure({name: lambda way=way: _tunnel(url, *way) for name, way in ways.items()}, rounds)

    def peer_of(results: dict[str, Result]) -> tuple[str, float] | None:
        return median(results, _PEER) if _PEER in results else None

    return [
        Row(
            key="proxy.call", what="a small REST call in an open tunnel, over TLS twice", unit="ms",
            ours=calls[_PROXY].median, peer=peer_of(calls), limit=median(calls, _DIRECT), goal=1,
            means="What each call of a program takes longer behind `wiretape record --proxy`.",
        ),
        Row(
            key="proxy.tunnel", what="CONNECT, TLS handshake, one call, close", unit="ms",
            ours=tunnels[_PROXY].median, peer=peer_of(tunnels), limit=median(tunnels, _DIRECT), goal=1,
            means="The same for a program that opens a connection for each call.",
        ),
    ]  # fmt: skip

"""The forward proxy by CONNECT and TLS beside mitmproxy's, both recording the same https service."""

from __future__ import annotations

import base64
import os
import socket
import ssl
import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.mitmproxy import is_there, mitmproxy
from benchmarks.processes import asked, cpu, process
from benchmarks.relay_service import Upstream, small_call
from benchmarks.rounds import ROUNDS, Result, measure
from benchmarks.rows import Row, median
from fake_server import serve
from harness.proxy.sessions import proxied_recording
from provider.transport.types import Settings

CALLS = 40
TUNNELS = 10
TUNNELS_OF_CPU = 50
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
            while pipe.recv():
                pipe.send(cpu())


@dataclass(frozen=True)
class _Way:
    """A way to the service.

    Attributes:
        proxy: URL of the proxy; None for a direct connection.
        context: The client's. It is made before anything is measured: a file of all authorities takes 19 ms to read.
        cpu: Seconds of processor that the recorder has used.
    """

    proxy: str | None
    context: ssl.SSLContext
    cpu: Callable[[], float] = lambda: 0.0


def _way(proxy: str | None, authority: Path | str, cpu: Callable[[], float] = lambda: 0.0) -> _Way:
    return _Way(proxy, ssl.create_default_context(cafile=authority), cpu)


@contextmanager
def _opened(service: str, way: _Way) -> Generator[ssl.SSLSocket]:
    """A TLS connection to the service, through the proxy."""
    proxy = way.proxy
    to, through = urlsplit(service), urlsplit(proxy or service)
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
        with way.context.wrap_socket(plain, server_hostname=to.hostname) as connection:
            yield connection


def _call(service: str, way: _Way) -> float:
    with _opened(service, way) as connection:
        host = urlsplit(service).netloc
        return statistics.median(small_call(connection, host) for _ in range(CALLS)) * 1e3


def _tunnel(service: str, way: _Way) -> float:
    taken: list[float] = []
    for _ in range(TUNNELS):
        begun = time.perf_counter()
        with _opened(service, way) as connection:
            small_call(connection, urlsplit(service).netloc)
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1e3


def _cpu(service: str, way: _Way) -> float:
    before = way.cpu()
    for _ in range(TUNNELS_OF_CPU):
        with _opened(service, way) as connection:
            small_call(connection, urlsplit(service).netloc)
    return (way.cpu() - before) / TUNNELS_OF_CPU * 1e3


def rows(rounds: int = ROUNDS) -> list[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        authority = str(folder / "service.pem")
        url, _ = stack.enter_context(process(_service, authority))
        url = url.replace("127.0.0.1", "localhost")
        (proxy, ours), pipe = stack.enter_context(process(_record, url, authority))
        ways = {_PROXY: _way(proxy, ours, lambda: asked(pipe))}
        if is_there():
            peer = stack.enter_context(mitmproxy(url, is_proxy=True))
            ways[_PEER] = _way(peer.url, _there(peer.authority), peer.cpu)
        every = {_DIRECT: _way(None, authority), **ways}
        calls = measure({name: lambda way=way: _call(url, way) for name, way in every.items()}, rounds)
        tunnels = measure({name: lambda way=way: _tunnel(url, way) for name, way in every.items()}, rounds)
        spent = measure({name: lambda way=way: _cpu(url, way) for name, way in ways.items()}, rounds)

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
        Row(
            key="proxy.cpu", what="the same, CPU of the recorder", unit="ms",
            ours=spent[_PROXY].median, peer=peer_of(spent), goal=1,
            means="The same on a busy machine, where waiting times say little.",
        ),
    ]  # fmt: skip


def _there(authority: Path) -> Path:
    """The file of an authority that mitmproxy writes when it starts, perhaps after its port is open."""
    until = time.monotonic() + 60
    while not authority.exists() and time.monotonic() < until:
        time.sleep(0.1)
    return authority

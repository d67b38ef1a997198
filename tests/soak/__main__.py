"""A server and a recorder under many sockets: ``python -m tests.soak [--idle 2000] [--streaming 1500] [--minutes 3]``.

Prints the memory of the server with idle sockets and its slope, descriptors that stay, and messages lost while sockets
stream: from the server, and with ``--recorded`` through the recorder, to the clients and to the cassette.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fake_server.host.frames import encode_frame
from tests.soak.processes import Service, recorded_messages, recorder, started

_HEAD = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
_CLOSE = b"\x88"
_MASKED_CLOSE = b"\x88\x82\0\0\0\0\x03\xe8"
"""A client's close frame, 1000; its mask is zero."""
_AT_ONCE = 100
"""Handshakes under way at the same time."""
MOST_RECORDED = 60_000
"""Messages of a recording."""


@dataclass(frozen=True)
class Idle:
    """What idle sockets cost.

    Attributes:
        each: Bytes of memory of a socket.
        slope: Bytes a minute that the server grows while nothing happens.
        left: Descriptors that stay after the sockets.
    """

    each: float
    slope: float
    left: int


async def opened(port: int, path: str, gate: asyncio.Semaphore) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A socket of the server, after its handshake."""
    async with gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**14)
        writer.write(_HEAD.format(path=path, port=port).encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101"), answer[:100]
        return reader, writer


async def idle(service: Service, count: int, seconds: float, step: float) -> Idle:
    """Hold sockets open, and look at the server's memory every ``step`` seconds."""
    before, files = service.memory, service.descriptors
    gate = asyncio.Semaphore(_AT_ONCE)
    sockets = await asyncio.gather(*(opened(service.port, "/idle", gate) for _ in range(count)))
    held = service.memory
    points: list[tuple[float, int]] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.sleep(step)
        points.append((time.monotonic() / 60, service.memory))
    for _, writer in sockets:
        writer.write(_MASKED_CLOSE)
    await asyncio.gather(*(reader.read() for reader, _ in sockets))
    for _, writer in sockets:
        writer.close()
    left = await _descriptors_left(service, files)
    return Idle((held - before) / count, slope(points), left)


async def _descriptors_left(service: Service, before: int) -> int:
    until = time.monotonic() + 10
    while service.descriptors > before and time.monotonic() < until:  # noqa: ASYNC110  # of another process
        await asyncio.sleep(0.1)
    return max(0, service.descriptors - before)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the line through points, by least squares; 0.0 for fewer than two."""
    if len(points) < 2:
        return 0.0
    x = sum(at for at, _ in points) / len(points)
    y = sum(value for _, value in points) / len(points)
    spread = sum((at - x) ** 2 for at, _ in points)
    return sum((at - x) * (value - y) for at, value in points) / spread


async def streaming(service: Service, count: int, messages: int, pause: float) -> int:
    """Read numbered messages on many sockets at once; returns how many did not come, or not in their order."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one() -> int:
        reader, writer = await opened(service.port, f"/stream/{messages}/{pause:g}", gate)
        expected = b"".join(
            encode_frame(1, b'{"number":%d,"text":"%s"}' % (number, b"x" * 60)) for number in range(messages)
        )
        got = await _all_before_close(reader, len(expected))
        writer.close()
        return 0 if got == expected else messages - got.count(b'"number"') or 1

    return sum(await asyncio.gather(*(one() for _ in range(count))))


async def _all_before_close(reader: asyncio.StreamReader, size: int) -> bytes:
    try:
        data = await reader.readexactly(size)
        return data if (await reader.readexactly(1)) == _CLOSE else b""
    except asyncio.IncompleteReadError as cut:
        return cut.partial


def _stream(service: Service, options: argparse.Namespace) -> int:
    """Let sockets stream from the server; returns how many messages were lost."""
    messages = max(1, round(options.minutes * 60 / 3 / options.pause))
    began = time.monotonic()
    lost = asyncio.run(streaming(service, options.streaming, messages, options.pause))
    took = time.monotonic() - began
    print(
        f"{options.streaming} streaming sockets: {options.streaming * messages} messages in {took:.0f} s, "
        f"{lost} lost, {service.memory / 1e6:.0f} MB, {service.descriptors} descriptors",
        flush=True,
    )
    return lost


def _record(service: Service, options: argparse.Namespace) -> int:
    """Let sockets stream through the recorder; returns how many messages clients and cassette lack together."""
    # Far below the limit of a cassette's size, at which the recorder leaves messages out.
    messages = max(1, min(round(options.minutes * 60 / 3 / options.pause), MOST_RECORDED // max(1, options.recorded)))
    expected = options.recorded * messages
    with tempfile.TemporaryDirectory(prefix="wiretape-soak-") as folder:
        cassette = Path(folder) / "soak.yaml"
        with recorder(service.port, cassette) as relay:
            began = time.monotonic()
            lost = asyncio.run(streaming(relay, options.recorded, messages, options.pause))
            took, memory = time.monotonic() - began, relay.memory
        missing = expected - recorded_messages(cassette)
    print(
        f"{options.recorded} recorded sockets: {expected} messages in {took:.0f} s, {lost} lost, "
        f"{missing} missing in the cassette, {memory / 1e6:.0f} MB"
    )
    return lost + abs(missing)


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak the server; returns 1 if a message was lost or a descriptor stayed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--idle", type=int, default=2000, help="sockets without a message")
    parser.add_argument("--streaming", type=int, default=1500, help="sockets with messages")
    parser.add_argument("--recorded", type=int, default=0, help="sockets with messages through the recorder")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two messages of a socket")
    parser.add_argument("--minutes", type=float, default=3.0, help="for the idle ones, and one third for the others")
    options = parser.parse_args(arguments)
    seconds = options.minutes * 60
    bad = 0
    with started() as service:
        if options.idle:
            found = asyncio.run(idle(service, options.idle, seconds, max(0.05, min(5.0, seconds / 20))))
            print(
                f"{options.idle} idle sockets for {seconds:g} s: {found.each / 1000:.1f} kB each, "
                f"slope {found.slope / 1000:+.0f} kB a minute, {found.left} descriptors left",
                flush=True,
            )
            bad += found.left
        if options.streaming:
            bad += _stream(service, options)
        if options.recorded:
            bad += _record(service, options)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

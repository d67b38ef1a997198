"""What the recorder cannot do is the recorder's, and said; the client and the service have no part in it."""

import asyncio
import contextlib
import os
import resource

import pytest

from fake_server.stage import Accept, Response
from harness.relay.limits import RelayLimits


@contextlib.contextmanager
def no_descriptor_left():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208  # numbers, no paths
    filled = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                filled.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for one in filled:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("look", [None, "chrome"])
@pytest.mark.parametrize("upgrade", [False, True])
async def test_recorder_without_descriptors_blames_itself(relay, look, upgrade):
    async def run(_):
        raise AssertionError("nobody gets here")

    relayed = await relay(lambda asked: Accept(run=run) if asked.upgrade else Response(), impersonate=look)
    reader, writer = await asyncio.open_connection("127.0.0.1", relayed.port)
    await asyncio.sleep(0.05)  # the host has taken the connection
    more = "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" if upgrade else ""
    connection = "Upgrade" if upgrade else "close"
    with no_descriptor_left():
        writer.write(f"GET /x HTTP/1.1\r\nHost: localhost\r\n{more}Connection: {connection}\r\n\r\n".encode())
        async with asyncio.timeout(10):
            head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"out-of-descriptors" in head
    stage = relayed.server.stage
    assert stage.lost
    assert any("ulimit -n" in note for note in stage.notes)
    (exchange,) = await relayed.exchanges()
    assert exchange.aborted.by == "recorder"


@pytest.mark.parametrize("fields", [(), (("content-length", "40000"),)])
async def test_body_over_the_limit_passes_whole_and_its_recording_is_cut(relay, fields):
    pieces = [b"%07d\n" % number * 1000 for number in range(5)]

    async def chunks():
        for piece in pieces:
            yield piece
            await asyncio.sleep(0.01)

    headers = (("content-type", "application/octet-stream"), *fields)
    relayed = await relay(lambda _: Response(headers=headers, body=chunks()), limits=RelayLimits(kept_body=20_000))
    _, body = await relayed.get()
    assert body.encode() == b"".join(pieces)
    stage = relayed.server.stage
    assert stage.lost
    assert any("is cut there" in note for note in stage.notes)
    (call,) = await relayed.exchanges()
    kept = call.response.stream
    assert b"".join(pieces).startswith(b"".join(line.data for line in kept))
    assert (kept[-1].direction, kept[-1].kind) == ("!", "cut")
    assert sum(len(line.data) for line in kept) <= 20_000


async def test_bodies_that_are_too_much_together_are_cut_as_well(relay):
    relayed = await relay(lambda _: Response(body=b"x" * 300), limits=RelayLimits(kept_bodies=500))
    assert [(await relayed.get())[1] for _ in range(3)] == ["x" * 300] * 3
    calls = await relayed.exchanges()
    assert [call.response.body.data for call in calls] == [b"x" * 300, b"", b""]
    assert [call.response.stream and [line.kind for line in call.response.stream] for call in calls[1:]] == [
        ["cut"],
        ["cut"],
    ]

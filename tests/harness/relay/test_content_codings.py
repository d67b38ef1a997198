"""A body's content coding: taken off where wiretape knows it, passed on where it does not."""

import asyncio
import gzip
import zlib

import brotli
import pytest
import zstandard

from fake_server.host.server import serve
from harness.cassette.store import load
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.relay.relay import Relay
from provider.transport.types import Settings
from tests.support.relay.three_ways import GZIP, JSON, PROFILE, TEXT, Service, answer, asking


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("UTF-8", TEXT),
        ("none", TEXT),
        ("aws-chunked", TEXT),
        ("identity", TEXT),
        ("gzip", TEXT),
        ("br", TEXT),
        ("zstd", TEXT),
        ("deflate", b"\xff\xff\xff" + TEXT),
        ("gzip, none", GZIP),
        ("gzip", GZIP + gzip.compress(b"more", mtime=0)),
        ("gzip", GZIP + b"garbage"),
        ("gzip", GZIP[:-3]),
        ("br", brotli.compress(TEXT) + b"garbage"),
        ("gzip", b""),
    ],
)
async def test_coding_that_cannot_be_taken_off_passes_with_its_header_and_is_kept(trip, coding, body):
    done = await trip(answer(JSON, f"Content-Encoding: {coding}", body=body))
    for each in (done.recorded, done.replayed):
        assert (each.body, each.get("content-encoding")) == (body, [coding])
    assert (done.exchange.response.decoded, done.exchange.response.body.data) == (None, body)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", GZIP),
        ("x-gzip", GZIP),
        ("GZip", GZIP),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT, wbits=-15)),
        ("br", brotli.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
        ("gzip, br", brotli.compress(GZIP)),
        ("identity, gzip", GZIP),
    ],
)
async def test_coding_that_is_known_is_taken_off(trip, coding, body):
    done = await trip(answer(JSON, f"Content-Encoding: {coding}", body=body))
    for each in (done.recorded, done.replayed):
        assert (each.body, each.get("content-encoding")) == (TEXT, [])
        assert each.get("content-length") == [str(len(TEXT))]
    taken_off = coding.lower().removeprefix("identity, ")
    assert (done.exchange.response.decoded, done.exchange.response.body.data) == (taken_off, TEXT)


async def test_secret_in_several_members_does_not_stay_in_the_cassette(trip):
    secret = b"q7Zk3vX9pLw2RtY8mN4"
    body = gzip.compress(b'{"accessToken":"' + secret + b'"}') + gzip.compress(b" ")
    done = await trip(answer(JSON, "Content-Encoding: gzip", body=body))
    assert secret in done.recorded.body
    kept = done.exchange.response
    assert (kept.decoded, kept.body.data) == ("gzip", b'{"accessToken":"wiretape-token-1"} ')


async def test_members_of_a_stream_that_comes_slowly_are_decoded_one_after_the_other(trip, tmp_path):
    go_on = asyncio.Event()

    class Slow(Service):
        async def _serve(self, reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            fields = "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\nConnection: close\r\n"
            writer.write(f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode() + gzip.compress(b"data: 1\n\n"))
            await go_on.wait()
            writer.write(gzip.compress(b"data: 2\n\n"))
            writer.close()

    kept = RecordingOptions(state_directory=tmp_path / "state")
    async with Slow(b"") as service:
        with Recording(tmp_path / "slow.yaml", PROFILE, options=kept) as recording:
            relay = Relay(
                f"http://127.0.0.1:{service.port}", PROFILE, recording, settings=Settings(trust_environment=False)
            )
            async with serve(relay) as server, asyncio.timeout(10):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                writer.write(asking("GET").replace(b"HOST", b"localhost"))
                first = await reader.readuntil(b"data: 1\n\n")
                go_on.set()
                rest = await reader.read()
                writer.close()
    assert b"content-encoding" not in first.lower()
    assert b"data: 2\n\n" in rest
    (call,) = load(tmp_path / "slow.yaml").exchanges
    assert [line.data for line in call.response.stream] == [b"data: 1\n\n", b"data: 2\n\n"]

"""An answer's length is the same from the service, through the relay, and from the cassette."""

import pytest

from tests.support.relay.three_ways import JSON, TEXT, answer, asking, chunked


@pytest.mark.parametrize(
    "fields",
    [
        ("Content-Length: 77150", "Accept-Ranges: bytes"),
        ("Content-Length: 0",),
        (JSON, "Content-Encoding: gzip", "Content-Length: 1234"),
        ("Content-Encoding: aws-chunked", "Content-Length: 5"),
    ],
)
async def test_head_says_the_length_and_the_coding_of_what_get_would_bring(trip, fields):
    done = await trip(answer(*fields, length=False), asking("HEAD"))
    assert done.is_the_same, done
    assert done.exchange.response.decoded is None


async def test_length_of_a_304_is_kept(trip):
    done = await trip(answer('ETag: "a"', "Content-Length: 9", status="304 Not Modified", length=False))
    assert done.is_the_same, done


@pytest.mark.parametrize("status", ["204 No Content", "205 Reset Content"])
async def test_answers_without_a_body_are_the_same(trip, status):
    fields = () if status.startswith("204") else ("Content-Length: 0",)
    done = await trip(answer("X-A: 1", *fields, status=status, length=False))
    assert done.is_the_same, done


@pytest.mark.parametrize("kind", ["application/json", "application/octet-stream"])
async def test_length_of_a_body_is_named(trip, kind):
    done = await trip(answer(f"Content-Type: {kind}", body=TEXT))
    assert sorted(done.recorded.fields) == sorted(done.direct.fields)
    assert done.recorded.body == done.replayed.body == TEXT
    assert "content-length" not in done.text


async def test_length_beside_chunks_counts_for_nothing(trip):
    fields = "Content-Type: image/png\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
    done = await trip(f"HTTP/1.1 200 OK\r\n{fields}".encode() + chunked(b"abc", b"de"))
    assert done.recorded.body == done.replayed.body == b"abcde"
    assert not done.recorded.get("content-length")


async def test_body_that_breaks_off_breaks_off_for_the_client_and_in_the_replay(trip):
    done = await trip(answer("Content-Type: text/plain", "Content-Length: 100", body=b"half", length=False))
    assert done.recorded.body.startswith(b"half") or done.recorded.body == b""
    assert [line.kind for line in done.exchange.response.stream] == ["text", "eof"]

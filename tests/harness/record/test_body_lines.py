"""Bodies are journalled line by line, wherever in a chunk a line ends, and no secret is cut on its way there."""

import json
import random
from urllib.parse import quote

import pytest

from harness.record.body_lines import BodyLines
from harness.record.events import Piece, ResponsePieces
from tests.support.journals import read_journal

SECRET = "q7Zk3vX9pLw2RtY8mN4b"
EVENTS = f'data: {{"a":1}}\n\ndata: {{"secret":"{SECRET}"}}\n\ndata: {{"echo":"{SECRET}"}}\n\n'.encode()
TYPES = {"sse": "text/event-stream", "json": "application/json"}
BODIES = {
    "sse": EVENTS,
    "lines": f'{{"secret":"{SECRET}"}}\n{{"echo":"{SECRET}"}}\n'.encode(),
    "pretty": json.dumps({"a": 1, "secret": SECRET, "b": [SECRET]}, indent=2).encode() + b"\n",
    "crlf": EVENTS.replace(b"\n", b"\r\n"),
    "no end": f'{{"secret":"{SECRET}"}}'.encode(),
}


def answer(recording, body, cuts, *, content_type="text/event-stream"):
    """A body that comes in pieces, cut at these places; the content of the journal after each."""
    track = recording.begin("GET", "/", (), at=0.0)
    track.respond(200, (("content-type", content_type),), at=0.1)
    begins = [0, *cuts]
    for index, begin in enumerate(begins):
        end = begins[index + 1] if index + 1 < len(begins) else len(body)
        track.chunk(body[begin:end], at=0.2 + index / 10)
        yield recording.journal.path.read_bytes()
    track.end(at=0.9)
    yield recording.journal.path.read_bytes()


def journalled(recording):
    records = read_journal(recording.journal.path).records
    return b"".join(piece.data for one in records if isinstance(one, ResponsePieces) for piece in one.pieces)


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_secret_that_is_cut_anywhere_never_lies_in_the_journal(body, record):
    parts = [SECRET[begin : begin + 8].encode() for begin in range(len(SECRET) - 7)]
    for cut in range(1, len(body)):
        recording = record(f"{cut}.yaml")
        for content in answer(recording, body, [cut]):
            assert not [part for part in parts if part in content], cut
        recording.close()


def test_secret_in_a_picture_that_is_cut_anywhere_never_lies_in_the_journal(record):
    noise = random.Random(3).randbytes(3000)
    text = quote(json.dumps({"secret": SECRET, "echo": SECRET})).encode()
    parts = [SECRET[begin : begin + 8].encode() for begin in range(len(SECRET) - 7)]
    for cut in range(len(noise), len(noise) + len(text), 3):
        recording = record(f"{cut}.yaml")
        for content in answer(recording, noise + text + noise, [cut], content_type="image/png"):
            assert not [part for part in parts if part in content], cut
        assert b"%22secret%22" in journalled(recording)
        recording.close()


@pytest.mark.parametrize(
    ("chunks", "wanted"),
    [
        ([b"one\ntwo"], b"one\n"),
        ([b"one\n\ntwo\nthr"], b"one\n\ntwo\n"),
        ([b"on", b"e\ntwo"], b"one\n"),
        ([b"one"], b""),
        ([b"one\r\ntw"], b"one\r\n"),
        ([b"one\n", b"", b"two"], b"one\n"),
    ],
)
def test_each_line_is_in_the_journal_as_soon_as_it_is_complete(record, chunks, wanted):
    recording = record()
    track = recording.begin("GET", "/", (), at=0.0)
    track.respond(200, (), at=0.1)
    for chunk in chunks:
        track.chunk(chunk, at=0.2)
    assert journalled(recording) == wanted


def test_chunks_that_were_journalled_in_parts_are_the_same_in_the_cassette(record):
    recording = record()
    chunks = [b"data: a\n\ndata: b", b"\n", b"\ndata: c\n\n", b"data: d", b"!", b"\n\nrest"]
    track = recording.begin("GET", "/", (), at=0.0)
    track.respond(200, (("content-type", "text/plain"),), at=0.1)
    for number, chunk in enumerate(chunks):
        track.chunk(chunk, at=0.2 + number / 5)
    track.end(at=1.9)
    stream = recording.finish().exchanges[0].response.stream
    assert [line.data for line in stream] == chunks
    assert [line.time for line in stream] == [200_000 + 200_000 * number for number in range(len(chunks))]


def test_key_of_several_lines_is_given_as_one():
    lines = BodyLines()
    begin, middle, end = b"a\n-----BEGIN PRIVATE KEY-----\n", b"MIIE\nMIIF\n", b"-----END PRIVATE KEY-----\n"
    assert [piece.data for piece in lines.add(Piece(1, begin)).pieces] == [b"a\n"]
    assert lines.add(Piece(2, middle)) is None
    found = lines.add(Piece(3, end))
    assert found.joined
    assert b"".join(piece.data for piece in found.pieces) == begin[2:] + middle + end


def test_block_that_never_ends_is_not_waited_for_without_a_limit():
    lines = BodyLines()
    lines.add(Piece(0, b"-----BEGIN X-----\n"))
    given = [lines.add(Piece(number, b"x" * 1023 + b"\n")) for number in range(70)]
    assert any(given)

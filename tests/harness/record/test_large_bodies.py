"""A large download is kept in few pieces, whatever it came in; events, lines and parts stay single."""

import pytest

from harness.record.assembly import LARGE_DOWNLOAD, assemble
from harness.record.events import Piece, RequestBegan, ResponseBegan, ResponseEnded, ResponsePieces

PIECE = b"\x00\xff" * 32_768


def response(kind, count, end="cut", piece=PIECE):
    pieces = tuple(Piece(1000 * number, piece) for number in range(1, count + 1))
    log = [
        RequestBegan(exchange=0, at=0, method="GET", target="/x"),
        ResponseBegan(exchange=0, at=500, status=200, headers=(("content-type", kind),)),
        ResponsePieces(exchange=0, at=pieces[-1].at, pieces=pieces),
        ResponseEnded(exchange=0, at=10_000_000, kind=end, by="!" if end == "cut" else "<"),
    ]
    return assemble(log, now=10_000_000, stream_after=500).exchange.response


@pytest.mark.parametrize("end", ["cut", "whole", "eof"])
def test_pieces_of_a_large_download_are_put_together(end):
    count = 130
    found = response("application/octet-stream", count, end)
    pieces = [line for line in found.stream if line.kind == "text"]
    assert [len(line.data) for line in pieces] == [64 * len(PIECE), 64 * len(PIECE), 2 * len(PIECE)]
    assert [line.time for line in pieces] == [64_000, 128_000, 130_000]


def test_pieces_of_a_small_one_stay_as_they_came():
    small = (LARGE_DOWNLOAD // len(PIECE)) - 1
    assert len(response("application/octet-stream", small).stream) == small + 1


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        ("text/event-stream", b"data: " + b"x" * 60_000 + b"\n\n"),
        ("application/x-ndjson", b'{"a":"' + b"x" * 60_000 + b'"}\n'),
    ],
)
def test_the_events_of_a_long_stream_stay_single(kind, unit):
    assert len(response(kind, 40, piece=unit).stream) == 41


def test_a_large_download_of_lines_is_put_together():
    unit = b'{"a":"' + b"x" * 60_000 + b'"}\n'
    found = response("application/x-ndjson", 400, piece=unit)
    assert sum(len(line.data) for line in found.stream) == 400 * len(unit)
    assert len(found.stream) < 20

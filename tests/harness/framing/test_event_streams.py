"""Streamed bodies, taken apart into events, lines and parts."""

import pytest

from harness.cassette.model import Line
from harness.framing.event_streams import MOST_UNITS, events_of, has_units, in_units

SSE = "text/event-stream; charset=utf-8"
NDJSON = "application/x-ndjson"
REPLACED = 'multipart/x-mixed-replace; boundary="frame"'


def pieces(*data):
    return [Line("<", 1000 * (number + 1), "text", each) for number, each in enumerate(data)]


def units(kind, *data):
    return [(line.time, line.data) for line in in_units(kind, pieces(*data))]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_an_event_ends_with_an_empty_line_however_it_is_written(end):
    first, second = b"event: a" + end + b"data: 1" + end + end, b"data: 2" + end + end
    assert units(SSE, first + second) == [(1000, first), (1000, second)]
    torn = [bytes([each]) for each in first + second]
    assert units(SSE, *torn) == [(1000 * len(first), first), (1000 * len(torn), second)]


def test_a_unit_has_the_time_of_its_last_byte():
    assert units(SSE, b"data: 1\n", b"\ndata: 2\n\nda", b"ta: 3\n\n", b"data: cut") == [
        (2000, b"data: 1\n\n"),
        (2000, b"data: 2\n\n"),
        (3000, b"data: 3\n\n"),
        (4000, b"data: cut"),
    ]


def test_lines_of_json():
    assert units(NDJSON, b'{"a":', b'1}\n{"b":2}\r\n', b"[]") == [
        (2000, b'{"a":1}\n'),
        (2000, b'{"b":2}\r\n'),
        (3000, b"[]"),
    ]


@pytest.mark.parametrize(
    "kind", [REPLACED, "multipart/mixed;boundary=frame;subscriptionSpec=1.0", "multipart/mixed; boundary=--frame"]
)
def test_a_part_is_its_header_and_its_content(kind):
    header = b"--frame\r\nContent-Type: image/jpeg\r\n\r\n"
    image, other = b"\xff\xd8\r\n\r\nx--frame", b"\xff\xd8\xff"
    end = b"\r\n--frame--\r\n"
    body = header + image + b"\r\n" + header + other + end
    assert units(kind, body[:50], body[50:]) == [
        (1000, header),
        (2000, image),
        (2000, b"\r\n" + header),
        (2000, other),
        (2000, end),
    ]


def test_the_line_of_an_improper_end_stays_last():
    cut = Line("!", 9000, "cut")
    assert in_units(SSE, [*pieces(b"data: 1", b"\n\n"), cut])[1:] == (cut,)


def test_pieces_that_are_units_already_keep_their_side_files():
    image = Line("<", 2000, "binary", b"\xff\xd8", file="frame.jpg")
    lines = [*pieces(b"--frame\r\n\r\n"), image]
    assert list(in_units(REPLACED, lines)) == lines


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json", "multipart/mixed", "text/event-streams"])
def test_other_bodies_stay_as_they_came(kind):
    assert not has_units(kind)
    assert units(kind, b"data: 1\n\nda", b"ta: 2\n\n") == [(1000, b"data: 1\n\nda"), (2000, b"ta: 2\n\n")]


def test_a_stream_of_too_many_units_keeps_its_pieces():
    body = b"1\n" * (MOST_UNITS + 1)
    assert units(NDJSON, body) == [(1000, body)]


def test_events_are_read_as_browsers_read_them():
    body = b"\xef\xbb\xbf: hello\n\nid: 7\nevent:delta\ndata: a\ndata:  b\n\nid: x\0\ndata\n\nretry: 10\n\n"
    assert [(each.name, each.id, each.data) for each in events_of(SSE, pieces(body))] == [
        ("(comment)", None, b"hello"),
        ("delta", "7", b"a\n b"),
        ("", None, b""),
        ("", None, b""),
    ]

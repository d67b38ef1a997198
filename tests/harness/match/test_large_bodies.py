"""The small bodies that are compared in the place of large ones."""

import gzip
import hashlib
import random

import pytest

from harness.match.forms import parse_multipart
from harness.match.large_bodies import stand_in

FILE = random.Random(7).randbytes(200_000)
TOLD = f"[200000 bytes, SHA-256 {hashlib.sha256(FILE).hexdigest()}]".encode()


def form(boundary, file=FILE, note=b"plain"):
    return (
        b"".join(
            b"--%s\r\nContent-Disposition: form-data; name=%s\r\n\r\n%s\r\n" % (boundary, name, content)
            for name, content in ((b"note", note), (b"file", file), (b"last", b"x--" + boundary))
        )
        + b"--%s--\r\n" % boundary
    )


def told(body, boundary=b"abc", size=1 << 20):
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return stand_in(f"multipart/form-data; boundary={boundary.decode()}", pieces).body


def test_plain_body_is_told_by_size_and_hash():
    assert stand_in("text/plain", [FILE[:70_000], FILE[70_000:]]).body == TOLD


def test_large_part_is_told_and_small_ones_stay():
    parts = parse_multipart("multipart/form-data; boundary=abc", told(form(b"abc")))
    assert parts is not None
    assert [(each.name, each.content) for each in parts] == [("note", b"plain"), ("file", TOLD), ("last", b"x--abc")]


@pytest.mark.parametrize("size", [97, 1000, 65_536])
def test_pieces_may_be_cut_anywhere(size):
    assert told(form(b"abc"), size=size) == told(form(b"abc"))


def test_another_boundary_makes_the_same_parts():
    one, other = (
        parse_multipart(f"multipart/form-data; boundary={each.decode()}", told(form(each), each))
        for each in (b"first", b"another-longer-one")
    )
    assert one is not None
    assert other is not None
    assert one[:2] == other[:2]


def test_another_file_makes_another_part():
    assert told(form(b"abc", FILE[:-1] + b"?")) != told(form(b"abc"))


def test_time_of_a_gzip_file_does_not_count():
    one, other, different = (
        stand_in("application/gzip", [gzip.compress(data, mtime=time)]).body
        for data, time in ((FILE, 1), (FILE, 2), (FILE[1:], 1))
    )
    assert one == other != different


def test_many_small_parts_are_told_beyond_a_limit():
    parts = b"".join(b"--abc\r\nA: b\r\n\r\n%s\r\n" % FILE[:60_000] for _ in range(100)) + b"--abc--"
    assert len(told(parts)) < 5 << 20


@pytest.mark.parametrize("size", [97, 1000, 65_536])
def test_told_part_is_found_in_the_body(size):
    body = form(b"abc")
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    [told] = stand_in("multipart/form-data; boundary=abc", pieces).told
    assert b"".join(told.of(pieces)) == FILE

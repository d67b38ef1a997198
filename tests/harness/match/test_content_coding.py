"""What is taken off a body, and what is left as it is."""

import gzip
import importlib
import os
import zlib

import brotli
import pytest
import zstandard

from harness.content_coding import ALWAYS_DECODED, MAX_DECODED, MAX_RATIO, content_of, is_coded, unpacked

PLAIN = b'{"events": [1, 2, 3], "text": "caf\xc3\xa9"}' * 20


def raw_deflate(data):
    coder = zlib.compressobj(wbits=-15)
    return coder.compress(data) + coder.flush()


CODED = {
    "gzip": gzip.compress(PLAIN),
    "x-gzip": gzip.compress(PLAIN, compresslevel=0),
    "GZip": gzip.compress(PLAIN),
    "deflate": zlib.compress(PLAIN),
    "deflate ": raw_deflate(PLAIN),
    "br": brotli.compress(PLAIN),
    "zstd": zstandard.compress(PLAIN),
    "gzip, br": brotli.compress(gzip.compress(PLAIN)),
    "identity, zstd": zstandard.compress(PLAIN),
}


def taken_off(coding, body):
    return content_of((("content-type", "text/plain"), ("content-encoding", coding)), body)


@pytest.mark.parametrize("coding", CODED)
def test_coding_is_taken_off(coding):
    content = taken_off(coding, CODED[coding])
    assert (content.data, content.coding) == (PLAIN, coding.strip().lower().removeprefix("identity, "))


def test_codings_of_several_headers_are_one_list():
    headers = (("content-encoding", "gzip"), ("content-encoding", "br"))
    assert content_of(headers, CODED["gzip, br"]).data == PLAIN


def test_members_and_frames_are_joined():
    halves = PLAIN[:100], PLAIN[100:]
    assert taken_off("gzip", b"".join(map(gzip.compress, halves))).data == PLAIN
    assert taken_off("zstd", b"".join(map(zstandard.compress, halves))).data == PLAIN


@pytest.mark.parametrize("coding", CODED)
def test_body_that_is_cut_stays_as_it_is(coding):
    cut = CODED[coding][:-5]
    assert (taken_off(coding, cut).data, taken_off(coding, cut).coding) == (cut, None)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
@pytest.mark.parametrize("body", [PLAIN, b"K", b"\x1f\x8b\x08", os.urandom(500)], ids=["json", "K", "head", "noise"])
def test_body_that_is_not_coded_stays_as_it_is(coding, body):
    assert (taken_off(coding, body).data, taken_off(coding, body).coding) == (body, None)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_body_with_something_behind_it_stays_as_it_is(coding):
    body = CODED[coding] + b"more"
    assert taken_off(coding, body).coding is None


@pytest.mark.parametrize("coding", ["aws-chunked", "compress", "gzip, dcb", "", "identity", ",", "gzip," * 5 + "gzip"])
def test_unknown_coding_stays_as_it_is(coding):
    body = CODED["gzip"]
    assert (taken_off(coding, body).data, taken_off(coding, body).coding) == (body, None)


def test_what_is_coded_is_known():
    assert is_coded((("content-encoding", "aws-chunked"),))
    assert not is_coded((("content-encoding", "identity"),))
    assert not is_coded((("content-type", "application/gzip"),))


@pytest.mark.parametrize("coder", [gzip.compress, zlib.compress, brotli.compress, zstandard.compress])
def test_bomb_stays_as_it_is(coder):
    coding = {gzip.compress: "gzip", zlib.compress: "deflate", brotli.compress: "br"}.get(coder, "zstd")
    small, large = coder(bytes(ALWAYS_DECODED)), coder(bytes(8 << 20))
    assert taken_off(coding, small).data == bytes(ALWAYS_DECODED)
    assert len(large) * MAX_RATIO < 8 << 20 < MAX_DECODED
    assert taken_off(coding, large).data == large


def test_bomb_in_a_bomb_stays_as_it_is():
    bomb = gzip.compress(gzip.compress(bytes(30 << 20)))
    assert taken_off("gzip, gzip", bomb).data == bomb


def test_thousands_of_empty_members_take_no_time_and_stay():
    body = gzip.compress(b"") * 200_000
    assert taken_off("gzip", body).data == body


def test_body_stays_as_it_is_without_the_library(monkeypatch):
    def missing(name, *_):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    assert taken_off("br", CODED["br"]).data == CODED["br"]
    assert taken_off("zstd", CODED["zstd"]).data == CODED["zstd"]
    assert taken_off("gzip", CODED["gzip"]).data == PLAIN


def test_gzip_file_is_unpacked_by_its_look():
    assert unpacked(gzip.compress(PLAIN, mtime=1)) == unpacked(gzip.compress(PLAIN, mtime=2)) == PLAIN
    assert unpacked(b"\x1f\x8b\x08 none") == b"\x1f\x8b\x08 none"

"""Which of the four ways says a body, and what each way says."""

from __future__ import annotations

import hashlib

import pytest

from harness.cassette.body import write_body
from harness.cassette.codec import parse, render
from harness.cassette.errors import FieldError, MissingSideFileError, UnsafeSideFileError
from harness.cassette.model import Body, Call, ResponsePart
from harness.cassette.side_files import Collected, FileRef
from tests.support.hostile.cassettes import answered, with_call


def _written(content: bytes, name: str | None = None) -> dict[str, object]:
    return write_body(Body(data=content, file=name), "body", Collected())


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b'{"a":[1,-2,1.5,1e+16,null,true,"x"]}', "json"),
        (b"[]", "json"),
        (b"null", "json"),
        (b"0", "json"),
        (b'"\\n"', "json"),
        ('{"é":"😀"}'.encode(), "json"),
        (b'{"b":1,"a":2}', "json"),
        (b"[" * 32 + b"]" * 32, "json"),
        (b'{"a": 1}', "text"),
        (b"1E5", "text"),
        (b"-0", "text"),
        (b"1e999", "text"),
        (b"NaN", "text"),
        (b'"\\u00e9"', "text"),
        (b'"\\/"', "text"),
        (b'"\\ud800"', "text"),
        (b'{"a":1,"a":1}', "text"),
        (b'{"a":1}\n', "text"),
        (b"\xef\xbb\xbf{}", "text"),
        (b"[" * 33 + b"]" * 33, "text"),
        (b"[" * 30_000, "text"),
        (b'{"' + b"k" * 101 + b'":1}', "text"),
        (b"1" * 400, "text"),
        (b"9" * 10_000, "text"),
        (b"\x00\x07\x1b", "text"),
        ("\x85\u2028\ufeff\uffff".encode(), "text"),
        (b"\xff", "base64"),
        (b"\xed\xa0\x80", "base64"),
        (b"\x89PNG\r\n\x1a\n", "base64"),
    ],
)
def test_the_way_follows_from_the_bytes_and_gives_them_back(content: bytes, key: str):
    assert list(_written(content)) == [key]
    cassette = answered(ResponsePart(status=200, body=Body(data=content)))
    assert parse(render(cassette).content) == cassette


def test_an_empty_body_is_not_said():
    assert _written(b"") == {}


@pytest.mark.parametrize(("size", "key"), [(65_536, "text"), (65_537, "file")])
def test_above_64_kib_it_goes_to_a_side_file(size: int, key: str):
    assert list(_written(b"x" * size)) == [key]


def test_a_body_with_a_name_keeps_it_however_small_it_is():
    digest = hashlib.sha256(b"x").hexdigest()
    assert _written(b"x", "small.txt") == {"file": {"name": "small.txt", "size": 1, "sha256": digest}}


@pytest.mark.parametrize("name", ["", ".", "..", ".x", "../x", "a/b", "a\\b", "a b", "x" * 101, "é", "a\n"])
def test_a_side_file_must_not_have_such_a_name(name: str):
    with pytest.raises(UnsafeSideFileError):
        _written(b"x", name)


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("json: {a: 1, b: [x, 2.50, null, yes]}", b'{"a":1,"b":["x",2.5,null,"yes"]}'),
        ("json: null", b"null"),
        ("json: é", '"é"'.encode()),
        ('text: "a\\r\\n\\0"', b"a\r\n\0"),
        ("text: ''", b""),
        ("base64: iVBORw==", b"\x89PNG"),
        ("base64: ''", b""),
    ],
)
def test_each_way_says_bytes(said: str, content: bytes):
    (call,) = parse(with_call(f"response:\n  status: 200\n  {said}")).exchanges
    assert isinstance(call, Call)
    assert call.response is not None
    assert call.response.body.data == content


@pytest.mark.parametrize(
    ("said", "where", "problem"),
    [
        ("json: 1\n  text: a", "text", "exclude each other"),
        ("text: 1", "text", "expected text, found a whole number (put it in quotes)"),
        ("text: null", "text", "expected text, found nothing"),
        ("base64: iVBORw", "base64", "with its padding"),
        ("base64: iVBORx==", "base64", "with its padding"),
        ("base64: 'iVBO Rw=='", "base64", "with its padding"),
        ("file: x.png", "file", "expected a mapping"),
        ("file: {name: x, size: 1}", "file", "`sha256` is missing"),
        ("file: {name: ../x, size: 1, sha256: ''}", "file.name", "no leading dot"),
        ("file: {name: x, size: -1, sha256: ''}", "file.size", "number of bytes"),
        ("file: {name: x, size: 1, sha256: abc}", "file.sha256", "64 hexadecimal digits"),
    ],
)
def test_a_body_said_wrongly_is_refused(said: str, where: str, problem: str):
    with pytest.raises(FieldError) as caught:
        parse(with_call(f"response:\n  status: 200\n  {said}"))
    assert caught.value.where == f"exchanges[0].response.{where}"
    assert problem in caught.value.problem


def test_without_a_disk_there_are_no_side_files():
    said = f"response: {{status: 200, file: {{name: x, size: 1, sha256: '{'0' * 64}'}}}}"
    with pytest.raises(MissingSideFileError, match=r"exchanges\[0\]\.response\.file"):
        parse(with_call(said))


def test_equal_names_of_unequal_contents_are_told_apart():
    collected = Collected()
    refs = [collected.put(content, name, "") for content, name in ((b"a", "X.bin"), (b"b", "x.bin"), (b"a", "X.bin"))]
    assert refs[0] == refs[2] == FileRef("X.bin", 1, hashlib.sha256(b"a").hexdigest())
    assert refs[1].name == f"{hashlib.sha256(b'b').hexdigest()[:16]}.bin"


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (b"\x89PNG\r\n\x1a\n", ".png"),
        (b"\xff\xd8\xff", ".jpg"),
        (b"RIFF....WEBP", ".webp"),
        (b"{}", ".json"),
        (b"?", ".bin"),
    ],
)
def test_a_new_name_ends_after_the_content(content: bytes, suffix: str):
    assert Collected().put(content, None, "").name == hashlib.sha256(content).hexdigest()[:16] + suffix

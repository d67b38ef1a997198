"""Bodies that are written in another way and say the same, and bodies that only look alike."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.framing.bodies import parse_body
from harness.match.compare import Rules, difference
from harness.match.request import ParsedRequest
from harness.match.signature import Free, signature
from tests.support.cassettes.builders import PROFILE

RULES = Rules.of(PROFILE)
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
NDJSON = "application/x-ndjson"


def asked(content_type, body, *more):
    named = (("content-type", content_type),) if content_type else ()
    return ParsedRequest("POST", "/", (*named, *more), body)


def fields(one, other):
    return [each.field for each in difference(one, other, RULES)]


def part(name, content, *heads):
    lines = [f'Content-Disposition: form-data; name="{name}"', *heads]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def multipart(boundary, *parts, kind="form-data"):
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), each) for each in parts)
    return asked(f'multipart/{kind}; boundary="{boundary}"', body + b"--%s--\r\n" % boundary.encode())


def in_order(*parts, boundary="b", kind="mixed"):
    return multipart(boundary, *parts, kind=kind)


SAME = {
    "whitespace and order": (asked(JSON, b'{"a": 1, "b": [2]}'), asked(JSON, b'{"b":[2],\n"a":1}')),
    "numbers": (asked(JSON, b'{"a":1,"b":1e2}'), asked(JSON, b'{"a":1.0,"b":100}')),
    "escapes": (asked(JSON, '{"a":"é\\/"}'.encode()), asked(JSON, b'{"a":"\\u00e9/"}')),
    "a lone text": (asked(JSON, '"é"'.encode()), asked(JSON, b' "\\u00E9"\n')),
    "a lone number": (asked("application/merge-patch+json", b"1.0"), asked("application/merge-patch+json", b"1")),
    "JSON of no type": (asked("", b'{"a": 1}'), asked("", b'{"a":1}')),
    "JSON of another type": (asked("text/plain", b'{"a": 1}'), asked(FORM, b'{"a":1}')),
    "JSON with suffix": (asked("application/vnd.api+json", b"[1, 2]"), asked("application/vnd.api+json", b"[1,2]")),
    "NaN": (asked(JSON, b'{"a": NaN}'), asked(JSON, b'{"a":NaN}')),
    "a name twice": (asked(JSON, b'{"a":1,"a":2}'), asked(JSON, b'{"a": 1, "a": 2.0}')),
    "byte order mark": (asked(JSON, b'\xef\xbb\xbf{"a":1}'), asked(JSON, b'{"a":1}')),
    "text with a byte order mark": (asked("text/csv", b"\xef\xbb\xbfa,b"), asked("text/csv", b"a,b")),
    "UTF-16": (asked(JSON, '{"a":"é"}'.encode("utf-16")), asked(JSON, '{"a":"é"}'.encode())),
    "UTF-16 without a mark": (asked(JSON, '{"a":"é"}'.encode("utf-16-le")), asked(JSON, '{"a":"é"}'.encode())),
    "latin-1": (
        asked("text/plain; charset=ISO-8859-1", "é".encode("latin-1")),
        asked("text/plain; charset=utf-8", "é".encode()),
    ),
    "lines of JSON": (asked(NDJSON, b'{"a": 1}\n{"b": 2}\n'), asked(NDJSON, b'{"a":1}\r\n\r\n{"b":2}')),
    "lines of JSON without the type": (asked("text/plain", b'{"a": 1}\n[2]\n'), asked("text/plain", b'{"a":1}\n[2]')),
    "JSON sequence": (
        asked("application/json-seq", b'\x1e{"a": 1}\n\x1e2\n'),
        asked("application/json-seq", b'\x1e{"a":1}\n\x1e2.0\n'),
    ),
    "form": (asked(FORM, b"a=1&b=2&a=3"), asked(FORM + "; charset=UTF-8", b"b=2&a=1&a=3")),
    "form's escapes": (asked(FORM, b"a=x+y%2f"), asked(FORM, b"a=x%20y/")),
    "form in latin-1": (asked(FORM + "; charset=iso-8859-1", b"a=caf%E9"), asked(FORM, b"a=caf%C3%A9")),
    "form that names its charset": (
        asked(FORM, b"_charset_=windows-1251&a=%E6"),
        asked(FORM, b"a=%E6&_charset_=windows-1251"),
    ),
    "JSON in a form": (asked(FORM, b"a=%7B%22x%22%3A1%2C%22y%22%3A2%7D"), asked(FORM, b'a={"y": 2, "x": 1.0}')),
    "parts in another order": (
        multipart("one", part("a", b"1"), part("b", b"2"), part("a", b"3")),
        multipart("other", part("b", b"2"), part("a", b"1"), part("a", b"3")),
    ),
    "JSON in a part": (
        multipart("one", part("a", b'{"x": 1, "y": 2}', "Content-Type: application/json")),
        multipart("other", part("a", b'{"y":2,"x":1}', "content-type: application/json")),
    ),
    "part in base64": (
        multipart("one", part("a", b"aGVs\r\nbG8=", "Content-Transfer-Encoding: base64")),
        multipart("other", part("a", b"hello")),
    ),
    "part in latin-1": (
        multipart("one", part("a", b"\xe9", "Content-Type: text/plain; charset=latin1")),
        multipart("other", part("a", "é".encode(), "Content-Type: text/plain; charset=utf-8")),
    ),
    "file's name, quoted or extended": (
        multipart("one", b'Content-Disposition: form-data; name="f"; filename="a \\"b\\".txt"\r\n\r\nx'),
        multipart("other", b"Content-Disposition: form-data; name=f; filename*=utf-8''a%20%22b%22.txt\r\n\r\nx"),
    ),
    "packed file in a part": (
        multipart("one", part("f", gzip.compress(b"x" * 90, mtime=1), "Content-Type: application/gzip")),
        multipart("other", part("f", gzip.compress(b"x" * 90, mtime=2), "Content-Type: application/gzip")),
    ),
    "parts within a part, of a longer boundary": (
        in_order(b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n\r\nx\r\n--b1--", kind="related"),
        in_order(
            b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--", boundary="o", kind="related"
        ),
    ),
    "JSON in parts in order": (
        in_order(b'Content-Type: application/json\r\n\r\n{"a": 1}', b"\r\n\xff", kind="related"),
        in_order(b'Content-Type: application/json\r\n\r\n{"a":1}', b"\r\n\xff", boundary="other", kind="related"),
    ),
    "packed file": (asked("application/gzip", gzip.compress(b"x", mtime=1)), asked("", gzip.compress(b"x", mtime=2))),
    "coding kept by an older recorder": (
        asked(JSON, gzip.compress(b'{"a": 1}', mtime=1), ("content-encoding", "gzip")),
        asked(JSON, gzip.compress(b'{"a":1}', mtime=2), ("content-encoding", "gzip")),
    ),
    "coding taken off by the recorder": (
        asked(JSON, b'{"a": 1}'),
        asked(JSON, gzip.compress(b'{"a":1}'), ("content-encoding", "gzip")),
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_bodies_that_say_the_same_match(case):
    one, other = SAME[case]
    assert fields(one, other) == fields(other, one) == []


@pytest.mark.parametrize("case", SAME)
def test_their_signatures_are_equal(case):
    one, other = SAME[case]
    if one.form is None or "{" not in str(one.form):  # of JSON in a form a signature says nothing
        free = Free(places=RULES.places, value=bool)
        assert signature(one, free) == signature(other, free)


OTHER = {
    "true is no 1": (asked(JSON, b'{"a":1}'), asked(JSON, b'{"a":true}'), ["body.a"]),
    "a text is no number": (asked(JSON, b'{"a":"1"}'), asked(JSON, b'{"a":1}'), ["body.a"]),
    "null is not absent": (asked(JSON, b'{"a":null}'), asked(JSON, b"{}"), ["body.a"]),
    "order in arrays": (asked(JSON, b"[1,2]"), asked(JSON, b"[2,1]"), ["body[0]", "body[1]"]),
    "a name twice": (asked(JSON, b'{"a":1,"a":2}'), asked(JSON, b'{"a":2}'), ["body.a"]),
    "another first value": (asked(JSON, b'{"a":1,"a":2}'), asked(JSON, b'{"a":3,"a":2}'), ["body.a[0]"]),
    "a name twice is no array": (asked(JSON, b'{"a":1,"a":2}'), asked(JSON, b'{"a":[1,2]}'), ["body.a[2]"]),
    "NaN": (asked(JSON, b'{"a":NaN}'), asked(JSON, b'{"a":Infinity}'), ["body.a"]),
    "lines": (asked(NDJSON, b'{"a":1}\n{"a":2}'), asked(NDJSON, b'{"a":1}\n{"a":3}'), ["body[1].a"]),
    "a line more": (asked(NDJSON, b"[1]\n[2]"), asked(NDJSON, b"[1]\n[2]\n[3]"), ["body[2]"]),
    "order of lines": (asked(NDJSON, b'{"a":1}\n{"a":2}'), asked(NDJSON, b'{"a":2}\n{"a":1}'), None),
    "lines are no array": (asked(NDJSON, b'{"a":1}\n{"a":2}'), asked(NDJSON, b'[{"a":1},{"a":2}]'), None),
    "form": (asked(FORM, b"a=1&a=2"), asked(FORM, b"a=2&a=1"), ["body.a", "body.a[1]"]),
    "unknown charset": (asked(FORM, b"a=%E9"), asked(FORM, b"a=%E8"), ["body.a"]),
    "raw bytes in a form": (asked(FORM, b"a=\xe9"), asked(FORM, b"a=\xe8"), ["body.a"]),
    "JSON in a form": (asked(FORM, b'a={"x":1}'), asked(FORM, b'a={"x":2}'), ["body.a.x"]),
    "JSON in a part": (
        multipart("b", part("a", b'{"x":1}')),
        multipart("b", part("a", b'{"x":2}')),
        ["body.a.x"],
    ),
    "parts of one name": (
        multipart("b", part("a", b"1"), part("b", b"-"), part("a", b"2")),
        multipart("b", part("a", b"2"), part("a", b"1"), part("b", b"-")),
        ["body.a", "body.a"],
    ),
    "a part more": (
        multipart("b", part("a", b"1")),
        multipart("b", part("c", b""), part("a", b"1")),
        ["body.c"],
    ),
    "parts in order": (in_order(b"\r\n1", b"\r\n2"), in_order(b"\r\n2", b"\r\n1"), None),
    "part within a part": (
        in_order(b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n\r\nx\r\n--b1--"),
        in_order(b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n\r\ny\r\n--b1--"),
        ["body.parts[0].parts[0].content"],
    ),
    "packed file": (asked("", gzip.compress(b"x")), asked("", gzip.compress(b"y")), ["body"]),
    "text": (asked("text/plain", b"1"), asked("text/plain", b"1.0"), ["body"]),
    "binary with a mark": (
        asked("application/octet-stream", b"\xef\xbb\xbfa"),
        asked("application/octet-stream", b"a"),
        ["body"],
    ),
}


@pytest.mark.parametrize("case", OTHER)
def test_bodies_that_say_something_else_differ(case):
    one, other, expected = OTHER[case]
    found = fields(one, other)
    assert found, case
    assert fields(other, one)
    assert expected is None or found == expected


@given(st.data())
def test_a_name_that_stands_twice_is_never_overlooked(data):
    texts = st.sampled_from(['"a":', "\\u0022:", '\\":', "x", " : ", 'é"', "NaN"])
    value = data.draw(st.dictionaries(texts, st.lists(texts, max_size=2), min_size=1, max_size=3))
    blanks = data.draw(st.sampled_from([(",", ":"), (", ", " : "), (",\n", ":\t")]))
    written = json.dumps(value, separators=blanks, ensure_ascii=data.draw(st.booleans()))
    name = json.dumps(data.draw(st.sampled_from(sorted(value))))
    escaped = data.draw(st.booleans())
    written = written.replace('\\"', "\\u0022") if escaped else written
    twice = f"{{{name}{blanks[1]}1{blanks[0]}{written[1:]}"
    assert parse_body(JSON, written.encode()) == json.loads(written) == value
    assert parse_body(JSON, twice.encode()) != parse_body(JSON, written.encode())


def test_secret_under_a_name_that_stands_twice_is_not_shown():
    one = asked(JSON, b'{"password":"wiretape-1","password":"wiretape-2","a":1}')
    other = asked(JSON, b'{"password":"hunter22","a":2}')
    shown = repr([(each.field, each.recorded, each.actual) for each in difference(one, other, RULES)])
    assert "body.a" in shown
    assert "hunter22" not in shown


def test_coding_that_was_taken_off_is_no_header_any_more():
    plain = b'{"a":1}'
    request = asked(JSON, gzip.compress(plain), ("content-encoding", "gzip"), ("x-more", "1"))
    assert request.headers == (("content-type", JSON), ("x-more", "1"))
    assert request.content == request.body == plain
    false = asked(JSON, plain, ("content-encoding", "gzip"))
    assert (false.header("content-encoding"), false.json) == ("gzip", {"a": 1})


def test_deep_json_and_odd_charsets_are_no_trouble():
    deep = b"[" * 100_000 + b"]" * 100_000
    assert fields(asked(JSON, deep), asked(JSON, deep)) == []
    assert fields(asked(JSON, deep), asked(JSON, b"[]")) == ["body"]
    for charset in ("unicode_escape", "idna", "base64", "nonsense", "utf-7", "", '"'):
        body = asked(f"text/plain; charset={charset}", b"\\d+")
        assert body.body == b"\\d+"


def test_large_json_is_compared_in_linear_time():
    body = json.dumps([{"id": number, "text": "x" * 50} for number in range(20_000)]).encode()
    assert fields(asked(JSON, body), asked(JSON, body.replace(b": ", b":"))) == []

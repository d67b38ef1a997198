"""Headers: mapping or pairs, order and repeats kept."""

from __future__ import annotations

import pytest

from harness.cassette.errors import FieldError
from harness.cassette.header_fields import read_headers, write_headers


@pytest.mark.parametrize(
    ("headers", "written"),
    [
        ((), {}),
        ((("a", "1"), ("b", "2")), {"a": "1", "b": "2"}),
        ((("a", "1"), ("a", "2"), ("b", "")), {"a": ["1", "2"], "b": ""}),
        ((("a", "1"), ("b", "2"), ("a", "3")), [["a", "1"], ["b", "2"], ["a", "3"]]),
        ((("x" * 101, "1"),), [["x" * 101, "1"]]),
    ],
)
def test_headers_keep_order_and_repeats(headers: tuple[tuple[str, str], ...], written: object):
    assert write_headers(headers) == written
    assert read_headers(written, "headers") == headers


def test_a_whole_number_needs_no_quotes():
    assert read_headers({"a": 7, "b": [1, "x"]}, "headers") == (("a", "7"), ("b", "1"), ("b", "x"))


@pytest.mark.parametrize(
    ("value", "where", "problem"),
    [
        ("a: b", "headers", "expected a mapping of headers, found text"),
        (None, "headers", "expected a mapping of headers, found nothing"),
        ({"Accept": "x"}, "headers.Accept", "lower case"),
        ({"a b": "x"}, "headers.a b", "a header's name has a character that is not allowed"),
        ({":status": "x"}, "headers.:status", "a header's name has a character that is not allowed"),
        ({"": "x"}, "headers.", "a header's name has a character that is not allowed"),
        ({"ŝ": "x"}, "headers.ŝ", "a header's name has a character that is not allowed"),
        ({"a": 1.5}, "headers.a", "put it in quotes"),
        ({"a": True}, "headers.a", "put it in quotes"),
        ({"a": None}, "headers.a", "found nothing"),
        ({"a": []}, "headers.a", "at least one"),
        ({"a": ["x", {}]}, "headers.a[1]", "found a mapping"),
        ({"a": "x\r\ny: z"}, "headers.a", "without NUL, CR and LF"),
        ({"a": "\0"}, "headers.a", "without NUL, CR and LF"),
        ({"a": "ŝ"}, "headers.a", "latin-1"),
        ([["a"]], "headers[0]", "expected a header as a pair"),
        ([{"a": "b"}], "headers[0]", "expected a header as a pair"),
        ([["a", "b"], ["B", "c"]], "headers[1]", "lower case"),
        ([["a", None]], "headers[0]", "found nothing"),
    ],
)
def test_other_headers_are_refused_by_their_path(value: object, where: str, problem: str):
    with pytest.raises(FieldError) as caught:
        read_headers(value, "headers")
    assert caught.value.where == where
    assert problem in caught.value.problem


def test_no_error_shows_a_value():
    with pytest.raises(FieldError) as caught:
        read_headers({"authorization": "Bearer secret\n"}, "headers")
    assert "secret" not in str(caught.value)

"""YAML of strangers: plain values are read, alike by both parsers; all else is refused, and nothing crashes."""

from __future__ import annotations

import pytest
import yaml

from harness.cassette.errors import LimitError, UnreadableCassetteError
from harness.cassette.model import Limits
from harness.cassette.yaml_reader import read_places, read_yaml

both = pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])


@both
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("null", None),
        ("a:", {"a": None}),
        ("[true, false, null]", [True, False, None]),
        ("[yes, on, off, ~, Null, TRUE, =, <<]", ["yes", "on", "off", "~", "Null", "TRUE", "=", "<<"]),
        ("[0, -1, 12345678901234567890]", [0, -1, 12345678901234567890]),
        ("[1.5, -0.0, 1e5, 1E-5, 0.000001]", [1.5, -0.0, 1e5, 1e-5, 0.000001]),
        ("[010, 0x1F, 1_000, +1, -0, .5, 1., .inf]", ["010", "0x1F", "1_000", "+1", "-0", ".5", "1.", ".inf"]),
        ("[12:30:45, 2026-11-23, 2026-13-45]", ["12:30:45", "2026-11-23", "2026-13-45"]),
        ("['1', \"true\", 'null']", ["1", "true", "null"]),
        ("{1: a, null: b, true: c, 1.5: d}", {"1": "a", "null": "b", "true": "c", "1.5": "d"}),
        ("on: 1", {"on": 1}),
        ("a: |\n  x\n   y\n\nb: |-\n  z\n", {"a": "x\n y\n", "b": "z"}),
        ("--- # one document\na: 1\n...\n", {"a": 1}),
        ("a: https://x/y?z=1#t", {"a": "https://x/y?z=1#t"}),
        ("? a\n: 1\n", {"a": 1}),
        ('"\\U0001F600\\x00\\t"', "😀\0\t"),
        ("'\u00a0\u202f\U00020000'", "\u00a0\u202f\U00020000"),
    ],
)
def test_plain_values_are_read(text: str, value: object, loader: type):
    read = read_yaml(text.encode(), loader=loader)
    assert read == value
    assert repr(read) == repr(value)


@both
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff", "not UTF-8"),
        (b"a: \xed\xa0\x80", "not UTF-8"),
        (b"\xef\xbb\xbfa: 1", "byte order mark"),
        ("a: 1".encode("utf-16"), "not UTF-8"),
        (b"a: \x00", r"U\+0000"),
        (b"a:\tb", r"U\+0009 .* indent with spaces"),
        (b"a: 'x\x1b[31m'", r"U\+001B"),
        (b"a: '\x7f'", r"U\+007F"),
        ("a: '\x85'".encode(), r"U\+0085"),
        ("a: |\n  \u2028\n".encode(), r"U\+2028"),
        ("# \u202e\n".encode(), r"U\+202E"),
        (b"a: 1\rb: 2", r"U\+000D"),
        (b"a: 1\na: 2", "the key 'a' occurs twice"),
        (b"{1: a, '1': b}", "occurs twice"),
        (b"a: &x 1", "an anchor"),
        (b"a: &x\n  b: 1", "an anchor"),
        (b"a: *x", "an alias"),
        (b"<<: *x", "an alias"),
        (b"a: !!python/object/apply:os.system [ls]", "a tag"),
        (b"a: !!str 1", "a tag"),
        (b"a: ! 1", "a tag"),
        (b"!!map {}", "a tag"),
        (b"%YAML 1.1\n---\na: 1", "directive"),
        (b"# x\n\n%FOO bar\n---\na: 1", "directive"),
        (b"--- a\n--- b", "more than one document"),
        (b"? [a]\n: 1", "a key must be a text"),
        (b"? {a: b}\n: 1", "a key must be a text"),
        (b'"\\ud83d\\ude00"', "."),
        (b'"\\U00110000"', "."),
        (b'"\\UFFFFFFFF"', "."),
        (b"{a: b?c}", "."),
        (b"{a:}", "."),
        (b"a: |# x\n  y", "."),
        (b"a: 1e999", "too large"),
        (b"1" * 401, "too long"),
        (b"a: 'b", "not YAML"),
        (b"a: b: c", "not YAML"),
        (b"[a", "not YAML"),
        (b"@", "not YAML"),
    ],
)
def test_all_else_is_refused(content: bytes, problem: str, loader: type):
    with pytest.raises(UnreadableCassetteError, match=problem) as caught:
        read_yaml(content, "chat.yaml", loader=loader)
    assert caught.value.file == "chat.yaml"


@both
@pytest.mark.parametrize(
    "content",
    [
        b"[" * 100_000,
        b"{a: " * 100_000,
        b"- " * 100_000,
        b"".join(b" " * n + b"a:\n" for n in range(500)),
    ],
)
def test_deep_nesting_is_refused_and_does_not_crash(content: bytes, loader: type):
    with pytest.raises(LimitError, match="nested deeper than 40"):
        read_yaml(content, loader=loader)


@both
def test_the_deepest_nesting_that_is_taken(loader: type):
    assert read_yaml(b"[" * 40 + b"]" * 40, loader=loader) is not None
    with pytest.raises(LimitError):
        read_yaml(b"[" * 41 + b"]" * 41, loader=loader)


@both
def test_a_million_aliases_cannot_be_made(loader: type):
    laughs = "".join(f"x{n}: &x{n} [*x{n - 1}, *x{n - 1}]\n" for n in range(1, 30))
    with pytest.raises(UnreadableCassetteError, match="an anchor"):
        read_yaml(f"x0: &x0 lol\n{laughs}".encode(), loader=loader)


def test_size_and_number_of_values_are_limited():
    with pytest.raises(LimitError, match="more than 8 bytes"):
        read_yaml(b"a: 123456", limits=Limits(file_bytes=8))
    with pytest.raises(LimitError, match="more than 3 YAML values"):
        read_yaml(b"[a, b, c]", limits=Limits(nodes=3))


@pytest.mark.parametrize(("content", "line"), [(b"a: 1\nb: 2\na: 3", 3), (b"a: 1\nb: \xff", 2), (b"a\n\n\x07", 3)])
def test_the_line_of_what_is_refused_is_named(content: bytes, line: int):
    with pytest.raises(UnreadableCassetteError) as caught:
        read_yaml(content)
    assert caught.value.line == line


@both
def test_places_are_found_by_their_path(loader: type):
    content = b"a: 1\nb:\n- c: 2\n  d: |\n    text\n- [x, y]\n"
    places = read_places(content, loader=loader)
    assert places == {"": 1, "a": 1, "b": 3, "b[0]": 3, "b[0].c": 3, "b[0].d": 5, "b[1]": 6, "b[1][0]": 6, "b[1][1]": 6}

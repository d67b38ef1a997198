"""One transcript line for each odd case: it reads as the line that is meant, and is written as it stands."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from harness.cassette.codec import parse, render
from harness.cassette.model import Line
from harness.cassette.side_files import FileRef
from tests.support.hostile.cassettes import cassette_of, with_messages

_CUT = Line("!", 999_000_000, "cut")
_CASES = [
    ('<    0.002137 {"event":"connected","id":"0"}', Line("<", 2137, "text", b'{"event":"connected","id":"0"}')),
    ('>    0.003000 binary {"event":"setOptions"}', Line(">", 3000, "binary", b'{"event":"setOptions"}')),
    (r'<    0.004000 "a\nb\u0085\u2028\ufeff\u0000"', Line("<", 4000, "text", "a\nb\x85\u2028\ufeff\0".encode())),
    ('<    0.002500 text event: delta␊data: {"a":1}␊␊', Line("<", 2500, "text", b'event: delta\ndata: {"a":1}\n\n')),
    ('<    0.005000 "close 1000"', Line("<", 5000, "text", b"close 1000")),
    ('<    0.009200 ""', Line("<", 9200, "text", b"")),
    (r'<    0.005500 {"t":"\ud800"}', Line("<", 5500, "text", b'{"t":"\\ud800"}')),
    ("<    0.006000 base64://4=", Line("<", 6000, "text", b"\xff\xfe")),
    ("<    0.007000 binary base64:iVBORw==", Line("<", 7000, "binary", b"\x89PNG")),
    ('<    0.008000 frames=4+7 {"a":"xyz"}', Line("<", 8000, "text", b'{"a":"xyz"}', None, (4, 7))),
    ('<    0.009000 ping ""', Line("<", 9000, "ping")),
    ('>    0.009100 pong ""', Line(">", 9100, "pong")),
    ('<    0.900000 close 1000 "bye"', Line("<", 900_000, "close", b"bye", 1000)),
    (">    0.900000 close", Line(">", 900_000, "close")),
    ("<    0.900000 eof", Line("<", 900_000, "eof")),
    (">    0.900000 reset", Line(">", 900_000, "reset")),
    ("!    0.900000 cut", Line("!", 900_000, "cut")),
    # Beyond the table.
    ('<    0.000001 text {"a":1}␍␊', Line("<", 1, "text", b'{"a":1}\r\n')),
    ("<    0.000001 text ␊", Line("<", 1, "text", b"\n")),
    ("<    0.000001 text text a␊", Line("<", 1, "text", b"text a\n")),
    (r'<    0.000001 "a\n "', Line("<", 1, "text", b"a\n ")),
    (r'<    0.000001 " a\n"', Line("<", 1, "text", b" a\n")),
    (r'<    0.000001 "\u240a\n"', Line("<", 1, "text", "␊\n".encode())),
    (r'<    0.000001 "a\t\n"', Line("<", 1, "text", b"a\t\n")),
    ("<    0.000001 frames=1+1 text a␊", Line("<", 1, "text", b"a\n", None, (1, 1))),
    ("<    0.000001 []", Line("<", 1, "text", b"[]")),
    ('<    0.000001 "{} "', Line("<", 1, "text", b"{} ")),
    (r'<    0.000001 "{\u007f}"', Line("<", 1, "text", b"{\x7f}")),
    (r'<    0.000001 "{\u202e}"', Line("<", 1, "text", "{\u202e}".encode())),
    (r'<    0.000001 "[\ud840\udc00]"', Line("<", 1, "text", "[\U00020000]".encode())),
    ('<    0.000001 {"🙂":"é中"}', Line("<", 1, "text", '{"🙂":"é中"}'.encode())),
    ("<    0.000001 base64:e/99", Line("<", 1, "text", b"{\xff}")),
    ("<    0.000001 binary base64:YWJj", Line("<", 1, "binary", b"abc")),
    ("<    0.000001 binary base64:", Line("<", 1, "binary", b"")),
    ('<    0.000001 ping "{}"', Line("<", 1, "ping", b"{}")),
    ("<    0.000001 pong base64:/w==", Line("<", 1, "pong", b"\xff")),
    ("<    0.000001 frames=0+2+0 binary {}", Line("<", 1, "binary", b"{}", None, (0, 2, 0))),
    ("<    0.000001 close 4004", Line("<", 1, "close", b"", 4004)),
    (r'<    0.000001 close 0 "\"\n"', Line("<", 1, "close", b'"\n', 0)),
    ("< 123456.000001 eof", Line("<", 123_456_000_001, "eof")),
]


@pytest.mark.parametrize(("text", "line"), _CASES)
def test_the_line_reads_as_what_is_meant(text: str, line: Line):
    assert (
        parse(with_messages(text, "!  999.000000 cut" if line.time < _CUT.time else "")).exchanges[0]
        == (cassette_of(line, *([_CUT] if line.time < _CUT.time else [])).exchanges[0])
    )


@pytest.mark.parametrize(("text", "line"), _CASES)
def test_what_is_meant_is_written_as_the_line(text: str, line: Line):
    end = [_CUT] if line.time < _CUT.time else []
    assert f"    {text}\n" in render(cassette_of(line, *end)).content.decode()


def test_a_large_message_names_its_side_file():
    image = b"\x89PNG\r\n\x1a\n" + b"x" * 65_536
    digest = hashlib.sha256(image).hexdigest()
    rendered = render(cassette_of(Line("<", 10_000, "binary", image, file="0007.png"), _CUT))
    line = f"    <    0.010000 binary file:0007.png 65544 sha256:{digest}\n"
    assert line in rendered.content.decode()
    assert rendered.side_files == {"0007.png": image}

    def read_file(ref: FileRef, _where: str) -> bytes:
        return rendered.side_files[ref.name]

    assert parse(rendered.content, read_file=read_file) == rendered.cassette


def test_every_row_of_the_documented_table_is_among_the_cases():
    text = (Path(__file__).parents[3] / "docs/cassette-format.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| `([<>!]    [^`]*)`", text, re.MULTILINE)
    assert len(rows) == 18
    cases = {case for case, _ in _CASES}
    assert [row for row in rows if row not in cases and "file:0007.png" not in row] == []


def test_hand_written_spacing_is_free():
    spaced = with_messages('<0 {"a":1}', "", '  <   0.5    {"b":2}   ', '> 1. "x"'.replace("1.", "1.25"), "<  2  eof ")
    exact = cassette_of(
        Line("<", 0, "text", b'{"a":1}'),
        Line("<", 500_000, "text", b'{"b":2}'),
        Line(">", 1_250_000, "text", b"x"),
        Line("<", 2_000_000, "eof"),
    )
    assert parse(spaced) == exact


def test_a_literal_may_hold_other_scripts_as_they_are():
    lines = parse(with_messages('< 0 "Grüße \\u00e9"', "< 1 eof")).exchanges[0].messages  # pyright: ignore[reportAttributeAccessIssue]  # it is a socket
    assert lines[0].data == "Grüße é".encode()


def test_lines_that_end_in_cr_lf_read_the_same():
    content = with_messages('<    0.000001 {"a":1}', "<    0.000002 eof")
    assert parse(content.replace(b"\n", b"\r\n")) == parse(content)

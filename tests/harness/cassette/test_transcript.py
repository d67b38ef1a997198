"""Lines that are not in the grammar are refused, with their number."""

from __future__ import annotations

import pytest

from harness.cassette.codec import parse, render
from harness.cassette.errors import CassetteError, TranscriptError
from harness.cassette.model import Line
from harness.cassette.side_files import Collected, FileRef
from harness.cassette.transcript import format_lines, parse_lines
from tests.support.hostile.cassettes import cassette_of, with_call, with_messages


def _no_file(_ref: FileRef, _where: str) -> bytes:
    raise AssertionError


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("hello", "expected `<`, `>` or `!`"),
        ("< {}", "expected `<`, `>` or `!`"),
        ("< 1.0000001 {}", "expected `<`, `>` or `!`"),
        ("< 1.5", "expected `<`, `>` or `!`"),
        ("< -1.0 {}", "expected `<`, `>` or `!`"),
        ("< 1000000000 {}", "expected `<`, `>` or `!`"),
        ("< \u0661.5 {}", "expected `<`, `>` or `!`"),
        ("< 0.5 hello", "expected JSON text"),
        ("< 0.5 true", "expected JSON text"),
        ("< 0.5 binary", "after `binary`"),
        ('< 0.5 binary "a"', "after `binary`"),
        ("< 0.5 ping {}", "after `ping`"),
        ("< 0.5 pong", "after `pong`"),
        ('< 0.5 "a', "not a JSON string"),
        ('< 0.5 "a" b', "not a JSON string"),
        (r'< 0.5 "\x"', "not a JSON string"),
        (r'< 0.5 "\ud800"', "lone surrogate"),
        ("< 0.5 base64:iVBORw", "with its padding"),
        ("< 0.5 base64:iVBORx==", "with its padding"),
        ("< 0.5 base64:iVBO Rw==", "with its padding"),
        ("< 0.5 base64:é", "with its padding"),
        ("< 0.5 file:x 1", "expected file:"),
        (f"< 0.5 file:../x 1 sha256:{'0' * 64}", "expected file:"),
        (f"< 0.5 file:.x 1 sha256:{'0' * 64}", "expected file:"),
        (f"< 0.5 file:x 1 sha256:{'A' * 64}", "expected file:"),
        ("< 0.5 frames=2 {}", "two sizes or more"),
        ("< 0.5 frames=1+2 {}", "add up to 3"),
        ('< 0.5 frames=0+0 ping ""', "cannot be fragmented"),
        ("< 0.5 frames=0+0 eof", "expected JSON text"),
        ("< 0.5 close x", "expected `close`"),
        ('< 0.5 close "bye"', "expected `close`"),
        ("< 0.5 close 1000 bye", "expected `close`"),
        ("< 0.5 close 65536", "at most 65535"),
        (f'< 0.5 close 1000 "{"x" * 124}"', "at most 123 bytes"),
        ("< 0.5 eof now", "nothing may follow"),
        ("< 0.5 cut", "`!` goes with `cut`"),
        ("! 0.5 eof", "`!` goes with `cut`"),
        ("! 0.5 {}", "`!` goes with `cut`"),
    ],
)
def test_a_line_outside_of_the_grammar_is_refused_by_its_number(line: str, problem: str):
    with pytest.raises(TranscriptError, match="line 3 of the transcript") as caught:
        parse_lines(f"< 0.1 {{}}\n\n{line}\n< 0.6 eof\n", "exchanges[0].messages", _no_file)
    assert problem in caught.value.problem


@pytest.mark.parametrize(
    "character", ["\x00", "\t", "\x1b", "\x7f", "\x85", "\xa0", "\u2028", "\u202e", "\ufeff", "\ud800"]
)
def test_an_unsafe_character_is_refused_however_yaml_says_it(character: str):
    with pytest.raises(TranscriptError, match="may not stand raw here") as caught:
        parse_lines(f'< 0.1 {{}}\n< 0.2 {{"{character}"}}\n', "messages", _no_file)
    assert caught.value.number == 2


def test_time_that_goes_back_is_refused():
    with pytest.raises(TranscriptError, match="lies before the one of the line above") as caught:
        parse(with_messages("< 0.2 {}", "< 0.1 {}", "< 1 eof"))
    assert caught.value.number == 2


def test_the_line_of_the_file_is_named():
    with pytest.raises(TranscriptError, match=r"^chat\.yaml:9: exchanges\[0\]\.messages: ") as caught:
        parse(with_messages("< 0.2 {}", "< 0.3 what"), "chat.yaml")
    assert with_messages("< 0.2 {}", "< 0.3 what").split(b"\n")[caught.value.line - 1].strip() == b"< 0.3 what"  # pyright: ignore[reportOptionalOperand]  # the match has it


def test_a_complete_cassette_must_show_the_end_of_its_messages():
    with pytest.raises(TranscriptError, match=r"exchanges\[0\]\.messages: there is no end"):
        parse(with_messages("< 0.2 {}"))


def test_an_incomplete_cassette_need_not_show_an_end():
    content = with_messages("< 0.2 {}").replace(b"by: hand", b"by: hand, complete: false")
    assert parse(content).exchanges[0] == cassette_of(Line("<", 200_000, "text", b"{}")).exchanges[0]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("< 0.1 binary {}", "holds a line binary"),
        ('< 0.1 ping ""', "holds a line ping"),
        ("< 0.1 close", "holds a line close"),
        ("< 0.1 frames=1+1 {}", "holds a line text"),
        ("> 0.1 {}", "must begin with `<`"),
    ],
)
def test_a_streamed_body_holds_pieces_and_an_end_only(line: str, problem: str):
    with pytest.raises(TranscriptError, match=problem):
        parse(with_call(f"response:\n  status: 200\n  stream: |\n    {line}"))


@pytest.mark.parametrize("end", ["< 0.1 eof", "> 0.1 eof", "< 0.1 reset", "! 0.1 cut"])
def test_a_streamed_body_may_end_improperly(end: str):
    assert parse(with_call(f"response:\n  status: 200\n  stream: |\n    {end}")).exchanges


@pytest.mark.parametrize(
    "line",
    [
        Line("<", 0, "close", b"bye"),
        Line("<", 0, "close", b"\xff", 1000),
        Line("<", 0, "close", b"", 70_000),
        Line("<", 0, "close", b"x" * 124, 1000),
        Line("<", -1, "text", b"{}"),
        Line("<", 10**15, "text", b"{}"),
        Line("<", 0, "text", b"{}", None, (1, 2)),
        Line("<", 0, "text", b"{}", None, (2,)),
        Line("<", 0, "ping", b"a", None, (1, 0)),
        Line("<", 0, "eof", b"rest"),
        Line("<", 0, "text", b"{}", 1000),
        Line("!", 0, "text", b"{}"),
        Line("<", 0, "cut"),
    ],
)
def test_a_line_that_the_format_cannot_say_is_refused_when_it_is_written(line: Line):
    with pytest.raises(CassetteError, match=r"exchanges\[0\]"):
        render(cassette_of(line, Line("!", 10**15 - 1, "cut")))


def test_no_lines_are_the_empty_text():
    assert format_lines((), "messages", Collected()) == ""
    assert parse_lines("", "messages", _no_file) == ()

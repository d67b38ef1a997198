"""Transcript lines to `Line`: the grammar of docs/cassette-format.md §3. `spelling` is the way back."""

from __future__ import annotations

import binascii
import json
import re
from typing import Any, Final, NoReturn, TypeAlias, cast

from harness.cassette.characters import find_unsafe
from harness.cassette.errors import TranscriptError
from harness.cassette.model import Direction, Kind, Line
from harness.cassette.side_files import FileRef, ReadFile, is_allowed_name

MAX_CLOSE_REASON_BYTES: Final = 123
"""RFC 6455 §5.5."""

Row: TypeAlias = tuple[Direction, str, str, str]
"""Direction, whole seconds, microseconds (six digits), content."""

_ROW: Final = re.compile(r"^([<>!]) +([0-9]{1,9})\.([0-9]{6}) ([^ \n].*)$", re.MULTILINE)
_HAND_WRITTEN_ROW: Final = re.compile(r" *([<>!]) *([0-9]{1,9})(?:\.([0-9]{1,6}))? +([^ ](?:.*[^ ])?) *")
_FRAMES: Final = re.compile(r"frames=([0-9]{1,9}(?:\+[0-9]{1,9})+) +(.*)")
_FILE: Final = re.compile(r"file:([^ ]+) +([0-9]{1,12}) +sha256:([0-9a-f]{64})")
_CLOSE: Final = re.compile(r'close(?: +([0-9]{1,5})(?: +(".*"))?)?')
_MESSAGE_WORDS: Final[dict[str, Kind]] = {"binary": "binary", "ping": "ping", "pong": "pong"}
_ENDS: Final[dict[str, Kind]] = {"eof": "eof", "reset": "reset", "cut": "cut"}
_EXPECTED: Final[dict[str, str]] = {
    "text": 'expected JSON text, "...", base64:, file:, binary, ping, pong, close, eof, reset or cut',
    "binary": "expected JSON text, base64: or file: after `binary`",
    "ping": 'expected "...", base64: or file: after `ping`',
    "pong": 'expected "...", base64: or file: after `pong`',
}


class _Fault(Exception):  # noqa: N818  # never leaves this module: it becomes a TranscriptError with its place
    """What is wrong with one line."""


def parse_lines(text: str, where: str, read_file: ReadFile) -> tuple[Line, ...]:
    """The lines of a transcript.

    Args:
        where: The path of the transcript, for errors.
        read_file: Where the payloads of ``file:`` come from.

    Raises:
        TranscriptError: A line is not in the grammar, or its time lies before the one above.
        CassetteError: From ``read_file``.
    """
    _refuse_unsafe(text, where)
    lines: list[Line] = []
    add, before = lines.append, 0
    for side, seconds, micros, content in _rows(text, where):
        time = int(seconds + micros)
        if time < before:
            _fail("the time lies before the one of the line above", text, where, len(lines))
        before = time
        if content[-1] == " ":
            content = content.rstrip(" ")  # noqa: PLW2901  # so rare that a second name for all would cost more
        if content[0] in "{[" and side != "!":
            add(Line(side, time, "text", content.encode()))
            continue
        try:
            add(_other_line(side, time, content, where, read_file))
        except _Fault as fault:
            _fail(str(fault), text, where, len(lines), fault)
    return tuple(lines)


def _rows(text: str, where: str) -> list[Row]:
    # One pass in C over a transcript in the canonical spelling; any other goes line by line.
    found = _ROW.findall(text)
    count = text.count("\n") + (not text.endswith("\n") and text != "")
    if len(found) == count:
        return cast("list[Row]", found)
    return _hand_written_rows(text, where)


def _hand_written_rows(text: str, where: str) -> list[Row]:
    rows: list[Row] = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _HAND_WRITTEN_ROW.fullmatch(line)
        if match is not None:
            side, seconds, micros, content = match.groups()
            rows.append((cast("Direction", side), seconds, (micros or "").ljust(6, "0"), content))
        elif line.strip(" "):
            problem = "expected `<`, `>` or `!`, a time such as 0.250000, and what happened"
            raise TranscriptError(problem, where, number=number)
    return rows


def _refuse_unsafe(text: str, where: str) -> None:
    position = find_unsafe(text)
    if position is not None:
        number, code = text.count("\n", 0, position) + 1, ord(text[position])
        problem = f'U+{code:04X} may not stand raw here: write the message as "..." with escapes'
        raise TranscriptError(problem, where, number=number)


def _fail(problem: str, text: str, where: str, index: int, cause: Exception | None = None) -> NoReturn:
    filled = [number for number, line in enumerate(text.split("\n"), 1) if line.strip(" ")]
    raise TranscriptError(problem, where, number=filled[index]) from cause


def _other_line(side: Direction, time: int, content: str, where: str, read_file: ReadFile) -> Line:
    word = content.partition(" ")[0]
    if (side == "!") != (word == "cut"):
        raise _Fault("`!` goes with `cut`, and with nothing else")
    if word in _ENDS:
        if content != word:
            raise _Fault(f"nothing may follow `{word}`")
        return Line(side, time, _ENDS[word])
    if word == "close":
        return _close(side, time, content)
    frames, content = _frames(content)
    word, _, rest = content.partition(" ")
    kind = _MESSAGE_WORDS.get(word, "text")
    payload = content if kind == "text" else rest.lstrip(" ")
    if frames and kind in {"ping", "pong"}:
        raise _Fault(f"a {kind} cannot be fragmented")
    name, message = _payload(kind, payload, where, read_file)
    if frames and sum(frames) != len(message):
        raise _Fault(f"the frames' sizes add up to {sum(frames)}, the message has {len(message)} bytes")
    return Line(side, time, kind, message, None, frames, name)


def _frames(content: str) -> tuple[tuple[int, ...], str]:
    if not content.startswith("frames="):
        return (), content
    match = _FRAMES.fullmatch(content)
    if match is None:
        raise _Fault("expected `frames=` with two sizes or more, such as frames=4+7, and the message")
    return tuple(map(int, match[1].split("+"))), match[2]


def _payload(kind: Kind, payload: str, where: str, read_file: ReadFile) -> tuple[str | None, bytes]:
    first = payload[:1]
    if first in {"{", "["} and kind in {"text", "binary"}:
        return None, payload.encode()
    if first == '"' and kind != "binary":
        return None, _literal(payload)
    if payload.startswith("base64:"):
        wrong = _Fault("expected base64 with its padding, without blanks")
        return None, decode_base64(payload[7:], wrong)
    if payload.startswith("file:"):
        ref = _file(payload)
        return ref.name, read_file(ref, where)
    raise _Fault(_EXPECTED[kind])


def _literal(payload: str) -> bytes:
    try:
        value: Any = json.loads(payload)
    except ValueError as error:
        raise _Fault('the text in "..." is no JSON string') from error
    if not isinstance(value, str):
        raise _Fault('the text in "..." is no JSON string')
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise _Fault("a lone surrogate has no UTF-8: write the bytes as base64:") from error


def decode_base64(text: str, otherwise: Exception) -> bytes:
    """The bytes of canonical base64; raises ``otherwise`` for any other spelling."""
    try:
        decoded = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError as error:
        raise otherwise from error
    # Two spellings of the same bytes (bits left over in the last character) would not survive a rewrite.
    if binascii.b2a_base64(decoded, newline=False).decode() != text:
        raise otherwise
    return decoded


def _file(payload: str) -> FileRef:
    match = _FILE.fullmatch(payload)
    if match is None or not is_allowed_name(match[1]):
        raise _Fault("expected file:NAME SIZE sha256:HEX, the name without separators and leading dot")
    return FileRef(match[1], int(match[2]), match[3])


def _close(side: Direction, time: int, content: str) -> Line:
    match = _CLOSE.fullmatch(content)
    if match is None:
        raise _Fault('expected `close`, `close CODE` or `close CODE "reason"`')
    code = None if match[1] is None else int(match[1])
    reason = b"" if match[2] is None else _literal(match[2])
    if code is not None and code > 0xFFFF:
        raise _Fault("the code of a close is at most 65535")
    if len(reason) > MAX_CLOSE_REASON_BYTES:
        raise _Fault(f"the reason of a close has at most {MAX_CLOSE_REASON_BYTES} bytes")
    return Line(side, time, "close", reason, code)

"""Transcript lines to `Line` and back, by the grammar of docs/cassette-format.md §3."""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Iterable
from typing import Any, Final, NoReturn, TypeAlias, cast

from harness.cassette.characters import find_unsafe, is_line_safe
from harness.cassette.errors import TranscriptError
from harness.cassette.model import Direction, Kind, Line
from harness.cassette.payloads import MAX_INLINE_BYTES, loaded
from harness.cassette.pictures import pictured, unpictured
from harness.cassette.side_files import Collected, FileRef, ReadFile, is_allowed_name

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
    "text": 'expected JSON text, "...", text, base64:, file:, binary, ping, pong, close, eof, reset or cut',
    "binary": "expected JSON text, base64: or file: after `binary`",
    "ping": 'expected "...", base64: or file: after `ping`',
    "pong": 'expected "...", base64: or file: after `pong`',
}


class _Fault(Exception):  # noqa: N818  # never leaves this module: it becomes a TranscriptError with its place
    """A line of a transcript is invalid; the text says how."""


def parse_lines(text: str, where: str, read_file: ReadFile) -> tuple[Line, ...]:
    """The lines of a transcript.

    Args:
        where: The path of the transcript, for errors.
        read_file: Returns the payload of a ``file:`` reference.

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
    # The regex reads a transcript in canonical form in one pass; any other is parsed line by line.
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
    if kind == "text" and payload.startswith("text "):
        return None, unpictured(payload[5:].lstrip(" "))
    if first == '"' and kind != "binary":
        return None, _literal(payload)
    if payload.startswith("base64:"):
        wrong = _Fault("expected base64 with its padding, without blanks")
        return None, decode_base64(payload[7:], wrong)
    if payload.startswith("file:"):
        ref = _file(payload)
        return ref.name, loaded(read_file(ref, where))
    raise _Fault(_EXPECTED[kind])


def _literal(payload: str) -> bytes:
    try:
        value: Any = json.loads(payload)
    except ValueError as error:
        raise _Fault('the text in "..." is not a JSON string') from error
    if not isinstance(value, str):
        raise _Fault('the text in "..." is not a JSON string')
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise _Fault("a lone surrogate has no UTF-8: write the bytes as base64:") from error


def decode_base64(text: str, otherwise: Exception) -> bytes:
    """The bytes of canonical base64; raises ``otherwise`` for any other form."""
    try:
        decoded = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError as error:
        raise otherwise from error
    # Unused bits in the last character may not be set: writing the cassette again would lose them.
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


# ---------------------------------------------------------------- writing
_BARE_ENDS: Final = frozenset({"eof", "reset", "cut"})


def format_lines(lines: Iterable[Line], where: str, side_files: Collected) -> str:
    """Write lines as a transcript; the empty text for no lines.

    Raises:
        TranscriptError: The reason of a close is not UTF-8, or has no code.
        UnsafeSideFileError: A payload's side file has a name that is not allowed.
    """
    return "".join([_line(line, where, side_files) for line in lines])


def _line(line: Line, where: str, side_files: Collected) -> str:
    seconds, micros = divmod(line.time, 1_000_000)
    head = f"{line.direction} {seconds:4d}.{micros:06d}"
    if line.kind == "text" and not line.frames and line.file is None and len(line.data) <= MAX_INLINE_BYTES:
        return f"{head} {_text(line.data)}\n"
    return f"{head} {_other(line, where, side_files)}\n"


def _other(line: Line, where: str, side_files: Collected) -> str:
    if line.kind in _BARE_ENDS:
        return line.kind
    if line.kind == "close":
        return _write_close(line, where)
    frames = f"frames={'+'.join(map(str, line.frames))} " if line.frames else ""
    word = "" if line.kind == "text" else f"{line.kind} "
    return f"{frames}{word}{_write_payload(line, where, side_files)}"


def _write_payload(line: Line, where: str, side_files: Collected) -> str:
    if line.file is not None or len(line.data) > MAX_INLINE_BYTES:
        ref = side_files.put(line.data, line.file, where)
        return f"file:{ref.name} {ref.size} sha256:{ref.sha256}"
    if line.kind == "text":
        return _text(line.data)
    if line.kind == "binary":
        return _raw(line.data) or _base64(line.data)
    return _write_literal(line.data)


def _text(payload: bytes) -> str:
    raw = _raw(payload) if payload[:1] in {b"{", b"["} else None
    if raw is not None:
        return raw
    line = pictured(payload)
    return _write_literal(payload) if line is None else f"text {line}"


def _raw(payload: bytes) -> str | None:
    if payload[:1] not in {b"{", b"["} or payload[-1:] == b" ":
        return None
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    return text if is_line_safe(text) else None


def _write_literal(payload: bytes) -> str:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return _base64(payload)
    # DEL is the one control character that json.dumps does not escape.
    return json.dumps(text).replace("\x7f", "\\u007f")


def _base64(payload: bytes) -> str:
    return f"base64:{binascii.b2a_base64(payload, newline=False).decode()}"


def _write_close(line: Line, where: str) -> str:
    if line.code is None:
        if line.data:
            raise TranscriptError("a close with a reason needs a close code: write the code before the reason", where)
        return "close"
    if not line.data:
        return f"close {line.code}"
    reason = _write_literal(line.data)
    if not reason.startswith('"'):
        raise TranscriptError("the reason of a close is not UTF-8: a cassette cannot hold it", where)
    return f"close {line.code} {reason}"

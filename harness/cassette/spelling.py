"""The one canonical spelling of each transcript line: writing (``format_lines``)."""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterable
from typing import Final

from harness.cassette.characters import is_line_safe
from harness.cassette.errors import TranscriptError
from harness.cassette.model import Line
from harness.cassette.side_files import MAX_INLINE_BYTES, Collected

_BARE_ENDS: Final = frozenset({"eof", "reset", "cut"})


def format_lines(lines: Iterable[Line], where: str, side_files: Collected) -> str:
    """A transcript; every line ends with a newline, so none gives the empty text.

    Raises:
        TranscriptError: The reason of a close is no UTF-8, or stands without a code.
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
        return _close(line, where)
    frames = f"frames={'+'.join(map(str, line.frames))} " if line.frames else ""
    word = "" if line.kind == "text" else f"{line.kind} "
    return f"{frames}{word}{_payload(line, where, side_files)}"


def _payload(line: Line, where: str, side_files: Collected) -> str:
    if line.file is not None or len(line.data) > MAX_INLINE_BYTES:
        ref = side_files.put(line.data, line.file, where)
        return f"file:{ref.name} {ref.size} sha256:{ref.sha256}"
    if line.kind == "text":
        return _text(line.data)
    if line.kind == "binary":
        return _raw(line.data) or _base64(line.data)
    return _literal(line.data)


def _text(payload: bytes) -> str:
    if payload[:1] in {b"{", b"["}:
        return _raw(payload) or _literal(payload)
    return _literal(payload)


def _raw(payload: bytes) -> str | None:
    if payload[:1] not in {b"{", b"["} or payload[-1:] == b" ":
        return None
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return None
    return text if is_line_safe(text) else None


def _literal(payload: bytes) -> str:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return _base64(payload)
    # DEL is the one control character that json.dumps leaves as it is.
    return json.dumps(text).replace("\x7f", "\\u007f")


def _base64(payload: bytes) -> str:
    return f"base64:{binascii.b2a_base64(payload, newline=False).decode()}"


def _close(line: Line, where: str) -> str:
    if line.code is None:
        if line.data:
            raise TranscriptError("the reason of a close needs a code", where)
        return "close"
    if not line.data:
        return f"close {line.code}"
    reason = _literal(line.data)
    if not reason.startswith('"'):
        raise TranscriptError("the reason of a close is no UTF-8", where)
    return f"close {line.code} {reason}"

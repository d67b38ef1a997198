"""Yjs's protocol over WebSockets (y-websocket): documents that are edited together.

A message is a type (0: sync, with a subtype; 1: awareness), a length, and a payload. Each client makes up an id of
32 bits (yrs: 53 bits), a number that stands in the payloads as a LEB128 integer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_RUN: Final = re.compile(rb"[\x80-\xff]{3,}[\x01-\x7f]")
"""A number of 22 bits and more, and what precedes it directly with bytes from 0x80 on: flags of an item, or letters."""
_NUMBER: Final = re.compile(
    rb"[\x80-\xff]{7}[\x01-\x0f]|[\x80-\xff]{6}[\x01-\x7f]|[\x80-\xff]{4}[\x01-\x0f]|[\x80-\xff]{3}[\x01-\x7f]"
)
"""A number of 22 to 32 or of 43 to 53 bits: of those that clients make up 999 in 1,000 are."""
_LONGEST: Final = 8
_CUT_LETTER: Final = re.compile(rb"^[\x80-\xbf]{1,3}(?=[\xc0-\xff])")
_SYNC, _AWARENESS = 0, 1
_NAME: Final = re.compile(rb"[\x01-\x7f][\x20-\x7e]+")
_AUTHENTICATION: Final = b"\x02\x00"
_LENGTH: Final = re.compile(rb"[\x80-\xff]{0,3}[\x00-\x7f]")
_LAST_SUBTYPE: Final = 2


def payload_of(data: bytes) -> tuple[bytes, bytes] | None:
    """Type and payload of a message of this protocol; None for any other message.

    Hocuspocus puts the document's name before the type, which then is part of what is returned as the type.
    """
    found = _payload(data)
    if found is None and (name := _NAME.match(data)) is not None and len(name[0]) == data[0] + 1:
        found = _payload(data[len(name[0]) :])
        return None if found is None else (name[0] + found[0], found[1])
    return found


def token_of(data: bytes) -> tuple[int, int] | None:
    """Start and end offset of the token in Hocuspocus's message of authentication; None for any other message."""
    name = _NAME.match(data)
    if name is None or len(name[0]) != data[0] + 1 or not data.startswith(_AUTHENTICATION, name.end()):
        return None
    start = name.end() + len(_AUTHENTICATION)
    size = _LENGTH.match(data, start)
    if size is None:
        return None
    end = size.end() + _value(size[0])
    return (size.end(), end) if end <= len(data) else None


def _payload(data: bytes) -> tuple[bytes, bytes] | None:
    if len(data) < 3 or data[0] not in {_SYNC, _AWARENESS}:
        return None
    at = 1 if data[0] == _AWARENESS else 2
    if at == 2 and data[1] > _LAST_SUBTYPE:
        return None
    size = shift = 0
    for position in range(at, min(at + 4, len(data))):
        size |= (data[position] & 0x7F) << shift
        shift += 7
        if data[position] < 0x80:
            return (data[:at], data[position + 1 :]) if size == len(data) - position - 1 else None
    return None


def number_pairs(recorded: bytes, actual: bytes) -> list[tuple[int, int]] | None:
    """The client ids in which two messages differ, as (recorded, actual); None if they differ in anything else."""
    one, other = payload_of(recorded), payload_of(actual)
    if one is None or other is None or one[0] != other[0]:
        return None
    if _RUN.split(one[1]) != _RUN.split(other[1]):
        return None
    pairs: list[tuple[int, int]] = []
    for ours, theirs in zip(_RUN.findall(one[1]), _RUN.findall(other[1]), strict=True):
        if ours != theirs:
            pair = _differing(ours, theirs)
            if pair is None:
                return None
            pairs.append((_value(pair[0]), _value(pair[1])))
    return pairs


def _differing(recorded: bytes, actual: bytes) -> tuple[bytes, bytes] | None:
    """The numbers at the ends of two runs; None unless what precedes them is equal, or if the runs may be letters.

    Only both runs together show whether a first byte is part of the number, or the flags of the item before it.
    """
    if _is_text(recorded) and _is_text(actual):
        return None
    for start in range(max(0, len(recorded) - _LONGEST), len(recorded)):
        if recorded[:start] != actual[:start]:
            return None
        ours, theirs = recorded[start:], actual[start:]
        if _NUMBER.fullmatch(ours) and _NUMBER.fullmatch(theirs):
            return ours, theirs
    return None


def _is_text(run: bytes) -> bool:
    """Whether a run may be the end of a word, in letters that UTF-8 writes in several bytes."""
    try:
        (_CUT_LETTER.sub(b"", run) if len(run) > 5 else run).decode()
    except UnicodeDecodeError:
        return False
    return True


def with_numbers(data: bytes, table: Mapping[int, int]) -> bytes:
    """A Yjs message with each recorded client id replaced by the actual one; other data unchanged.

    Args:
        data: The message.
        table: Recorded id -> actual id.
    """
    found = payload_of(data)
    if found is None:
        return data
    payload = _RUN.sub(lambda run: _replaced(run[0], table), found[1])
    return data if payload == found[1] else found[0] + _encoded(len(payload)) + payload


def _replaced(run: bytes, table: Mapping[int, int]) -> bytes:
    for start in range(max(0, len(run) - _LONGEST), len(run)):
        if _NUMBER.fullmatch(run, start) and (value := table.get(_value(run[start:]))) is not None:
            return run[:start] + _encoded(value)
    return run


def _value(raw: bytes) -> int:
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(raw))


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])

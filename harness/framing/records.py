"""Messages that are JSON only in part: records that end in 0x1E, ``42["name",{..}]``, lines of a word and JSON.

`records_of` splits such a message into records, and each record into a literal head and a JSON value. The heads, and
records without JSON, are compared as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from harness.framing.json_values import NOT_JSON, parse_json

RECORD_SEPARATOR: Final = b"\x1e"
_MOST_RECORDS: Final = 1000
_OPENING: Final = re.compile(rb"[{\[]")
_LONGEST_HEAD: Final = 256


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One record of a message.

    Attributes:
        head: The bytes before the JSON; the whole record if it holds none.
        value: The JSON value, or `NOT_JSON`.
    """

    head: bytes
    value: Any


def records_of(data: bytes) -> tuple[bytes, list[MessageRecord]] | None:
    """The separator and the records of a message; None if no record holds JSON.

    Call it for messages that are not JSON as a whole.
    """
    separator = RECORD_SEPARATOR if RECORD_SEPARATOR in data else b"\n"
    pieces = data.split(separator)
    if len(pieces) > _MOST_RECORDS:
        return None
    found = [_record(piece) for piece in pieces]
    return (separator, found) if any(record.value is not NOT_JSON for record in found) else None


def _record(piece: bytes) -> MessageRecord:
    for opening in _openings(piece):
        value = parse_json(piece[opening:])
        if value is not NOT_JSON:
            return MessageRecord(piece[:opening], value)
    return MessageRecord(piece, NOT_JSON)


def _openings(piece: bytes) -> Iterator[int]:
    """Yield up to three offsets at which the JSON of a record may begin: a head such as ``a[`` may hold a bracket."""
    if not piece.rstrip().endswith((b"}", b"]")):
        return
    for count, found in enumerate(_OPENING.finditer(piece, 0, _LONGEST_HEAD)):
        if count == 3:
            return
        yield found.start()

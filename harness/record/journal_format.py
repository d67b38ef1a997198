"""The format of a journal: one line a record, each with its checksum.

A line is a CRC-32 (eight hexadecimal digits), a space, and JSON. The first line is the `JournalHead`; the others are
events, and the marks `Learnt` and `RecordingEnded`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, TypeAlias

import msgspec

from harness.cassette.model import Recorded
from harness.record.errors import JournalError
from harness.record.events import Event, Moment
from harness.record.head_rules import NO_RULES, HeadRules

JOURNAL_VERSION: Final = 1
_HEAD_BYTES: Final = 1 << 20
_encode = msgspec.json.Encoder().encode


class JournalHead(msgspec.Struct, frozen=True, kw_only=True):
    """A journal's first line.

    Attributes:
        cassette: Absolute path of the cassette.
        profile: Name of the service's profile.
        recorded: The cassette's date, client and origin.
        pid: Process id of the recorder.
        hooked: Whether the recording has hooks; the journal holds the events as they were before the hooks.
        merge: Whether the recording is appended to an existing cassette.
        rules: The matching rules that the cassette's head gets.
    """

    journal: int = JOURNAL_VERSION
    cassette: str
    profile: str
    recorded: Recorded
    pid: int = 0
    hooked: bool = False
    merge: bool = False
    rules: HeadRules = NO_RULES


class Learnt(msgspec.Struct, frozen=True, tag_field="is", tag="learnt"):
    """Record of the labels of all secrets that were learned so far; the last one in a journal counts."""

    labels: tuple[str, ...]


class RecordingEnded(msgspec.Struct, frozen=True, tag_field="is", tag="ended"):
    """The recording ended regularly: no event followed.

    Attributes:
        until: When it ended, microseconds since the session began.
    """

    until: Moment


JournalRecord: TypeAlias = Event | Learnt | RecordingEnded
_decode_record = msgspec.json.Decoder(JournalRecord).decode


def line(record: object) -> bytes:
    """A record as a journal's line in bytes: CRC-32, a space, JSON, a newline."""
    body = _encode(record)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def body_of(raw: bytes) -> bytes | None:
    """The JSON in a journal's line; None if the line is cut, or its checksum does not match."""
    if not raw.endswith(b"\n"):
        return None
    checksum, blank, body = raw[:-1].partition(b" ")
    return body if blank and checksum == b"%08x" % zlib.crc32(body) else None


def head_in(file: BinaryIO, name: str) -> JournalHead:
    """Read the head of an open journal; the file's position is then at the first record.

    Args:
        file: The journal.
        name: What errors call it.

    Raises:
        JournalError: It is not a journal, or one of a newer version.
        OSError: It cannot be read.
    """
    try:
        head = msgspec.json.decode(body_of(file.readline(_HEAD_BYTES)) or b"", type=JournalHead)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JournalError(f"{name} is no journal of a recording, or its first line is damaged") from error
    if head.journal > JOURNAL_VERSION:
        raise JournalError(
            f"{name} is a journal of version {head.journal}, which this wiretape cannot read: upgrade wiretape"
        )
    return head


def records_in(lines: Iterable[bytes]) -> Iterator[JournalRecord | None]:
    """The records below the head. The first one that is cut or damaged yields None, and ends the iteration."""
    for raw in lines:
        try:
            record = _decode_record(body_of(raw) or b"")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield None
            return
        yield record

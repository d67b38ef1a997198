"""What stands in a journal, and how it is read back: one line a record, each with its checksum.

A line is a CRC-32 (eight hexadecimal digits), a blank, and JSON. The first one is the `JournalHead`; the others are
observations, and the two marks `Learnt` and `Ended`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, TypeAlias

import msgspec

from harness.cassette.model import Recorded
from harness.record.errors import JournalError
from harness.record.events import Event
from harness.record.head_rules import NO_RULES, HeadRules

JOURNAL_VERSION: Final = 1
_HEAD_BYTES: Final = 1 << 20
_encode = msgspec.json.Encoder().encode


class JournalHead(msgspec.Struct, frozen=True, kw_only=True):
    """A journal's first line.

    Attributes:
        cassette: Absolute path of the cassette that is being recorded.
        profile: Name of the service's profile.
        recorded: Where it comes from.
        pid: Process that records.
        hooked: Whether functions of the user's decide what is kept; a journal holds what they were not asked about yet.
        merge: Whether it is to be added to a cassette that is there.
        rules: What the cassette's head is to say of how it is compared.
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
    """By what secrets were found so far; the last one counts."""

    labels: tuple[str, ...]


class Ended(msgspec.Struct, frozen=True, tag_field="is", tag="ended"):
    """The recording was ended, not cut: nothing came after what stands above.

    Attributes:
        until: Microseconds until when the session was observed.
    """

    until: int


JournalRecord: TypeAlias = Event | Learnt | Ended
_decode_record = msgspec.json.Decoder(JournalRecord).decode


def line(record: object) -> bytes:
    """A record as it stands in a journal."""
    body = _encode(record)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def body_of(raw: bytes) -> bytes | None:
    """The JSON of a whole line; None if the line is cut or damaged."""
    if not raw.endswith(b"\n"):
        return None
    checksum, blank, body = raw[:-1].partition(b" ")
    return body if blank and checksum == b"%08x" % zlib.crc32(body) else None


def head_in(file: BinaryIO, name: str) -> JournalHead:
    """The head of an open journal, which is then read up to its first record.

    Raises:
        JournalError: It is no journal, or of a newer version.
        OSError: It cannot be read.
    """
    try:
        head = msgspec.json.decode(body_of(file.readline(_HEAD_BYTES)) or b"", type=JournalHead)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JournalError(f"{name} is no journal of a recording, or its first line is damaged") from error
    if head.journal > JOURNAL_VERSION:
        raise JournalError(f"{name} is a journal of version {head.journal}: a newer wiretape can read it")
    return head


def records_in(lines: Iterable[bytes]) -> Iterator[JournalRecord | None]:
    """The records of the lines below the head; None, and nothing more, at one that was cut or damaged."""
    for raw in lines:
        try:
            record = _decode_record(body_of(raw) or b"")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield None
            return
        yield record

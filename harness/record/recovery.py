"""`recover`: makes a cassette of the journal of a killed recorder, with the same redaction, scan, lock and writing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from harness.cassette.model import Cassette, LeftOut
from harness.cassette.payloads import PayloadStore
from harness.profile import ServiceProfile
from harness.record.errors import EmptyJournalError, EventError, KeptJournal, RecoveryError, naming_journal
from harness.record.events import redact_event
from harness.record.journal_format import JournalHead, Learnt, RecordingEnded, head_in, records_in
from harness.record.options import SaveOptions
from harness.record.recorder import Recorder
from harness.record.save import save_take
from harness.record.spool import EventLog
from harness.record.state_dir import UNFINISHED, RecordingLock, locked, remove
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor
from harness.user_folders import state_directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """A journal that was recovered.

    Attributes:
        path: The cassette.
        cassette: As it is on the disk.
        records: Number of whole records in the journal.
        whole: False if a record was cut or damaged; the records after it are lost.
        rewriting: Whether the recorder was killed while it removed a newly learned secret from the journal. The secret
            may still be in the journal and in the cassette, and can no longer be detected.
        left_out: Exchanges that the cassette format cannot express.
    """

    path: Path
    cassette: Cassette = field(repr=False)
    records: int
    whole: bool
    rewriting: bool
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How to recover a journal.

    Attributes:
        profiles: Returns the profile of that name; None if there is none.
        output: The cassette to write; None for the one that the journal names.
        replace: Whether a cassette that is newer than the recording may be replaced.
        merge: Whether the recording is appended to an existing cassette.
        without_hooks: Whether a recording with hooks may be recovered, although they cannot be applied.
        state: The state directory, for locks; None for the user's.
        keeps_empty: Whether a recording without events becomes a cassette, too.
    """

    profiles: Callable[[str], ServiceProfile | None]
    output: Path | None = None
    replace: bool = False
    merge: bool = False
    without_hooks: bool = False
    state: Path | None = None
    keeps_empty: bool = True


def recover(journal: Path, how: Recovery) -> Recovered:
    """Write the cassette of a journal, and delete the journal. On any error the journal and an existing cassette stay.

    The cassette is marked ``complete: false``, unless the recording had ended, and only writing its cassette failed.

    Raises:
        LivingRecordingError: Its recorder is running.
        EmptyJournalError: It holds no event, and empty cassettes are not wanted; the journal is deleted.
        JournalError: The file is not a journal.
        RecoveryError: The cassette must not be written there, or the service is unknown.
        UnsafeCassetteError, MergeError: As for `harness.record.recording.Recording.finish`.
        harness.cassette.errors.CassetteError, OSError: Writing failed.
    """
    with locked(journal) as file:
        head = head_in(file, str(journal))
        if not how.keeps_empty and _is_empty(file):
            remove(journal)
            raise EmptyJournalError(f"{journal} held no exchange: no cassette was written, and the journal was deleted")
        path = how.output or Path(head.cassette)
        merge = how.merge or head.merge
        profile = how.profiles(head.profile)
        if profile is None:
            raise RecoveryError(
                f"{journal} was recorded from the service {head.profile!r}, which has no profile here: run it "
                "where the profile file is"
            )
        if head.hooked and not how.without_hooks:
            raise RecoveryError(
                f"{journal} was recorded with hooks that leave out exchanges, and recovering cannot run them; "
                "--without-hooks recovers everything"
            )
        if not how.replace and not merge:
            _refuse_newer(path, head)
        redactor = Redactor(profile)
        with naming_journal(lambda: KeptJournal(journal)), RecordingLock(path, how.state, shared=merge):
            read = _read(file, head, redactor, PayloadStore(how.state or state_directory()))
            options = SaveOptions(mode="append" if merge else "replace", state_directory=how.state)
            written = save_take(path, read.cassette, options, redactor=redactor, profile=profile)
        found = replace(
            read,
            path=path,
            cassette=written.cassette,
            left_out=written.left_out,
            rewriting=journal.with_suffix(UNFINISHED).exists(),
        )
        remove(journal)
        return found


def _is_empty(file: BinaryIO) -> bool:
    """Whether the journal holds no event; the file's position stays."""
    at = file.tell()
    first = next(records_in(file), None)
    is_over = first is None and not file.read(1) and file.tell() == at
    file.seek(at)
    return is_over or isinstance(first, RecordingEnded)


def _read(file: BinaryIO, head: JournalHead, redactor: Redactor, store: PayloadStore) -> Recovered:
    recorder = Recorder(log=EventLog())
    labels: tuple[str, ...] = ()
    ended: RecordingEnded | None = None
    whole, count = True, 0
    for record in records_in(file):
        count += record is not None
        match record:
            case None:
                whole = False
            case Learnt():
                labels = record.labels
            case RecordingEnded():
                ended = record
            case _:
                try:
                    recorder.observe(redact_event(redactor, record))
                except EventError:
                    whole = False
                    break
    recorded = msgspec.structs.replace(head.recorded, complete=head.recorded.complete and whole and ended is not None)
    cassette = recorder.cassette(recorded, redacted=labels, now=None if ended is None else ended.until, store=store)
    safe = redact_cassette(redactor, head.rules.on(cassette))
    return Recovered(path=Path(head.cassette), cassette=safe, records=count, whole=whole, rewriting=False)


def _refuse_newer(path: Path, head: JournalHead) -> None:
    try:
        changed = path.stat().st_mtime
    except FileNotFoundError:
        return
    if changed > datetime.fromisoformat(head.recorded.at).timestamp():
        problem = "changed after the recording of the journal had begun"
        raise RecoveryError(
            f"{path} {problem}: write to another file, add to this one (--merge), or replace it (--force)"
        )

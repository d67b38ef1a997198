"""All of a journal at once, for tests: the product reads it record by record."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from harness.record.events import Event
from harness.record.journal_format import JournalHead, Learnt, RecordingEnded, head_in, records_in


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalContents:
    """What a journal holds.

    Attributes:
        whole: False if reading stopped at a record that was cut or damaged; it and what follows are left out.
        labels: By what secrets were found.
        ended: See `RecordingEnded`; None if the recording was cut.
    """

    head: JournalHead
    records: tuple[Event, ...] = field(repr=False)
    whole: bool
    labels: tuple[str, ...] = ()
    ended: RecordingEnded | None = None


def contents_of(head: JournalHead, lines: Iterable[bytes]) -> JournalContents:
    """All of a journal up to the first record that is cut or damaged."""
    records: list[Event] = []
    labels: tuple[str, ...] = ()
    ended: RecordingEnded | None = None
    whole = True
    for record in records_in(lines):
        match record:
            case None:
                whole = False
            case Learnt():
                labels = record.labels
            case RecordingEnded():
                ended = record
            case _:
                records.append(record)
    return JournalContents(head=head, records=tuple(records), whole=whole, labels=labels, ended=ended)


def read_journal(path: Path) -> JournalContents:
    """All of a journal up to the first record that is cut or damaged.

    Raises:
        JournalError: It is no journal, or of a newer version.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return contents_of(head_in(file, str(path)), file)

"""`RedactedEvents`: the events of a session, redacted before they are kept, in memory and in the journal alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from harness.record.connect_streams import ConnectStreams
from harness.record.errors import KeptJournal
from harness.record.events import Event, MessagePassed, redact_event
from harness.record.failsafe import FailsafeJournal
from harness.record.recorder import Recorder
from harness.redact.engine import Redactor


class RedactedEvents:
    """Redacts events, then appends them to the recorder's log and to the journal. Not thread-safe.

    Args:
        redactor: Learns the session's secrets.
        recorder: Keeps the events.
        journal: Owned from now on; None for a recording without one.
    """

    def __init__(self, redactor: Redactor, recorder: Recorder, journal: FailsafeJournal | None) -> None:
        self._redactor = redactor
        self._recorder = recorder
        self._journal = journal
        self._streams = ConnectStreams()

    def append(self, events: Iterable[Event]) -> None:
        """Redact and keep events, which go to the journal in one write.

        If an event reveals a new secret, earlier events that hold it are redacted again, in memory and in the journal,
        before this returns.
        """
        kept: list[Event] = []
        changed = 0
        try:
            for event in events:
                redacted, count = self._redacted(event)
                changed += count
                self._recorder.observe(redacted)
                kept.append(redacted)
        finally:  # an error must not keep the events before it out of the journal
            self._write(kept, rewrite=changed > 0)

    def _redacted(self, event: Event) -> tuple[Event, int]:
        """The redacted event, and the number of earlier events that were redacted again for secrets learned from it."""
        before = self._redactor.generation
        redacted = self._with_end_of_connect(event, redact_event(self._redactor, event))
        changed = 0
        if self._redactor.generation != before:
            again = self._redactor.again(before)
            redacted = redact_event(again, redacted)
            changed = self._recorder.rewrite(lambda old: redact_event(again, old), again.may_change)
        return redacted, changed

    def _with_end_of_connect(self, event: Event, redacted: Event) -> Event:
        """The redacted event; the end of a CONNECT is redacted as the end of its whole packet."""
        begun = self._streams.before(event)
        if not begun or not isinstance(redacted, MessagePassed) or not isinstance(event, MessagePassed):
            return redacted
        whole = self._redactor.data(begun + event.data).data
        if len(whole) != len(begun) + len(event.data):  # no binary packet: there, placeholders keep the length
            return redacted
        return msgspec.structs.replace(redacted, data=whole[len(begun) :])

    def _write(self, kept: Sequence[Event], *, rewrite: bool) -> None:
        if self._journal is None:
            return
        if rewrite:  # the recorder's log has the kept events, too
            self._journal.rewrite(self._redactor.labels)
        elif kept:
            self._journal.append(self._redactor.labels, *kept)

    @property
    def journal(self) -> KeptJournal | None:
        """The journal; None if the recording has none, or has deleted it."""
        if self._journal is None or not self._journal.path.exists():
            return None
        return KeptJournal(self._journal.path, is_whole=not self._journal.failed)

    def end_journal(self, until: int) -> None:
        """Note in the journal that the session ended, and was not cut.

        Args:
            until: When, microseconds since the session began.
        """
        if self._journal is not None:
            self._journal.end(until, self._redactor.labels)

    def remove_journal(self) -> None:
        """Delete the journal, if there is one. Idempotent."""
        if self._journal is not None:
            self._journal.remove()
            self._journal = None

    def keep_journal(self) -> KeptJournal | None:
        """Close the journal, and leave it on the disk; returns what is kept, None without a journal. Idempotent."""
        if self._journal is not None:
            self._journal.keep()
        return self.journal

"""`RecordingOptions`: what a recording redacts and writes. `SaveOptions`: what happens to an existing cassette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

from harness.record.errors import RecordingError
from harness.record.head_rules import NO_RULES, HeadRules
from harness.record.hooks import RecordHooks
from harness.record.recorder import STREAM_AFTER
from harness.record.spool import SPILL_AFTER
from harness.redact.engine import Redactor
from harness.redact.vault import Explanation

SaveMode: TypeAlias = Literal["replace", "append", "replace_matching", "replace_once"]
"""How a recording is combined with an existing cassette; a missing one is always created.

| mode | what happens to an existing cassette |
|---|---|
| ``replace`` | the recording replaces it |
| ``append`` | the exchanges of the recording are added at its end |
| ``replace_matching`` | exchanges with the same request are replaced, new ones are added, the others stay |
| ``replace_once`` | the first recording of a run acts as ``replace``, later ones of that run as ``replace_matching`` |
"""
LOCK_TIMEOUT: Final = 60.0
"""Seconds to wait for other processes that write the same cassette; each takes well under one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveOptions:
    """How to write a recording where a cassette may exist.

    Attributes:
        mode: How the recording is combined with an existing cassette; see `SaveMode`.
        run: Names the run for ``replace_once``: one text for all workers of a test session, never used again.
        path: The cassette; None for that of the recording.
        pin_date: Whether to keep the date of the cassette that is replaced, and to leave that one unchanged if the two
            differ in times and generated ids only; see `harness.record.pinning.pinned`.
        ignore: Places whose values do not distinguish requests in ``replace_matching`` and ``replace_once``, beside
            those that the cassettes' heads name.
        timeout: Seconds to wait for the lock.
        state_directory: Where locks and the marks of runs are kept; None for the user's state directory.

    Raises:
        RecordingError: The mode is unknown, or ``replace_once`` has no run.
    """

    mode: SaveMode = "replace"
    run: str = ""
    path: Path | None = None
    pin_date: bool = False
    ignore: tuple[str, ...] = ()
    timeout: float = LOCK_TIMEOUT
    state_directory: Path | None = None

    def __post_init__(self) -> None:
        if self.mode not in get_args(SaveMode):
            raise RecordingError(f"unknown save mode {self.mode!r}: expected one of {', '.join(get_args(SaveMode))}")
        if self.mode == "replace_once" and not self.run:
            raise RecordingError(
                "the save mode 'replace_once' needs `run`: give all recordings of one run the same name there"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingOptions:
    """How a session is recorded, redacted and saved.

    Attributes:
        redactor: One that has learned secrets already; None for a new one.
        secrets: Values that are secret wherever they occur, beside those that the redactor detects.
        redact: Further places of secrets, as ``wiretape record --redact`` takes them: ``query.t``.
        redact_personal: Whether personal data (phone numbers, names, birth dates..) counts as secret.
        rules: The matching rules that the cassette's head gets.
        hooks: Functions that change exchanges before they are saved, or leave them out.
        explain: Called once the cassette is written, with each replacement and its reason.
        on_trouble: Called at once with each problem that the user should know of: the service cannot be reached, the
            cassette is full. Each sentence once, from the thread that records; it must return quickly.
        save: How the cassette is written by default.
        lock: Whether to hold the cassette's `RecordingLock` from the start, so that a second recorder fails at once.
            Recordings that append share the lock.
        journal: False for a recording that leaves nothing on the disk unless it is finished; if its process is killed,
            it is lost.
        durable: Whether each event is synced to the disk before it is passed on; docs/recovery.md has the cost.
        state_directory: Where the journal and the locks are kept; None for the user's state directory.
        stream_after: Seconds; see `harness.record.recorder.STREAM_AFTER`.
        spill_after: Bytes; see `harness.record.spool.SPILL_AFTER`.
        started: When the recording began; None for now.
    """

    redactor: Redactor | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    redact: tuple[str, ...] = ()
    redact_personal: bool = False
    rules: HeadRules = NO_RULES
    hooks: RecordHooks = field(default_factory=RecordHooks)
    explain: Callable[[tuple[Explanation, ...]], None] | None = None
    on_trouble: Callable[[str], None] | None = field(default=None, repr=False)
    save: SaveOptions = field(default_factory=SaveOptions)
    lock: bool = False
    journal: bool = True
    durable: bool = False
    state_directory: Path | None = None
    stream_after: float = STREAM_AFTER / 1e6
    spill_after: int = SPILL_AFTER
    started: datetime | None = None

    def locked(self) -> RecordingOptions:
        """The same options with ``lock`` set."""
        return replace(self, lock=True)

    @property
    def shares_lock(self) -> bool:
        """Whether other recordings that append may record into the same cassette at the same time."""
        return self.save.mode == "append"

    def save_options(self, given: SaveOptions | None) -> SaveOptions:
        """How to write the cassette: as given, else as by default; with the recording's state directory if it has none.

        Args:
            given: The options of this one write; None for the default.
        """
        chosen = given or self.save
        return replace(chosen, state_directory=chosen.state_directory or self.state_directory)

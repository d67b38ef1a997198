"""`Recording`: one session, from its first request to its cassette."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from harness.cassette.model import Cassette, Headers, LeftOut, Recorded
from harness.profile import ServiceProfile, with_places
from harness.record.errors import RecordingError, kept_in
from harness.record.events import Observation, RequestBegan, ResponseBegan, redact_observation
from harness.record.exchange import Track
from harness.record.failsafe import FailsafeJournal
from harness.record.head_rules import NO_RULES, HeadRules
from harness.record.hooks import RecordHooks
from harness.record.journal import Journal
from harness.record.journal_format import JournalHead
from harness.record.recorder import STREAM_AFTER, Recorder
from harness.record.room import Room
from harness.record.save import Into, write_into
from harness.record.spool import SPILL_AFTER, ObservationLog
from harness.record.state_dir import Claim, state_directory
from harness.record.under_way import UnderWay
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor
from harness.redact.errors import WeakSecretError
from harness.redact.vault import Explanation
from provider.clock import now


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSettings:
    """What is rarely set.

    Attributes:
        redactor: One that knows secrets already; None for a new one.
        secrets: Values that are secret wherever they occur, beside what shows itself to be.
        redact: Further places of secrets, as ``wiretape record --redact`` takes them: ``query.t``.
        redact_personal: Whether what tells who somebody is counts as secret in any place.
        rules: What the cassette's head is to say of how it is compared.
        explain: Is called with what was replaced and why, once the cassette is written.
        journal_directory: Where the journal lies, and where locks are kept; None for the user's state directory.
        stream_after: Seconds; see `harness.record.recorder.STREAM_AFTER`.
        started: When the recording began; None for now.
        hooks: What changes what is kept, or keeps it out.
        journal: False for a recording that leaves nothing on the disk unless it is finished; killed, it is lost.
        durable: What `Track` was told is on the disk before it returns; see docs/recovery.md for what that costs.
        claim: ``alone``: nobody else who claims it may record into the same cassette meanwhile. ``shared``: only
            others that share may. ``none``: nobody is asked.
        spill_after: See `harness.record.spool.SPILL_AFTER`.
        on_trouble: Called at once with what the user should hear of, each sentence once: the service cannot be
            reached, the cassette is full. From the thread that records; must not take long.
    """

    redactor: Redactor | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    redact: tuple[str, ...] = ()
    redact_personal: bool = False
    rules: HeadRules = NO_RULES
    explain: Callable[[tuple[Explanation, ...]], None] | None = None
    journal_directory: Path | None = None
    stream_after: float = STREAM_AFTER / 1e6
    started: datetime | None = None
    hooks: RecordHooks = field(default_factory=RecordHooks)
    journal: bool = True
    durable: bool = False
    claim: Literal["none", "alone", "shared"] = "none"
    spill_after: int = SPILL_AFTER
    on_trouble: Callable[[str], None] | None = field(default=None, repr=False)


class Recording:
    """Takes observations, and writes a cassette in the end: redacted, journalled, scanned.

    Times are seconds on the observer's own monotonic clock; the session begins with its first request. May be used
    from several threads.

    Args:
        path: Where the cassette is to be; an old one stays until the new one is whole and safe.
        profile: The service: which values are secret.
        by: How the recording is made: ``relay``, ``har``..
        client: What speaks to the service, e.g. ``curl_cffi 0.16.3 (chrome)``.
        origin: Origin of the service that answers; by default the profile's upstream.
        settings: The rest.

    Raises:
        PlaceError: A place of secrets is not written as places are.
        WeakSecretError: A secret that was told cannot be sought: its occurrences would be chance.
        LockedCassetteError: Somebody else records into it, and it is to be claimed.
        OSError: The journal cannot be created.
    """

    def __init__(
        self,
        path: Path | str,
        profile: ServiceProfile,
        *,
        by: str = "relay",
        client: str = "",
        origin: str | None = None,
        settings: RecordingSettings | None = None,
    ) -> None:
        chosen = settings or RecordingSettings()
        self.path = Path(path)
        profile = with_places(profile, chosen.redact, personal=chosen.redact_personal)
        self._explain = chosen.explain
        self.redactor = chosen.redactor or Redactor(profile)
        if not all(self.redactor.learn(value, "told") for value in chosen.secrets):
            raise WeakSecretError("a secret that was told is too short or too plain to be sought everywhere")
        self._profile = profile
        self._hooks = chosen.hooks
        self._rules = chosen.rules
        self._state = chosen.journal_directory
        started = (chosen.started or now()).astimezone(UTC)
        self._recorded = Recorded(
            at=f"{started:%Y-%m-%dT%H:%M:%SZ}",
            by=by,
            client=client,
            origin=profile.upstream if origin is None else origin,
        )
        log = ObservationLog(self._state or state_directory(), spill_after=chosen.spill_after)
        self._recorder = Recorder(stream_after=round(chosen.stream_after * 1e6), log=log)
        self._lock = threading.RLock()
        self._zero: float | None = None
        self._until = 0
        self._count = 0
        self._finished = False
        self._is_stopped = False
        self._was_cut = False
        self._under_way = UnderWay()
        self._room = Room()
        self._on_trouble = chosen.on_trouble
        self._answers = 0
        self.troubles: list[str] = []
        """What the user was told of, in order."""
        self.unreached: list[str] = []
        """Why the service could not be reached; one for each exchange that failed so."""
        self.left_out: tuple[LeftOut, ...] = ()
        """What `finish` could not write: the format cannot say it."""
        self._claim: Claim | None = None
        if chosen.claim != "none":
            self._claim = Claim(self.path, self._state, shared=chosen.claim == "shared")
        self._journal: FailsafeJournal | None = None
        if chosen.journal:
            try:
                self._journal = FailsafeJournal(self._new_journal(chosen), log)
            except BaseException:
                self._release()
                raise

    def _new_journal(self, chosen: RecordingSettings) -> Journal:
        head = JournalHead(
            cassette=str(self.path.absolute()),
            profile=self._profile.name,
            recorded=self._recorded,
            pid=os.getpid(),
            hooked=chosen.hooks != RecordHooks(),
            merge=chosen.claim == "shared",
            rules=chosen.rules,
        )
        return Journal(head, chosen.journal_directory, durable=chosen.durable)

    @property
    def journal_path(self) -> Path | None:
        """Where the journal is, or None if there is none any more."""
        return self._journal.path if self._journal is not None and self._journal.path.exists() else None

    @property
    def is_empty(self) -> bool:
        """Whether no request came yet."""
        return self._count == 0

    @property
    def taken(self) -> int:
        """How many observations were taken in."""
        return len(self._recorder.observations())

    @property
    def came_through(self) -> bool:
        """Whether the service was reached at all; False for an empty recording, too."""
        return self._count > 0 and (self._answers > 0 or len(self.unreached) < self._count)

    def cannot_reach(self, problem: str) -> None:
        """The service could not be reached for an exchange, which is aborted then.

        Args:
            problem: Names the service and the reason.
        """
        with self._lock:
            self.unreached.append(problem)
            self._trouble(problem)

    def _trouble(self, problem: str) -> None:
        if problem and problem not in self.troubles:
            self.troubles.append(problem)
            if self._on_trouble is not None:
                self._on_trouble(problem)

    def begin(self, method: str, target: str, headers: Headers, *, at: float, upgrade: bool = False) -> Track:
        """A request came: the track that takes what follows on it."""
        with self._lock:
            number, self._count = self._count, self._count + 1
            if self._zero is None:
                self._zero = at
            track = Track(self, number, headers)
            self.observe(
                RequestBegan(
                    exchange=number,
                    at=self.microseconds(at),
                    method=method,
                    target=target,
                    headers=headers,
                    upgrade=upgrade,
                )
            )
            return track

    def microseconds(self, at: float) -> int:
        """Microseconds since the session began."""
        return max(0, round((at - (self._zero or 0.0)) * 1e6))

    def observe(self, seen: Observation) -> None:
        """Take one observation: redacted first, then in the journal, then kept.

        A value that is learnt late is taken out of all that is kept, and out of the journal, before this returns.
        """
        with self._lock:
            if self._finished or self._is_stopped:
                return
            self._under_way.observe(seen)
            self._answers += isinstance(seen, ResponseBegan)
            self._trouble(self._room.observe(seen))
            self._until = max(self._until, seen.at)
            before = self.redactor.generation
            kept = redact_observation(self.redactor, seen)
            changed = 0
            if self.redactor.generation != before:
                again = self.redactor.again(before)
                kept = redact_observation(again, kept)
                changed = self._recorder.rewrite(lambda old: redact_observation(again, old))
            self._recorder.observe(kept)
            self._write_down(kept, rewrite=changed > 0)

    def interrupt(self) -> None:
        """The user ends the recording: what is under way now counts as cut, even if its client ends it by itself.

        A program that is interrupted closes its connections, as one does that has heard all.
        """
        with self._lock:
            self._was_cut |= self._under_way.anything()

    def stop(self, *, at: float) -> None:
        """Take nothing more: what is still open is cut by the recorder at this time, not by who is told to close it."""
        with self._lock:
            if not self._is_stopped:
                self._until = max(self._until, self.microseconds(at))
                self._is_stopped = True

    def cassette(self) -> Cassette:
        """The session so far, redacted."""
        with self._lock:
            complete = self._recorded.complete and not self._was_cut
            recorded = msgspec.structs.replace(self._recorded, complete=complete)
            cassette = self._recorder.cassette(recorded, redacted=self.redactor.labels, now=self._until)
            return redact_cassette(self.redactor, self._rules.on(cassette))

    def kept(self) -> Cassette:
        """The session so far as `finish` would keep it: with the hooks applied, and redacted again.

        Raises:
            HookError: A hook raised, or gave something that no cassette can say.
        """
        with self._lock:
            cassette = self.cassette()
            applied = self._hooks.applied(cassette)
            return cassette if applied is cassette else redact_cassette(self.redactor, applied)

    def finish(self, into: Into | None = None) -> Cassette:
        """Write the cassette, and remove the journal. What is still open is cut, and the cassette says so.

        Args:
            into: What becomes of a cassette that is there; by default this one takes its place.

        Returns:
            The cassette as it is on the disk now.

        Raises:
            UnsafeCassetteError: The finished bytes hold something secret.
            HookError: A hook raised, or gave something that no cassette can say.
            MergeError: It cannot be added to what is there, or somebody else has that locked.
            RecordingError: It is finished already.
            harness.cassette.errors.CassetteError: The format cannot say it, or the disk says no.
            In all cases an old cassette stays, and the journal is kept.
        """
        chosen = into or Into()
        chosen = replace(chosen, state=chosen.state or self._state)
        with self._lock:
            if self._finished:
                raise RecordingError("The recording is finished")
            self._finished = True
            try:
                if self._journal is not None and not self._was_cut:
                    self._journal.end(self._until, self.redactor.labels)
                with kept_in(self.journal_path):
                    path = chosen.path or self.path
                    written = write_into(path, self.kept(), chosen, redactor=self.redactor, profile=self._profile)
            except BaseException:
                self._close_journal()
                raise
            if self._journal is not None:
                self._journal.remove()
                self._journal = None
            self._release()
            self.left_out = written.left_out
            if self._explain is not None:
                self._explain(self.redactor.explanations)
            return written.cassette

    def close(self) -> None:
        """Stop without a cassette; the journal is kept, unless nothing was observed. Does nothing after `finish`."""
        with self._lock:
            if not self._finished and self.is_empty:
                self.discard()
            self._finished = True
            self._close_journal()

    def discard(self) -> None:
        """Stop without a cassette, and remove the journal. Does nothing after `finish`."""
        with self._lock:
            if not self._finished and self._journal is not None:
                self._journal.remove()
                self._journal = None
            self._finished = True
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not self._finished:
            self.finish()
        else:
            self.close()

    def _write_down(self, kept: Observation, *, rewrite: bool) -> None:
        if self._journal is None:
            return
        if rewrite:
            self._journal.rewrite(self.redactor.labels)
        else:
            self._journal.append(kept, self.redactor.labels)

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.keep()
        self._release()

    def _release(self) -> None:
        if self._claim is not None:
            self._claim.release()

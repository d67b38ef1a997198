"""`Recording`: one session, from its first request to its cassette."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from weakref import WeakSet

import msgspec

from harness.cassette.model import Cassette, Headers, LeftOut
from harness.cassette.payloads import PayloadStore
from harness.origins import OriginMap
from harness.profile import ServiceProfile, with_places
from harness.record.capacity import Capacity
from harness.record.errors import KeptJournal, RecordingError, naming_journal
from harness.record.events import Event, RequestBegan, ResponseBegan
from harness.record.exchange import ExchangeRecorder
from harness.record.open_exchanges import OpenExchanges
from harness.record.options import RecordingOptions, SaveOptions
from harness.record.recorder import Recorder
from harness.record.redacted_events import RedactedEvents
from harness.record.save import save_take
from harness.record.setup import head_for, journal_for, lock_for, redactor_for
from harness.record.spool import EventLog
from harness.record.troubles import Troubles
from harness.redact.cassettes import redact_cassette
from harness.user_folders import state_directory


class Recording:
    """Receives the events of a session, and writes its cassette at the end: redacted, journalled, scanned.

    Times are seconds on the observer's own monotonic clock; the session begins with its first request. May be used
    from several threads.

    Args:
        path: The cassette. An existing one stays until the new one is complete and safe.
        profile: The service: which values are secret.
        by: How the recording is made: ``relay``, ``har``..
        client: The client, e.g. ``curl_cffi 0.16.3 (chrome)``.
        origin: Origin of the service that responds; by default the profile's upstream.
        upstreams: Name -> origin of further services of the session; exchanges with them have absolute targets.
        options: How it is recorded and saved.

    Attributes:
        unreached: Why the service could not be reached; one entry for each exchange that failed so.
        left_out: Exchanges that `finish` could not write, because the cassette format cannot express them.

    Raises:
        CustomPlaceError: A place of secrets is not written as places are.
        WeakSecretError: A given secret is too short or too plain to be searched for: its occurrences would be chance.
        LockedCassetteError: Another recording holds the cassette's lock.
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
        upstreams: Mapping[str, str] | None = None,
        options: RecordingOptions | None = None,
    ) -> None:
        chosen = options or RecordingOptions()
        self._options = chosen
        self.path = Path(path)
        self._profile = with_places(profile, chosen.redact, personal=chosen.redact_personal)
        self.redactor = redactor_for(self._profile, chosen)
        self._recorded = head_for(profile, chosen, by=by, client=client, origin=origin, upstreams=upstreams or {})
        log = EventLog(chosen.state_directory or state_directory(), spill_after=chosen.spill_after)
        self._recorder = Recorder(stream_after=round(chosen.stream_after * 1e6), log=log)
        self._lock = threading.RLock()
        self._zero: float | None = None
        self._until = 0
        self._count = 0
        self._answers = 0
        self._finished = False
        self._is_stopped = False
        self._was_cut = False
        self._open = OpenExchanges()
        self._recorders: WeakSet[ExchangeRecorder] = WeakSet()
        self._capacity = Capacity()
        self._troubles = Troubles(chosen.on_trouble)
        self.unreached: list[str] = []
        self.left_out: tuple[LeftOut, ...] = ()
        self._release = lock_for(self.path, chosen)
        try:
            journal = journal_for(self.path, self._profile, self._recorded, chosen, log)
        except BaseException:
            self._release()
            raise
        self._events = RedactedEvents(self.redactor, self._recorder, journal)

    @property
    def journal(self) -> KeptJournal | None:
        """The journal; None if the recording has none, or has deleted it."""
        return self._events.journal

    @property
    def is_empty(self) -> bool:
        """Whether no request was received yet."""
        return self._count == 0

    @property
    def event_count(self) -> int:
        """Number of events recorded so far: requests, their bodies, responses, messages, ends (`Event`)."""
        return len(self._recorder.events())

    def version(self) -> tuple[int, int]:
        """A value that differs after each event and each newly learned secret: then `cassette` may differ, too."""
        return self.event_count, self.redactor.generation

    @property
    def reached_service(self) -> bool:
        """Whether the service was reached at all; False for an empty recording, too."""
        return self._count > 0 and (self._answers > 0 or len(self.unreached) < self._count)

    def report_unreachable(self, problem: str) -> None:
        """Note that the service could not be reached for an exchange, which is aborted then.

        Args:
            problem: Names the service and the reason.
        """
        with self._lock:
            self.unreached.append(problem)
            self._troubles.report(problem)

    def begin(
        self,
        method: str,
        target: str,
        headers: Headers,
        *,
        at: float,
        upgrade: bool = False,
        origins: OriginMap | None = None,
    ) -> ExchangeRecorder:
        """Record that a request was received; the result records the rest of its exchange.

        Args:
            method: Of the request.
            target: Path and query, or absolute URL.
            headers: Names in lower case.
            at: When its first byte was received, seconds.
            upgrade: Whether it asks for a WebSocket.
            origins: Maps a local service's origin to the canonical one; see `ExchangeRecorder`.
        """
        with self._lock:
            number, self._count = self._count, self._count + 1
            if self._zero is None:
                self._zero = at
            exchange = ExchangeRecorder(
                number, headers, observe=self.observe, session_time=self.session_time, origins=origins
            )
            self._recorders.add(exchange)
            self.observe(
                RequestBegan(
                    exchange=number,
                    at=self.session_time(at),
                    method=method,
                    target=target if origins is None else origins.text(target),
                    headers=headers if origins is None else origins.headers(headers),
                    upgrade=upgrade,
                )
            )
            return exchange

    def session_time(self, at: float) -> int:
        """Microseconds from the beginning of the session to a time in the observer's seconds."""
        return max(0, round((at - (self._zero or 0.0)) * 1e6))

    def observe(self, *events: Event) -> None:
        """Record events; nothing after `stop` or `finish`. See `RedactedEvents.append`."""
        with self._lock:
            if self._finished or self._is_stopped:
                return
            for event in events:
                self._open.observe(event)
                self._answers += isinstance(event, ResponseBegan)
                self._troubles.report(self._capacity.observe(event))
                self._until = max(self._until, event.at)
            self._events.append(events)

    def interrupt(self) -> None:
        """Mark the recording as incomplete if an exchange is still open: the user ends it.

        Call it before the connections close: an interrupted client closes them just like one that has everything.
        """
        with self._lock:
            self._was_cut |= self._open.any_open()

    def stop(self, *, at: float) -> None:
        """Record nothing more. Exchanges that are open are cut at this time, in seconds.

        So the cassette shows all that has passed until then, not how clients and service react to being closed.
        """
        if self._is_stopped:
            return
        with self._lock:
            exchanges = sorted(self._recorders, key=lambda each: each.number)
        try:
            for exchange in exchanges:  # without the lock: what they record takes it after their own
                exchange.release(at=at)
        finally:
            with self._lock:
                self._until = max(self._until, self.session_time(at))
                self._is_stopped = True

    def cassette(self, store: PayloadStore | None = None) -> Cassette:
        """The session so far, redacted.

        Args:
            store: Keeps the bodies that go to side files; None to keep them in memory.
        """
        with self._lock:
            complete = self._recorded.complete and not self._was_cut
            recorded = msgspec.structs.replace(self._recorded, complete=complete)
            cassette = self._recorder.cassette(recorded, redacted=self.redactor.labels, now=self._until, store=store)
            return redact_cassette(self.redactor, self._options.rules.on(cassette))

    def hooked_cassette(self, store: PayloadStore | None = None) -> Cassette:
        """The session so far as `finish` would write it: after the hooks, and redacted again.

        Args:
            store: As for `cassette`.

        Raises:
            HookError: A hook raised, or returned something that no cassette can express.
        """
        with self._lock:
            cassette = self.cassette(store)
            applied = self._options.hooks.applied(cassette)
            return cassette if applied is cassette else redact_cassette(self.redactor, applied)

    def finish(self, save: SaveOptions | None = None) -> Cassette:
        """Write the cassette, and remove the journal. Open exchanges are cut, and the cassette is marked incomplete.

        Args:
            save: How to treat an existing cassette; by default as the recording's options say.

        Returns:
            The cassette as it is on the disk now.

        Raises:
            UnsafeCassetteError: The finished bytes hold a secret.
            HookError: A hook raised, or returned something that no cassette can express.
            MergeError: The recording cannot be added to the existing cassette, or that one is locked.
            RecordingError: The recording is finished already.
            harness.cassette.errors.CassetteError: The format cannot express it, or writing failed.
            In all cases an existing cassette stays unchanged, and the journal is kept.
        """
        chosen = self._options.save_options(save)
        self.stop(at=(self._zero or 0.0) + self._until / 1e6)
        with self._lock:
            if self._finished:
                raise RecordingError("the recording is finished already, and cannot go on: start another recording")
            self._finished = True
            try:
                if not self._was_cut:
                    self._events.end_journal(self._until)
                with naming_journal(self._events.keep_journal):
                    store = PayloadStore(chosen.state_directory or state_directory())
                    path, take = chosen.path or self.path, self.hooked_cassette(store)
                    saved = save_take(path, take, chosen, redactor=self.redactor, profile=self._profile)
            except BaseException:
                self._events.keep_journal()
                self._release()
                raise
            self._events.remove_journal()
            self._release()
            self.left_out = saved.left_out
            if self._options.explain is not None:
                self._options.explain(self.redactor.explanations)
            return saved.cassette

    def close(self) -> None:
        """Stop without a cassette. The journal is kept unless the recording is empty. Does nothing after `finish`."""
        with self._lock:
            if not self._finished and self.is_empty:
                self.discard()
            self._finished = True
            self._events.keep_journal()
            self._release()

    def discard(self) -> None:
        """Stop without a cassette, and remove the journal. Does nothing after `finish`."""
        with self._lock:
            if not self._finished:
                self._events.remove_journal()
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

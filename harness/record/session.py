"""`Recording`: one session, from its first request to its cassette."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from harness.cassette.model import Cassette, Direction, Headers, How, Recorded
from harness.profile import ServiceProfile
from harness.record.errors import RecordingError, UnsafeCassetteError
from harness.record.journal import Journal, JournalHead
from harness.record.observations import (
    BodyEnd,
    ExchangeAborted,
    MessageKind,
    MessagePassed,
    Observation,
    Piece,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnd,
    SocketEnded,
)
from harness.record.recorder import STREAM_AFTER, Recorder
from harness.record.redaction import redact_observation
from harness.record.writing import write_checked
from harness.redact.engine import Redactor
from harness.redact.exchanges import redact_cassette

_log: Final = logging.getLogger("harness.record")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSettings:
    """What is rarely set.

    Attributes:
        redactor: One that knows secrets already; None for a new one.
        journal_directory: Where the journal lies; None for the user's state directory.
        stream_after: Seconds; see `harness.record.recorder.STREAM_AFTER`.
        started: When the recording began; None for now.
    """

    redactor: Redactor | None = None
    journal_directory: Path | None = None
    stream_after: float = STREAM_AFTER / 1e6
    started: datetime | None = None


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
        self.redactor = chosen.redactor or Redactor(profile)
        started = (chosen.started or datetime.now(UTC)).astimezone(UTC)
        self._recorded = Recorded(
            at=f"{started:%Y-%m-%dT%H:%M:%SZ}",
            by=by,
            client=client,
            origin=profile.upstream if origin is None else origin,
        )
        self._recorder = Recorder(stream_after=round(chosen.stream_after * 1e6))
        self._lock = threading.RLock()
        self._zero: float | None = None
        self._until = 0
        self._count = 0
        self._finished = False
        head = JournalHead(
            cassette=str(self.path.absolute()), profile=profile.name, recorded=self._recorded, pid=os.getpid()
        )
        self._journal: Journal | None = Journal(head, chosen.journal_directory)

    @property
    def journal_path(self) -> Path | None:
        """Where the journal is, or None if there is none any more."""
        return None if self._journal is None else self._journal.path

    def begin(self, method: str, target: str, headers: Headers, *, at: float, upgrade: bool = False) -> Track:
        """A request came: the track that takes what follows on it."""
        with self._lock:
            number, self._count = self._count, self._count + 1
            if self._zero is None:
                self._zero = at
            track = Track(self, number)
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
            if self._finished:
                return
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

    def cassette(self) -> Cassette:
        """The session so far, redacted."""
        with self._lock:
            cassette = self._recorder.cassette(self._recorded, redacted=self.redactor.labels, now=self._until)
            return redact_cassette(self.redactor, cassette)

    def finish(self) -> Cassette:
        """Write the cassette, and remove the journal. What is still open is cut, and the cassette says so.

        Raises:
            UnsafeCassetteError: The finished bytes hold something secret: an old cassette stays, the journal is kept.
            RecordingError: It is finished already.
            harness.cassette.errors.CassetteError: The format cannot say it, or the disk says no; the journal is kept.
        """
        with self._lock:
            if self._finished:
                raise RecordingError("The recording is finished")
            cassette = self.cassette()
            self._finished = True
            try:
                cassette = write_checked(cassette, self.path, self.redactor)
            except UnsafeCassetteError as error:
                self._close_journal()
                raise UnsafeCassetteError(error.path, error.findings, self.journal_path) from None
            except BaseException:
                self._close_journal()
                raise
            if self._journal is not None:
                self._journal.remove()
                self._journal = None
            return cassette

    def close(self) -> None:
        """Stop without a cassette; the journal is kept. Does nothing after `finish`."""
        with self._lock:
            self._finished = True
            self._close_journal()

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
        try:
            if rewrite:
                self._journal.rewrite(self._recorder.observations())
            else:
                self._journal.append(kept)
        except OSError as error:
            # The session goes on: its cassette may still be written.
            _log.warning("The journal %s cannot be written any more: %s", self._journal.path, error.strerror)
            self._close_journal()
            self._journal = None

    def _close_journal(self) -> None:
        if self._journal is not None:
            try:
                self._journal.close()
            except OSError as error:
                _log.warning("The journal %s may be incomplete: %s", self._journal.path, error.strerror)


class Track:
    """One exchange of a recording, told as it happens. Made by `Recording.begin`."""

    def __init__(self, recording: Recording, number: int) -> None:
        self._recording = recording
        self._number = number
        self._pending: list[Piece] = []
        self.ended = False
        """Whether the exchange has ended: what comes after an end is not recorded, but for the other side's close."""

    def request_body(self, data: bytes, *, at: float) -> None:
        """The request's whole body."""
        if data:
            self._observe(RequestBody(exchange=self._number, at=self._time(at), data=data))

    def respond(self, status: int, headers: Headers, *, at: float, reason: str | None = None) -> None:
        """The answer's head: for an upgrade, 101 opens the socket and anything else refuses it."""
        self._observe(
            ResponseBegan(exchange=self._number, at=self._time(at), status=status, reason=reason, headers=headers)
        )

    def chunk(self, data: bytes, *, at: float) -> None:
        """A piece of the answer's body.

        It is held back until a line or the body ends: a secret may lie across pieces.
        """
        self._pending.append(Piece(self._time(at), data))
        if data.endswith(b"\n"):
            self._flush()

    def end(self, kind: BodyEnd = "whole", *, at: float, by: Direction = "<", trailers: Headers = ()) -> None:
        """The answer's body ended, whole or not. Only the first end counts."""
        if not self.ended:
            self._flush()
            self._observe(ResponseEnded(exchange=self._number, at=self._time(at), kind=kind, by=by, trailers=trailers))
            self.ended = True

    def message(
        self, direction: Direction, kind: MessageKind, data: bytes, *, at: float, frames: tuple[int, ...] = ()
    ) -> None:
        """A message or control frame passed."""
        self._observe(
            MessagePassed(
                exchange=self._number, at=self._time(at), direction=direction, kind=kind, data=data, frames=frames
            )
        )

    def socket_end(
        self, direction: Direction, kind: SocketEnd, *, at: float, code: int | None = None, reason: str = ""
    ) -> None:
        """One side ended the socket."""
        raw = reason.encode("utf-8", "replace")
        self._observe(
            SocketEnded(exchange=self._number, at=self._time(at), direction=direction, kind=kind, code=code, reason=raw)
        )
        self.ended = True

    def abort(self, by: Literal["client", "server", "recorder"], how: How = "eof", *, at: float) -> None:
        """The exchange ended without an answer. Only the first end counts."""
        if not self.ended:
            self._observe(ExchangeAborted(exchange=self._number, at=self._time(at), by=by, how=how))
            self.ended = True

    def _flush(self) -> None:
        if self._pending:
            pieces, self._pending = tuple(self._pending), []
            self._observe(ResponsePieces(exchange=self._number, at=pieces[-1].at, pieces=pieces))

    def _time(self, at: float) -> int:
        return self._recording.microseconds(at)

    def _observe(self, seen: Observation) -> None:
        self._recording.observe(seen)

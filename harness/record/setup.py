"""What a recording needs before its first event: its head, its redactor, its lock, its journal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path

from harness.cassette.model import Recorded
from harness.profile import ServiceProfile
from harness.record.failsafe import FailsafeJournal
from harness.record.hooks import RecordHooks
from harness.record.journal import Journal
from harness.record.journal_format import JournalHead
from harness.record.options import RecordingOptions
from harness.record.spool import EventLog
from harness.record.state_dir import RecordingLock
from harness.redact.engine import Redactor
from harness.redact.errors import WeakSecretError
from provider.clock import now


def head_for(
    profile: ServiceProfile,
    options: RecordingOptions,
    *,
    by: str,
    client: str,
    origin: str | None,
    upstreams: Mapping[str, str],
) -> Recorded:
    """The head of the cassette: when, how and from which service it was recorded; see `Recording`."""
    return Recorded(
        at=f"{(options.started or now()).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        by=by,
        client=client,
        origin=profile.upstream if origin is None else origin,
        upstreams=dict(upstreams),
    )


def redactor_for(profile: ServiceProfile, options: RecordingOptions) -> Redactor:
    """The redactor of a recording, which has learned the secrets that the options give.

    Raises:
        CustomPlaceError: A place of secrets is not written as places are.
        WeakSecretError: A given secret is too short or too plain to be searched for.
    """
    redactor = options.redactor or Redactor(profile)
    if not all(redactor.learn(value, "told") for value in options.secrets):
        raise WeakSecretError(
            "a given secret is too short or too plain to be searched for everywhere: "
            "give a longer one, or name the place where it occurs"
        )
    return redactor


def lock_for(path: Path, options: RecordingOptions) -> Callable[[], None]:
    """Lock the cassette if the options say so; the function that releases the lock, and does nothing without one.

    Raises:
        LockedCassetteError: Another recording holds it.
        OSError: The state directory cannot be written.
    """
    if not options.lock:
        return _no_lock
    return RecordingLock(path, options.state_directory, shared=options.shares_lock).release


def _no_lock() -> None:
    """Do nothing."""


def journal_for(
    path: Path, profile: ServiceProfile, recorded: Recorded, options: RecordingOptions, log: EventLog
) -> FailsafeJournal | None:
    """The journal of a recording; None if the options want none.

    Args:
        path: The cassette.
        profile: The service.
        recorded: The cassette's origin, client and date.
        options: Of the recording.
        log: The recording's events, from which a journal that failed is written again.

    Raises:
        OSError: The journal cannot be created.
    """
    if not options.journal:
        return None
    head = JournalHead(
        cassette=str(path.absolute()),
        profile=profile.name,
        recorded=recorded,
        pid=os.getpid(),
        hooked=options.hooks != RecordHooks(),
        merge=options.lock and options.shares_lock,
        rules=options.rules,
    )
    return FailsafeJournal(Journal(head, options.state_directory, durable=options.durable), log)

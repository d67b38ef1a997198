"""`Session`: one test of the control service: a local server with a player or a relay behind it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from harness.control.errors import ControlError
from harness.control.order import Order
from harness.errors import HarnessError
from harness.replay.report import Report
from harness.sessions import RecordingServer, ReplayServer, recording, replaying


class _TestFailedError(Exception):
    """Ends a recording whose test failed."""


class Session:
    """A session that has begun.

    Attributes:
        url: The base URL for the client under test.
        upstreams: The base URLs of the cassette's further upstreams, by name.
        records: Whether it records.
    """

    def __init__(self, order: Order, path: Path, upstream: str | None) -> None:
        """Begin a session. Blocks until its server listens.

        Args:
            order: What the client asks for.
            path: The cassette.
            upstream: The service to record; None where none may be recorded.

        Raises:
            ControlError: The cassette is missing or broken, or there is no service to record.
        """
        exists = path.is_file()
        self.records = order.mode == "rewrite" or (order.mode == "once" and not exists)
        self._path = path
        if not self.records and not exists:
            raise ControlError(404, "no-cassette", f"{order.cassette}: there is no such cassette: record it first")
        if self.records and upstream is None:
            raise ControlError(
                409,
                "no-upstream",
                f"mode {order.mode} records, and wiretape knows no service to record: start it with --upstream URL",
            )
        self._running: ReplayServer | RecordingServer
        self._context: AbstractContextManager[ReplayServer | RecordingServer] = (
            _recorded(path, upstream or "") if self.records else _replayed(path, order)
        )
        try:
            self._running = self._context.__enter__()
        except HarnessError as error:
            raise ControlError(409, "cassette", str(error)) from error
        except OSError as error:
            raise ControlError(500, "server", f"{order.cassette}: {error.strerror or error}") from error
        self.url = self._running.url
        self.upstreams = dict(self._running.upstreams)

    def report(self) -> Mapping[str, Any]:
        """What was played so far, as JSON; every text is redacted."""
        if isinstance(self._running, ReplayServer):
            return _as_json(self._running.report())
        return {"ok": True, "text": "", "played": 0, "total": 0, "problems": [], "notes": list(self._running.notes)}

    def end(self, *, passed: bool) -> Mapping[str, Any]:
        """Close the server, and write the cassette if this session records and its test passed.

        Returns:
            The last report; ``recorded`` is whether a cassette was written.
        """
        report = dict(self.report())
        try:
            if self.records and not passed:
                failed = _TestFailedError()
                self._context.__exit__(_TestFailedError, failed, None)
            else:
                self._context.__exit__(None, None, None)
        except _TestFailedError:
            return {**report, "recorded": False}
        except (HarnessError, OSError) as error:
            return {**report, "ok": False, "text": f"{self._path.name}: {error}", "recorded": False}
        written = isinstance(self._running, RecordingServer) and self._running.cassette is not None
        return {**report, "recorded": written}


@contextmanager
def _replayed(path: Path, order: Order) -> Generator[ReplayServer]:
    with replaying(path, speed=order.speed, deadline=order.deadline, rules=order.rules) as running:
        yield running


@contextmanager
def _recorded(path: Path, upstream: str) -> Generator[RecordingServer]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with recording(path, upstream, client="control", keeps_empty=False) as running:
        yield running


def _as_json(report: Report) -> Mapping[str, Any]:
    return {
        "ok": report.ok,
        "text": report.text(),
        "played": report.played,
        "total": report.total,
        "problems": [{"kind": each.kind, "summary": each.summary} for each in report.problems],
        "notes": list(report.notes),
    }

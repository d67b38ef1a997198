"""`Measures`: what the sessions of a load took, and how many failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from harness.load_generator.histogram import Durations
from harness.load_generator.session_times import SessionTimes


class Measures:
    """The results of any number of sessions.

    Attributes:
        sessions: How many ended.
        failed: How many of them did not go as recorded.
        failures: What went wrong -> how often.
        durations: Measure and exchange -> the distribution.
        lateness: How late the generator's own timer was: the part of a time that is its own fault.
    """

    def __init__(self) -> None:
        self.sessions = 0
        self.failed = 0
        self.failures: Counter[str] = Counter()
        self.durations: dict[tuple[str, str], Durations] = {}
        self.lateness = Durations()

    def add(self, times: SessionTimes) -> None:
        """Add the times and failures of one session."""
        self.sessions += 1
        self.failed += bool(times.failures)
        self.failures.update(times.failures)
        for measure, label, microseconds in times.samples:
            self.durations.setdefault((measure, label), Durations()).add(microseconds)

    def merge(self, other: Measures) -> None:
        """Add the results of another process."""
        self.sessions += other.sessions
        self.failed += other.failed
        self.failures.update(other.failures)
        for key, found in other.durations.items():
            self.durations.setdefault(key, Durations()).merge(found)
        self.lateness.merge(other.lateness)

    def of(self, measure: str) -> Durations:
        """The distribution of one measure over all exchanges."""
        whole = Durations()
        for (name, _), found in self.durations.items():
            if name == measure:
                whole.merge(found)
        return whole

    def as_data(self) -> dict[str, object]:
        """The results as JSON, for `from_data`."""
        return {
            "sessions": self.sessions,
            "failed": self.failed,
            "failures": dict(self.failures),
            "durations": [[measure, label, found.as_data()] for (measure, label), found in self.durations.items()],
            "lateness": self.lateness.as_data(),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Measures:
        """Rebuild results from what `as_data` returned."""
        found = cls()
        found.sessions, found.failed = data["sessions"], data["failed"]
        found.failures = Counter(data["failures"])
        found.durations = {(measure, label): Durations.from_data(**each) for measure, label, each in data["durations"]}
        found.lateness = Durations.from_data(**data["lateness"])
        return found

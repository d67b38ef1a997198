"""`Drift`: how recordings differ from others of the same service, graded by what a client would notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.drift.evidence import SourceRecording, about_fresh, choose, load_sources
from harness.drift.findings import GRADES, Finding, Grade
from harness.drift.grading import grade
from harness.drift.learnt_reads import learnt_reads
from harness.drift.observing import observe
from harness.drift.reads import Reads
from harness.profile import ServiceProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The result of a comparison.

    Attributes:
        findings: The differences, the worst first.
        graded: Names of the graded recordings.
        learnt: Names of the recordings to learn from.
        remarks: Sentences about the evidence.
    """

    findings: tuple[Finding, ...]
    graded: tuple[str, ...]
    learnt: tuple[str, ...]
    remarks: tuple[str, ...]

    def count(self, worth: Grade) -> int:
        """The number of findings with a grade."""
        return sum(each.grade == worth for each in self.findings)

    def is_as_bad_as(self, worth: Grade) -> bool:
        """Whether there is a finding of that grade or a worse one."""
        return any(GRADES.index(each.grade) <= GRADES.index(worth) for each in self.findings)


def drift_from_recordings(
    fresh: Sequence[Path],
    known: Sequence[Path],
    *,
    profile: ServiceProfile,
    reads: Reads | None,
    generation: str | None = None,
) -> Drift:
    """Grade recordings against others.

    Args:
        fresh: Cassettes, or folders of them: the recordings to grade.
        known: Likewise: the recordings to learn from. Those that are graded are left out.
        profile: Names and secrets of the service.
        reads: Which fields the client reads; None if the client is unknown: all that the others always have.
        generation: Generation of the fake, where only recordings of fakes are there to learn from.

    Raises:
        DriftError: There is nothing to grade, or nothing to learn from.
        harness.errors.HarnessError: A cassette cannot be read.
        OSError: Likewise.
    """
    graded = load_sources(fresh, profile)
    return drift_of(graded, load_sources(known, profile), profile, reads, generation=generation)


def drift_of(
    fresh: Sequence[SourceRecording],
    known: Sequence[SourceRecording],
    profile: ServiceProfile,
    reads: Reads | None,
    *,
    generation: str | None = None,
) -> Drift:
    """Grade loaded recordings against other loaded ones; arguments as in `drift_from_recordings`.

    Raises:
        DriftError: There is nothing to learn from.
    """
    evidence = choose(known, fresh, generation=generation)
    known_reads = learnt_reads(evidence.sources, profile) if reads is None else reads
    return Drift(
        findings=findings_of(evidence.sources, fresh, profile, known_reads),
        graded=tuple(each.name for each in fresh),
        learnt=tuple(each.name for each in evidence.sources),
        remarks=(*evidence.remarks, *about_fresh(fresh)),
    )


def findings_of(
    learnt: Sequence[SourceRecording], fresh: Sequence[SourceRecording], profile: ServiceProfile, reads: Reads
) -> tuple[Finding, ...]:
    """The graded differences between two sets of recordings, the worst first."""
    known, seen = ([observe(each.cassette, each.name, profile) for each in side] for side in (learnt, fresh))
    return grade(known, seen, profile, reads)

"""`drift`: recordings are graded against others, against the fake, or a live service against them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.compare.generation import generation_of
from harness.drift.evidence import Piece, about_fresh, choose, pieces_of
from harness.drift.faking import told_by_fake
from harness.drift.findings import GRADES, Finding, Grade, merged
from harness.drift.grading import grade
from harness.drift.observing import observe
from harness.profile import ServiceProfile
from harness.services.copilot import COPILOT
from harness.services.copilot_reads import copilot_reads

_FAKE_REMARK: Final = "compared with what the fake of {generation} does when it says the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What came of it.

    Attributes:
        findings: The worst first.
        graded: Names of the recordings that were graded.
        learnt: Names of those that they were compared with.
        remarks: What the outcome rests on, in sentences.
    """

    findings: tuple[Finding, ...]
    graded: tuple[str, ...]
    learnt: tuple[str, ...]
    remarks: tuple[str, ...]

    def count(self, worth: Grade) -> int:
        """How many findings have a grade."""
        return sum(each.grade == worth for each in self.findings)

    def is_as_bad_as(self, worth: Grade) -> bool:
        """Whether there is a finding of that grade, or a worse one."""
        return any(GRADES.index(each.grade) <= GRADES.index(worth) for each in self.findings)


def drift_from_recordings(
    fresh: Sequence[Path], known: Sequence[Path], *, generation: str | None = None, profile: ServiceProfile = COPILOT
) -> Drift:
    """Grade recordings against others.

    Args:
        fresh: Cassettes, or folders of them: what is graded.
        known: Likewise: what the protocol is learnt from. What is graded is left out of it.
        generation: Of the fake, where only fakes' recordings are there to learn from.
        profile: What is known of the service.

    Raises:
        DriftError: There is nothing to grade, or nothing to learn from.
        harness.errors.HarnessError: A cassette cannot be read.
        OSError: Likewise.
    """
    graded = pieces_of(fresh, profile)
    evidence = choose(pieces_of(known, profile), graded, generation=generation)
    return _drift(evidence.pieces, graded, (*evidence.remarks, *about_fresh(graded)), profile)


def drift_from_fake(
    fresh: Sequence[Path],
    *,
    generation: str | None = None,
    profile: ServiceProfile = COPILOT,
    on_step: Callable[[str], None] = lambda _: None,
) -> Drift:
    """Grade recordings against the fake, which is told to say the same: what the fake does otherwise is found.

    Args:
        fresh: Cassettes, or folders of them.
        generation: Of the fake; None for the one that each recording speaks.
        profile: What is known of the service.
        on_step: Called with the name of each recording before the fake tells it.

    Raises:
        DriftError: There is nothing to grade.
        provider.errors.UsageError: There is no such generation.
        harness.errors.HarnessError: A cassette cannot be read.
        OSError: Likewise.
    """
    graded = pieces_of(fresh, profile)
    wanted = [generation or generation_of(each.cassette) for each in graded]
    found: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="wiretape-drift-") as folder:
        for spoken in dict.fromkeys(wanted):
            mine = [each for each, spoke in zip(graded, wanted, strict=True) if spoke == spoken]
            paths = [Path(folder) / f"{spoken}-{number}.yaml" for number in range(len(mine))]
            told = [_told(each, path, spoken, profile, on_step) for each, path in zip(mine, paths, strict=True)]
            found.extend(_graded(told, mine, profile))
    spoken = ", ".join(sorted(set(wanted)))
    return Drift(
        findings=merged(found),
        graded=tuple(each.name for each in graded),
        learnt=tuple(f"{each.name} told by fake:{spoke}" for each, spoke in zip(graded, wanted, strict=True)),
        remarks=(_FAKE_REMARK.format(generation=spoken), *about_fresh(graded)),
    )


def _told(piece: Piece, path: Path, generation: str, profile: ServiceProfile, on_step: Callable[[str], None]) -> Piece:
    on_step(piece.name)
    cassette = told_by_fake(piece.cassette, path, generation=generation, profile=profile)
    return Piece(path, cassette, cassette.recorded.origin)


def drift_of(fresh: Sequence[Piece], known: Sequence[Piece], profile: ServiceProfile = COPILOT) -> Drift:
    """Grade recordings that are at hand against others that are."""
    evidence = choose(known, fresh)
    return _drift(evidence.pieces, fresh, (*evidence.remarks, *about_fresh(fresh)), profile)


def _drift(learnt: Sequence[Piece], fresh: Sequence[Piece], remarks: Sequence[str], profile: ServiceProfile) -> Drift:
    return Drift(
        findings=_graded(learnt, fresh, profile),
        graded=tuple(each.name for each in fresh),
        learnt=tuple(each.name for each in learnt),
        remarks=tuple(remarks),
    )


def _graded(learnt: Sequence[Piece], fresh: Sequence[Piece], profile: ServiceProfile) -> tuple[Finding, ...]:
    known, seen = ([observe(each.cassette, each.name, profile) for each in side] for side in (learnt, fresh))
    return grade(known, seen, profile, copilot_reads())

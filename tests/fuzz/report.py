"""What a fuzzed target's process printed, as one row of a table."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD = f"{'target':<10}{'executions':>12}{'a second':>10}{'branches':>10}{'features':>10}{'findings':>10}"
_PROGRESS = re.compile(r"^#\d+\s.* cov: (\d+) ft: (\d+) ", re.MULTILINE)
_UNITS = re.compile(r"^stat::number_of_executed_units: (\d+)$", re.MULTILINE)
_DONE = re.compile(r"^Done \d+ runs in (\d+) second", re.MULTILINE)
_FINDING = re.compile(r"^finding: (.*)$", re.MULTILINE)
_ENDED = re.compile(r"^.*(?:ERROR: libFuzzer: .*|Test unit written to .*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one target.

    Attributes:
        executions: Number of inputs tried.
        seconds: How long.
        branches: Branches covered in the instrumented packages.
        features: Branches, each with how often an input takes it.
        findings: One line each.
    """

    name: str
    executions: int
    seconds: int
    branches: int
    features: int
    findings: tuple[str, ...]

    def __str__(self) -> str:
        rate = self.executions // max(1, self.seconds)
        figures = (self.executions, rate, self.branches, self.features, len(self.findings))
        widths = (12, 10, 10, 10, 10)
        row = f"{self.name:<10}" + "".join(f"{each:>{width},}" for each, width in zip(figures, widths, strict=True))
        return "\n".join((row, *(f"  {each}" for each in self.findings)))


def outcome_of(name: str, printed: str, status: int) -> Outcome:
    """The outcome of a target's process.

    Args:
        printed: Its whole output.
        status: Its exit status. One other than 0 is a finding: a hang, exhausted memory, or a crash of the process.
    """
    findings = [each[1] for each in _FINDING.finditer(printed)]
    if status:
        why = [each[0].strip() for each in _ENDED.finditer(printed)] or printed.strip().splitlines()[-1:]
        findings.append("; ".join((f"the process ended with status {status}", *why)))
    progress = list(_PROGRESS.finditer(printed))
    units, done = _UNITS.search(printed), _DONE.search(printed)
    return Outcome(
        name,
        executions=int(units[1]) if units else 0,
        seconds=int(done[1]) if done else 0,
        branches=int(progress[-1][1]) if progress else 0,
        features=int(progress[-1][2]) if progress else 0,
        findings=tuple(findings),
    )

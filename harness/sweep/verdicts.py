"""Computes the verdict on a run of the program from its exit code, its output, its requests and its sockets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from harness.sweep.running import FaultedRun
from harness.sweep.watching import Arrival, has_leaked, has_unanswered_close

Verdict: TypeAlias = Literal[
    "recovered",
    "clean error",
    "wrong success",
    "hung",
    "crashed",
    "stormed",
    "Retry-After ignored",
    "leaked socket",
    "close unanswered",
    "doubled text",
    "lost text",
    "not struck",
]
"""
``recovered``: exit code 0, and the output of a clean run. ``clean error``: another exit code, without a traceback.
``wrong success``: exit code 0, but another output. ``hung``: it did not end in time. ``crashed``: a signal, or an
uncaught exception. ``stormed``: many requests within a second. ``leaked socket``: it opened a socket again, and left an
earlier one open beside it. ``close unanswered``: the server's close frame got no answer. ``doubled text``, ``lost
text``: exit code 0 after more requests than in a clean run, and words came twice, or are missing. ``not struck``: the
run never came to the rule's point.
"""
VERDICTS: Final[tuple[str, ...]] = get_args(Verdict)
GOOD: Final = frozenset({"recovered", "clean error", "not struck"})
_CRASHES: Final = re.compile(
    rb"Traceback \(most recent call last\)|^panic: |Uncaught|UnhandledPromiseRejection|thread '.*' panicked|"
    rb"^\s+at .+:\d+:\d+\)?$|Segmentation fault|Exception in thread",
    re.MULTILINE,
)
_STORM: Final = 10
"""Requests within a second, beyond those of a clean run."""
_CLOSE_WAITS: Final = 1.0
"""Seconds: a program that ends within this time after a close frame may have left for another reason."""


class VaryingOutputError(ValueError):
    """The number of output lines differs between the clean runs."""


@dataclass(frozen=True, slots=True)
class CleanRuns:
    """What the program does without faults.

    Attributes:
        lines: The lines of its output; None for a line that differs from run to run.
        seconds: The longest run.
        busiest: Most requests within a second.
        requests: Most requests of a run.
    """

    lines: tuple[bytes | None, ...]
    seconds: float
    busiest: int
    requests: int = 0

    @classmethod
    def of(cls, runs: Sequence[FaultedRun]) -> CleanRuns:
        """Compute what some clean runs have in common.

        Raises:
            VaryingOutputError: The number of lines differs from run to run.
        """
        outputs = [run.output.splitlines() for run in runs]
        if len({len(lines) for lines in outputs}) > 1:
            counts = ", ".join(str(len(lines)) for lines in outputs)
            raise VaryingOutputError(
                f"the program prints a different number of lines in each run without a fault: {counts}"
            )
        lines = tuple(each[0] if len(set(each)) == 1 else None for each in zip(*outputs, strict=True))
        return cls(
            lines,
            max(run.seconds for run in runs),
            max(busiest(run.arrivals) for run in runs),
            max(len(run.arrivals) for run in runs),
        )

    @property
    def varying(self) -> int:
        """Number of lines that differ from run to run: they are not compared."""
        return self.lines.count(None)

    def equals(self, output: bytes) -> bool:
        """Whether an output equals that of the clean runs, apart from the lines that vary."""
        lines = output.splitlines()
        return len(lines) == len(self.lines) and all(
            expected is None or expected == line for expected, line in zip(self.lines, lines, strict=True)
        )


def verdict(run: FaultedRun, clean: CleanRuns) -> Verdict:
    """The verdict on a run; of several that apply the worst."""
    if run.code is None:
        return "hung"
    if busiest(run.arrivals) >= clean.busiest + _STORM:
        return "stormed"
    if run.code < 0 or (run.code and _CRASHES.search(run.errors)):
        return "crashed"
    if _came_too_early(run):
        return "Retry-After ignored"
    if has_leaked(run.sockets):
        return "leaked socket"
    if has_unanswered_close(run.sockets, _CLOSE_WAITS):
        return "close unanswered"
    if run.code:
        return "clean error"
    if not clean.equals(run.output):
        return _wrong(run, clean)
    return "recovered" if run.struck else "not struck"


def _wrong(run: FaultedRun, clean: CleanRuns) -> Verdict:
    """The verdict on a run with exit code 0 and a wrong output."""
    if len(run.arrivals) <= clean.requests:
        return "wrong success"
    expected = Counter(word for line in clean.lines if line is not None for word in line.split())
    printed = Counter(run.output.split())
    # Only words of lines that do not vary can show that a text came twice.
    if any(word in expected for word in printed - expected):
        return "doubled text"
    unknown = any(word not in expected for word in printed)
    return "lost text" if expected - printed and (clean.varying or not unknown) else "wrong success"


def busiest(arrivals: Sequence[Arrival]) -> int:
    """The most requests that arrived within a second."""
    times = [each.at for each in arrivals]
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] > 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def _came_too_early(run: FaultedRun) -> bool:
    """Whether the program repeated a refused request before the time that Retry-After gave."""
    rule = run.rule
    after = "" if rule is None else str(rule.parameters.get("retry-after", ""))
    if rule is None or not after.isdigit():
        return False
    is_upgrade = rule.where.unit == "upgrade"
    its = [each for each in run.arrivals if each.upgrade == is_upgrade and rule.concerns(*each.place.split(" ", 1))]
    # The refused one is the first that the rule struck; others of its path may be in between.
    refused = its[max(0, rule.where.number - 1) :]
    again = [each for each in refused[1:] if each.place == refused[0].place]
    return bool(again) and again[0].at - refused[0].at < float(after) * 0.95

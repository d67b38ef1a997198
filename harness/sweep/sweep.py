"""`sweep`: clean runs, then one run for each rule, several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from harness.errors import HarnessError
from harness.faults.rule import FaultRule
from harness.sweep.running import FaultedRun, Program, run_once
from harness.sweep.verdicts import GOOD, CleanRuns, VaryingOutputError, Verdict, verdict

CLEAN_RUNS: Final = 3
_FIRST_DEADLINE: Final = 120.0
_LEAST_DEADLINE: Final = 10.0
_PATIENCE: Final = 5.0
"""A run may take so many times as long as a clean one."""


class SweepError(HarnessError):
    """The program fails without a fault, so that no fault can be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A fault rule, the run of the program under it, and the verdict on that run."""

    rule: FaultRule
    run: FaultedRun
    verdict: Verdict


def clean_runs(program: Program) -> CleanRuns:
    """Run the program without faults.

    Raises:
        SweepError: It fails, sends something that the cassette does not have, or prints another number of lines.
        OSError: It cannot be started.
    """
    runs: list[FaultedRun] = []
    for _ in range(CLEAN_RUNS):
        run = run_once(program, None, deadline=_FIRST_DEADLINE)
        if run.code is None:
            raise SweepError(f"even without a fault, the program did not end within {_FIRST_DEADLINE:g} s")
        if run.code:
            raise SweepError(f"the program ends with exit code {run.code} even without a fault: correct that first")
        if run.differences:
            raise SweepError(
                f"even without a fault the program's requests differ from the cassette: {run.differences[0]}"
            )
        runs.append(run)
    try:
        return CleanRuns.of(runs)
    except VaryingOutputError as error:
        raise SweepError(f"{error}; so the effect of a fault on the output cannot be judged") from error


def sweep(
    program: Program,
    rules: Sequence[FaultRule],
    clean: CleanRuns,
    *,
    workers: int = 2,
    deadline: float | None = None,
    on_verdict: Callable[[Judged], None] = lambda _: None,
) -> list[Judged]:
    """Run the program once for each rule.

    Args:
        program: What to run.
        rules: What goes wrong, one at a time.
        clean: From `clean_runs`.
        workers: How many runs at once.
        deadline: Seconds of a run; by default five times the longest clean one, and at least ten.
        on_verdict: Called with each verdict, in the order of the rules.

    Raises:
        OSError: The program cannot be started.
    """
    limit = deadline or max(_LEAST_DEADLINE, _PATIENCE * clean.seconds)

    def judge(rule: FaultRule) -> Judged:
        run = run_once(program, rule, deadline=limit)
        found = verdict(run, clean)
        return Judged(rule=rule, run=replace(run, session=None) if found in GOOD else run, verdict=found)

    judged: list[Judged] = []
    with ThreadPoolExecutor(workers, thread_name_prefix="sweep") as pool:
        try:
            for each in pool.map(judge, rules):
                judged.append(each)
                on_verdict(each)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return judged

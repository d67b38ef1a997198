"""The verdict of a sweep on one test: what its client made of the faults, by requests, sockets and result."""

from __future__ import annotations

from harness.faults.plan import ArmedRules
from harness.faults.rule import FaultRule
from harness.pytest_plugin.backends import Backend
from harness.sweep.running import FaultedRun
from harness.sweep.verdicts import CleanRuns, Verdict, busiest, verdict
from harness.sweep.watching import Arrival, Watched


def verdict_on(
    rules: ArmedRules, seen: Watched, backend: Backend, got: str, expected: str | None, error: BaseException | None
) -> Verdict:
    """The verdict of `harness.sweep.verdicts` on the client of a test.

    Args:
        rules: The test's fault rules.
        seen: The client's requests and sockets.
        backend: What answers: a cassette says how many requests a clean run has.
        got: The client's result.
        expected: Its result without a fault; None for any.
        error: What the client raised; None if it did not.
    """
    arrivals = tuple(seen.arrivals)
    wanted = got if expected is None else expected
    requests = _requests_of_clean_run(backend, arrivals)
    run = FaultedRun(
        rule=_with_retry_after(rules),
        code=0 if error is None else 1,
        output=got.encode(),
        errors=b"",
        seconds=0.0,
        arrivals=arrivals,
        struck=rules.has_struck,
        sockets=tuple(seen.sockets),
    )
    lines = tuple(wanted.encode().splitlines())
    return verdict(run, CleanRuns(lines, 0.0, min(requests, busiest(arrivals)), requests))


def _with_retry_after(rules: ArmedRules) -> FaultRule | None:
    """The first rule that struck and sent ``Retry-After``; else the first rule; None without rules."""
    found = [each.rule for each in rules.armed if each.struck and each.rule.parameters.get("retry-after")]
    return next(iter([*found, *(each.rule for each in rules.armed)]), None)


def _requests_of_clean_run(backend: Backend, arrivals: tuple[Arrival, ...]) -> int:
    cassette = backend.cassette
    return len({each.place for each in arrivals}) if cassette is None else len(cassette.exchanges)

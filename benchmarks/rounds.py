"""Rounds: every candidate once a round, in turn, so that a drifting machine slows all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 7


@dataclass(frozen=True)
class Result:
    """Median of the rounds, with the smallest and the largest, in the unit of the benchmark."""

    name: str
    median: float
    low: float
    high: float


def measure(candidates: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, Result]:
    """Run all candidates round-robin, one warm-up round first."""
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(rounds + 1):
        for name, run in candidates.items():
            value = run()
            if number:
                taken[name].append(value)
    return {name: Result(name, statistics.median(values), min(values), max(values)) for name, values in taken.items()}


def report(title: str, unit: str, results: Mapping[str, Result], ratios: Mapping[str, tuple[str, str, str]]) -> None:
    """Print a table, and the ratios: label -> (numerator, denominator, target)."""
    print(f"\n{title}")
    for result in results.values():
        print(f"  {result.name:<44} {result.median:12.2f} {unit}   ({result.low:.2f} .. {result.high:.2f})")
    for label, (top, bottom, target) in ratios.items():
        ratio = results[top].median / results[bottom].median
        print(f"  {label:<44} {ratio:12.2f} x      target {target}")

"""Rounds: every candidate once a round, in turn, so that a drifting machine slows all of them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True)
class Result:
    """Median of the rounds, with the smallest and the largest, in the unit of the benchmark."""

    name: str
    median: float
    low: float
    high: float


def measure(candidates: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, Result]:
    """Run all candidates round-robin, one warm-up round first, and print what each took."""
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for number in range(rounds + 1):
        for name, run in candidates.items():
            value = run()
            if number:
                taken[name].append(value)
    results = {name: Result(name, statistics.median(all_), min(all_), max(all_)) for name, all_ in taken.items()}
    for result in results.values():
        print(f"  {result.name:<46} {result.median:12.3f}   ({result.low:.3f} .. {result.high:.3f})", flush=True)
    return results

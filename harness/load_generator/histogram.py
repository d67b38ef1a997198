"""`Durations`: a distribution of times in bounded memory, that other processes' distributions are added to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

_STEP: Final = math.log(1.01)
"""Each bucket reaches one per cent further than the one below."""


class Durations:
    """Durations in microseconds, in buckets that are one per cent wide."""

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self.count = 0
        self.longest = 0
        self.total = 0

    def add(self, microseconds: int) -> None:
        """Count one duration."""
        bucket = int(math.log(max(1, microseconds)) / _STEP)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        self.count += 1
        self.total += microseconds
        self.longest = max(self.longest, microseconds)

    def merge(self, other: Durations) -> None:
        """Count all durations of another distribution."""
        for bucket, count in other._buckets.items():
            self._buckets[bucket] = self._buckets.get(bucket, 0) + count
        self.count += other.count
        self.total += other.total
        self.longest = max(self.longest, other.longest)

    def percentile(self, share: float) -> float:
        """The duration in milliseconds that this share of all does not exceed, to one per cent; 0 if there are none.

        Args:
            share: From 0 to 1.
        """
        wanted, seen = max(1, math.ceil(share * self.count)), 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return min(self.longest, math.exp((bucket + 1) * _STEP)) / 1000
        return 0.0

    @property
    def mean(self) -> float:
        """The mean of the durations in milliseconds; 0 if there are none."""
        return self.total / self.count / 1000 if self.count else 0.0

    def as_data(self) -> dict[str, object]:
        """The distribution as JSON."""
        return {"buckets": {str(one): count for one, count in self._buckets.items()}, "longest": self.longest,
                "total": self.total}  # fmt: skip

    @classmethod
    def from_data(cls, buckets: Mapping[str, int], longest: int, total: int) -> Durations:
        """Rebuild a distribution from what `as_data` returned."""
        found = cls()
        found._buckets = {int(one): count for one, count in buckets.items()}
        found.count, found.longest, found.total = sum(buckets.values()), longest, total
        return found

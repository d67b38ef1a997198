"""`Pace`: converts recorded times to waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Speed: TypeAlias = Literal["instant", "recorded"] | float


@dataclass(frozen=True, slots=True)
class Pace:
    """The speed of a replay.

    Attributes:
        factor: How many times as fast as recorded; None for no waits.
    """

    factor: float | None = None

    @classmethod
    def of(cls, speed: Speed) -> Pace:
        """The pace of a speed.

        Raises:
            ValueError: The number is not positive.
        """
        if speed == "instant":
            return cls()
        factor = 1.0 if speed == "recorded" else float(speed)
        if not 0 < factor < float("inf"):
            raise ValueError(f'speed is "instant", "recorded" or a number above zero, not {speed!r}')
        return cls(factor)

    def seconds(self, microseconds: int) -> float:
        """Seconds to wait in the replay for a recorded span of time, by the factor; 0.0 without waits."""
        return 0.0 if self.factor is None else max(0, microseconds) / 1_000_000 / self.factor

"""`parse_speed`: the value of ``--speed``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.replay.pace import Speed


class SpeedError(HarnessError):
    """``--speed`` has a value that is not a speed."""


def parse_speed(text: str) -> Speed:
    """A speed by its name or factor.

    Raises:
        SpeedError: It is neither.
    """
    if text in ("instant", "recorded"):
        return text  # pyright: ignore[reportReturnType]  # the two literals
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < 1e6:
        raise SpeedError(f"--speed takes instant, recorded, or a number above 0, not {text!r}")
    return factor

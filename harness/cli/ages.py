"""``--max-age`` and ``--warn-age``: how long ago a cassette may have been recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from harness.cli.console import fail, say
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.cassette.model import Cassette


class AgeError(HarnessError):
    """An option's value is not an age."""


@dataclass(frozen=True, slots=True)
class Ages:
    """How old a cassette may be.

    Attributes:
        most: Older ones are refused; None for no limit.
        warned: For older ones a warning is printed; None for no limit.
    """

    most: timedelta | None = None
    warned: timedelta | None = None

    @classmethod
    def parse(cls, most: str | None, warned: str | None) -> Self:
        """The values of the two options.

        Raises:
            AgeError: One is not an age.
        """
        return cls(_age("--max-age", most), _age("--warn-age", warned))

    def refuse(self, path: Path, cassette: Cassette) -> bool:
        """Print an error or a warning about a cassette that is too old; returns whether it is older than `most`."""
        from harness.cassette.age import too_old
        from provider import clock

        now = clock.now()
        if self.most is not None and (problem := too_old(cassette, self.most, now)):
            fail(f"{path}: {problem}")
            return True
        if self.warned is not None and (problem := too_old(cassette, self.warned, now)):
            say(f"{path}: {problem}", "yellow")
        return False


def _age(option: str, text: str | None) -> timedelta | None:
    from harness.cassette.age import read_age

    found = None if text is None else read_age(text)
    if text is not None and found is None:
        raise AgeError(f"{option} takes an age such as 36h, 90d, 12w or 1y, not {text!r}")
    return found

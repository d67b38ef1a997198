"""`WireFailure`: what is wrong on the wire, as a failed test shows it."""

from __future__ import annotations

import pytest


class WireFailure(pytest.fail.Exception):
    """A test's failure that says all there is to say: no traceback of ours is shown with it.

    Attributes:
        text: The report, masked, without colour.
        coloured: The same for terminals.
        is_cause: Whether the client's error comes from this; else it is a remark.
    """

    # As pytest's own: summaries then show the bare name.
    __module__ = "builtins"

    def __init__(self, text: str, coloured: str | None = None, *, is_cause: bool = True) -> None:
        super().__init__(f"wiretape: {text}", pytrace=False)
        self.text = text
        self.is_cause = is_cause
        self.coloured = f"wiretape: {text if coloured is None else coloured}"


class WiretapeWarning(pytest.PytestWarning):
    """Something about a cassette that does not fail the test."""

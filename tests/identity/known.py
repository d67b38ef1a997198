"""What does not hold yet: a row goes when its fault does."""

from __future__ import annotations

from typing import Any

import pytest

FAILING = frozenset(
    {
        # All features at once: about one example in eight, of several tasks that are told apart late.
        "all",
    }
)


def case(name: str, *values: Any) -> Any:
    """A parameter of a test, with its name; marked if it is known to fail."""
    marks = [pytest.mark.xfail(strict=False, reason="does not hold yet")] if name in FAILING else []
    return pytest.param(*values, id=name.replace(" ", "-"), marks=marks)

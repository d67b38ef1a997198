"""Parameters of the tests of this folder, with their names."""

from __future__ import annotations

from typing import Any

import pytest


def case(name: str, *values: Any, long: bool = False) -> Any:
    """A parameter of a test, with its name."""
    return pytest.param(*values, id=name.replace(" ", "-"), marks=[pytest.mark.long] if long else [])

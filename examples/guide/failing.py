"""docs/pytest.md, "Reading a failure": sends another message than was recorded. `pytest guide/failing.py` runs it."""

import pytest


@pytest.mark.cassette("greeting")
def test_greets(copilot):
    assert "Hello" in copilot.chat("Good morning").text

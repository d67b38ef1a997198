"""docs/pytest.md, "The first test"."""

import pytest


@pytest.mark.cassette
def test_greets(copilot):
    assert "Hello" in copilot.chat("Hello").text

"""docs/pytest.md, "Snapshots"."""

import pytest


@pytest.mark.cassette("lighthouse")
def test_answer_stays_the_same(copilot, turn_snapshot):
    assert copilot.chat("Draw me a lighthouse") == turn_snapshot

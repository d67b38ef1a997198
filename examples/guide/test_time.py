"""Frozen time: the test's clock stands still, the wire and its clients use the machine's."""

from datetime import UTC, datetime

import pytest
from freezegun import freeze_time


@pytest.mark.cassette("greeting", speed="recorded")
@freeze_time("2030-01-01")
def test_time_stands_still(copilot):
    assert "Hello" in copilot.chat("Hello").text
    assert datetime.now(UTC).year == 2030

"""docs/pytest.md, "Markers" and "Configuration"."""

import pytest


@pytest.mark.cassette  # cassettes/test_markers/test_by_its_own_name.yaml
def test_by_its_own_name(copilot):
    assert copilot.chat("Hello").text


@pytest.mark.cassette("greeting")  # cassettes/greeting.yaml, which other tests may name, too
def test_by_a_name(copilot):
    assert copilot.chat("Hello").text


@pytest.mark.cassette("greeting", speed=100, unplayed="warn")  # with configuration
def test_a_hundred_times_as_fast_as_recorded(copilot):
    assert copilot.chat("Hello").text


@pytest.mark.default_cassette("greeting")  # for all tests of the class that name none
@pytest.mark.cassette
class TestGreeting:
    def test_text(self, copilot):
        assert "Hello" in copilot.chat("Hello").text

    def test_title(self, copilot):
        assert copilot.chat("Hello").title == "Hello"

"""docs/pytest.md, "Configuration"."""

import pytest


@pytest.fixture(scope="module")
def wire_config():
    return {"timeout": 10, "default_cassette": "greeting"}


@pytest.mark.cassette
def test_fixture_says_it_for_the_module(wire, copilot):
    assert copilot.chat("Hello").text
    assert wire.cassette.name == "greeting.yaml"


@pytest.mark.cassette("two-greetings")
def test_marker_goes_over_the_fixture(wire, copilot):
    assert copilot.chat("Hello").text
    assert copilot.chat("Hello again").text
    assert wire.cassette.name == "two-greetings.yaml"


@pytest.mark.cassette("greeting", clock="recorded")
def test_at_the_time_of_the_recording(wire, copilot):
    assert wire.recorded_at.tzname() == "UTC"  # with freezegun: with freeze_time(wire.recorded_at): ..
    assert copilot.chat("Hello").text


@pytest.mark.cassette("greeting", ignore=["query.clientSessionId", "header.x-request-id"], bind=["json.id"])
def test_with_places_that_may_differ(copilot):
    assert copilot.chat("Hello").text

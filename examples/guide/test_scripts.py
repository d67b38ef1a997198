"""docs/pytest.md, "Scripts"."""

import pytest
from provider import ConnectionClosedError, RateLimitError


def test_answers_in_order(wire, copilot):
    wire.say("The Nile.").suggest("How long is it?").done()
    wire.say("About 6,650 km.").cite("Rivers", "https://example.com/rivers").done()
    assert copilot.chat("Name a river").suggestions == ["How long is it?"]
    assert copilot.chat("How long is it?").sources[0].title == "Rivers"


def test_picture(wire, copilot):
    wire.say("Here it is.").image("a lighthouse").done()
    [image] = copilot.chat("Draw me a lighthouse").images
    assert image.alt == "a lighthouse"


def test_event_that_nobody_knows(wire, copilot):
    wire.event("weatherCard", temperature=21).say("It is warm.").done()
    assert copilot.chat("How is the weather?").text == "It is warm."


def test_service_that_refuses(wire, copilot):
    wire.refuse(429, at="upgrade")
    with pytest.raises(RateLimitError):
        list(copilot.chat("Hello"))


def test_connection_that_breaks(wire, copilot):
    wire.say("The Nile, the Amazon").cut(after=3, how="reset").done()
    with pytest.raises(ConnectionClosedError):
        list(copilot.chat("Name two rivers"))


def test_service_that_falls_silent(wire, copilot):
    wire.say("The Nile").stall(after=2).done()
    with pytest.raises(TimeoutError):
        list(copilot.chat("Name a river", timeout=0.5))


def test_fake_answers_by_itself(copilot):
    assert "Hello" in copilot.chat("Hello").text
    assert copilot.chat("/search rivers").sources

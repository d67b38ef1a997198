"""docs/pytest.md, "Wider than one test"."""

import pytest
from provider import CopilotClient


@pytest.fixture(scope="class")
def talk(wire_factory):
    with wire_factory("talk") as wire, CopilotClient(wire.token, base_url=wire.url) as client:
        yield [client.chat(prompt).text for prompt in ("Hello", "Hello again")]


class TestTalk:
    def test_begins(self, talk):
        assert "turn 1" in talk[0]

    def test_goes_on(self, talk):
        assert "turn 2" in talk[1]


def test_two_services_in_one_test(wire_factory):
    with wire_factory("greeting") as one, CopilotClient(one.token, base_url=one.url) as client:
        assert client.chat("Hello").text
        with wire_factory("two-greetings") as other, CopilotClient(other.token, base_url=other.url) as second:
            assert second.chat("Hello").text
            assert second.chat("Hello again").text

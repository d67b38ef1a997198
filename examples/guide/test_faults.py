"""The code of docs/faults.md, and of README's fault."""

import contextlib
import urllib.request

import pytest
from provider.errors import ConnectionClosedError, CopilotError


def test_tries_again(wire):
    wire.on("GET", "/items").reply(json=[{"id": 1}])
    wire.fault("status 503 of /items")
    for _ in range(2):
        try:
            answer = urllib.request.urlopen(f"{wire.url}/items", timeout=10).read()
        except OSError:
            continue
    assert answer == b'[{"id":1}]'


@pytest.mark.cassette("greeting", faults=["close 1012 after 5 messages"])
def test_a_restart_in_the_middle_keeps_the_text_so_far(copilot):
    with pytest.raises(ConnectionClosedError) as caught:
        copilot.chat("Hello").read()
    assert caught.value.partial.startswith("You said")


@pytest.mark.cassette("greeting")
@pytest.mark.faults("messages", "close 1008 after 2 messages")
def test_a_fault_is_a_documented_error(copilot):
    with contextlib.suppress(CopilotError):
        copilot.chat("Hello", timeout=1).read()


@pytest.mark.cassette("greeting")
@pytest.mark.faults("upgrades")
def test_no_fault_is_mistaken_for_an_answer(wire, copilot):
    text, error = "", None
    try:
        text = copilot.chat("Hello", timeout=2).read().text
    except CopilotError as raised:
        error = raised
    assert wire.verdict(text, error=error) in ("recovered", "clean error")

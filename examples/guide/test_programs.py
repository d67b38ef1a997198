"""docs/pytest.md, "Programs in processes of their own"."""

import json
import os
import subprocess
import sys

import pytest

PROGRAM = "from provider import CopilotClient; print(CopilotClient().chat('Hello').text)"


@pytest.mark.cassette("greeting")
def test_program_inherits_the_environment():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=True)
    assert "Hello" in done.stdout


def test_program_is_told_where_the_wire_is(wire):
    wire.say("Hello to you, too.").done()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | wire.env,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout == "Hello to you, too.\n"


HARD_CODED = """
import urllib.request
print(urllib.request.urlopen("https://copilot.microsoft.com/c/api/conversations").read().decode())
"""


@pytest.mark.cassette("conversations")
def test_program_goes_to_its_own_host(wire_proxy):
    done = subprocess.run(
        [sys.executable, "-c", HARD_CODED],
        env=os.environ | wire_proxy.env,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert json.loads(done.stdout) == {"results": [], "next": None}

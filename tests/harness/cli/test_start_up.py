"""What the command imports before it does anything: start-up time, which a shell's completion and a script pay each time."""

import subprocess
import sys

import pytest

_LOADED = """
import sys
from harness.cli.main import main

assert main(sys.argv[1:]) == 0
heavy = HEAVY
found = sorted(name for name in sys.modules if any(name == each or name.startswith(each + ".") for each in heavy))
assert not found, found
"""
_OTHERS = ("asyncio", "curl_cffi", "fake_server", "h11", "msgspec", "pytest", "syrupy", "trustme", "websockets", "yaml")
_OURS = ("harness.cassette.store", "harness.record", "harness.redact", "harness.relay", "harness.sessions", "provider")


@pytest.mark.parametrize(
    ("option", "shown", "heavy"),
    [
        ("--version", "wiretape 0.", (*_OTHERS, *_OURS, "typer", "rich", "harness.cli.app", "harness.cli.console")),
        ("--help", "Record, replay and fake", (*_OTHERS, *_OURS)),
    ],
)
def test_an_option_that_only_prints_imports_nothing_heavy(option, shown, heavy):
    code = _LOADED.replace("HEAVY", repr(heavy))
    command = [sys.executable, "-c", code, option]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout

"""What the command imports before it does anything: start-up time, which a shell's completion and a script pay each time."""

import os
import subprocess
import sys
from importlib import metadata

import pytest
import typer

from harness.cli.app import app
from harness.cli.commands import COMMANDS
from harness.cli.root_help import OPTIONS
from harness.cli.version import version_line

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
        ("--help", "Record, replay and fake", (*_OTHERS, *_OURS, "typer", "rich.markdown", "harness.cli.app")),
    ],
)
def test_an_option_that_only_prints_imports_nothing_heavy(option, shown, heavy):
    code = _LOADED.replace("HEAVY", repr(heavy))
    command = [sys.executable, "-c", code, option]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout


def test_a_command_loads_its_own_code_and_no_other_command():
    code = """
import sys
from harness.cli.main import main

assert main(["trim", "--help"]) == 0
others = sorted(f"harness.cli.{each}" for each in MODULES - {"trim"} if f"harness.cli.{each}" in sys.modules)
assert not others, others
"""
    code = code.replace("MODULES", repr({each.module for each in COMMANDS}))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def test_completing_a_command_s_name_loads_no_command():
    code = """
import sys
from harness.cli.main import main

sys.argv = ["wiretape"]
try:
    main()
finally:
    assert not [each for each in MODULES if f"harness.cli.{each}" in sys.modules]
"""
    code = code.replace("MODULES", repr(sorted({each.module for each in COMMANDS})))
    asked = {"_WIRETAPE_COMPLETE": "complete_bash", "COMP_WORDS": "wiretape re", "COMP_CWORD": "1"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **asked})
    assert done.stdout.split() == ["record", "recover", "replay", "reproduce", "redact"], done.stderr
    assert "AssertionError" not in done.stderr


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_table_s_summary_is_the_first_sentence_of_the_command_s_own_help(entry):
    command = typer.main.get_command(app).commands[entry.name].loaded()
    assert command.help.split("\n\n")[0] == entry.summary


def test_the_help_names_the_options_that_the_root_has():
    root = typer.main.get_command(app)
    context = typer.Context(root, info_name="wiretape", help_option_names=["--help", "-h"])
    found = {frozenset(each.opts): each.help for each in root.get_params(context)}
    assert found == {frozenset(names.split(", ")): text for names, text in OPTIONS}


def test_the_version_is_the_one_of_the_installed_package():
    assert version_line() == f"wiretape {metadata.version('wiretape')}"

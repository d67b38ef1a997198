"""docs/command-line.md names every command with its options, and every variable of the environment."""

import re

import pytest

from harness.cli.main import main
from tests.project.command_line_page import PAGE, TABLE, commands, rendered
from tests.support.project.tree import ROOT, texts

TEXT = PAGE.read_text(encoding="utf-8")
_OF_THE_TESTS = {"WIRETAPE_CLIENTS", "WIRETAPE_PAIRS", "WIRETAPE_REQUIRE_BROWSER"}
"""Variables of this repository's own tests: no user of the package sets them."""


def test_every_command_has_its_table():
    assert [found["command"] for found in TABLE.finditer(TEXT)] == list(commands())


def test_tables_are_those_of_the_commands():
    assert rendered(TEXT) == TEXT, "write them anew: python -m tests.project.command_line_page"


def test_every_variable_that_the_packages_read_is_on_the_page():
    code = "\n".join(text for path, text in texts(".py").items() if path.startswith(("provider/", "harness/")))
    read = set(re.findall(r"[\"`]((?:COPILOT|WIRETAPE)_[A-Z_]+|CHROME_PATH|XDG_[A-Z]+_HOME)\b", code))
    assert len(read) > 10
    assert read - _OF_THE_TESTS <= set(re.findall(r"`([A-Z_]+)`", TEXT))


@pytest.mark.parametrize("command", commands())
def test_every_command_has_its_own_heading(command):
    assert f"### {command.removeprefix('wiretape ')}\n" in TEXT


def test_every_command_stands_in_the_table_of_groups():
    groups = TEXT.partition("| group |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"\[([a-z ]+)\]\(#", groups)) == sorted(
        command.removeprefix("wiretape ") for command in commands()
    )


def test_the_diagram_on_the_page_is_what_the_command_prints(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    page = PAGE.read_text(encoding="utf-8")
    [command] = re.findall(r"`wiretape (show --mermaid [^`]+)`:", page)
    [drawn] = re.findall(r"^```mermaid\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert main(command.split()) == 0
    assert capsys.readouterr().out == drawn

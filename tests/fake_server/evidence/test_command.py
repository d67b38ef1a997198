"""``python -m fake_server --explain``."""

import json
import subprocess
import sys

import pytest

from fake_server.__main__ import main
from tests.support.project.tree import ROOT


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")


def test_everything_is_explained_and_nothing_is_served(capsys):
    assert main(["--explain"]) == 0
    shown = capsys.readouterr().out
    assert "\nREST: endpoints\n" in shown
    assert "\nscenarios\n" in shown
    assert "\x1b" not in shown, "no colour but on a terminal"


def test_word_chooses_what_is_explained(capsys):
    assert main(["--explain", "POST /c/api/attachments"]) == 0
    assert "§3.3 [4]" in capsys.readouterr().out


def test_generation_chooses_what_is_explained(capsys):
    assert main(["--explain", "sessions/temporary", "--generation", "2025-03"]) == 2
    assert main(["--explain", "sessions/temporary", "--generation", "2026"]) == 0
    assert "POST /c/api/user/sessions/temporary" in capsys.readouterr().out


def test_programs_are_told_in_json(capsys):
    assert main(["--explain", "hashcash", "--json"]) == 0
    assert {"hashcash"} <= {each["name"] for each in json.loads(capsys.readouterr().out)}


def test_unknown_word_is_one_line_and_2(capsys):
    assert main(["--explain", "chalenge"], prog="wiretape serve") == 2
    told = capsys.readouterr()
    assert told.err.startswith("wiretape serve: no behaviour matches 'chalenge': search for one of: challenge")
    assert (told.out, told.err.count("\n")) == ("", 1)


def test_width_of_the_terminal_is_kept_to(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert main(["--explain", "appendText"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


def test_reader_that_has_seen_enough_is_no_error():
    command = [sys.executable, "-m", "fake_server", "--explain"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        running.stdout.close()  # before anything was written
        assert (running.wait(20), running.stderr.read()) == (0, "")

"""CI runs failed tests again, alone: a fault fails again, and chance is printed."""

import json
import subprocess
import sys

import pytest

from tests.support.project.tree import ROOT

TESTS = """
from pathlib import Path


def test_right(): ...


def test_wrong():
    assert False


def test_wrong_by_chance():
    count = Path("count")
    count.write_text(count.read_text() + "x" if count.exists() else "x")
    assert len(count.read_text()) != 3
"""


def rerun(pytester, monkeypatch, *failed, options=(), outcome=1):
    """Run the tests that are said to have failed again; the finished process."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(test_it=TESTS)
    cache = pytester.path / ".pytest_cache/v/cache"
    cache.mkdir(parents=True)
    (cache / "lastfailed").write_text(json.dumps({f"test_it.py::{name}": True for name in failed}))
    (cache.parent / "wiretape").mkdir()
    (cache.parent / "wiretape/outcome").write_text(json.dumps(outcome))
    program = [sys.executable, ROOT / "tests/project/rerun.py", *options]
    return subprocess.run(program, cwd=pytester.path, capture_output=True, text=True, timeout=60, check=False)


def test_a_test_that_passes_each_time_is_printed_and_does_not_stop_ci(pytester, monkeypatch):
    result = rerun(pytester, monkeypatch, "test_right")
    assert result.returncode == 0
    assert result.stdout.endswith("unsteady: test_it.py::test_right failed once, and passed 3 times alone\n")


@pytest.mark.parametrize("name", ["test_wrong", "test_wrong_by_chance", "test_that_is_not_there"])
def test_a_test_that_fails_again_stops_ci(name, pytester, monkeypatch):
    result = rerun(pytester, monkeypatch, "test_right", name)
    assert result.returncode == 1
    assert "unsteady" not in result.stdout


def test_many_failed_tests_are_not_chance(pytester, monkeypatch):
    result = rerun(pytester, monkeypatch, "test_right", "test_right[1]", "test_right[2]")
    assert (result.returncode, result.stdout) == (1, "rerun: 3 tests failed; up to 2 are run again\n")


def test_a_run_that_failed_without_a_failed_test_stays_failed(pytester, monkeypatch):
    result = rerun(pytester, monkeypatch)
    assert (result.returncode, result.stdout) == (1, "rerun: the run failed, but no test of it did\n")


@pytest.mark.parametrize("outcome", [None, 2, 3])
def test_a_run_that_broke_off_stays_failed(outcome, pytester, monkeypatch):
    result = rerun(pytester, monkeypatch, "test_right", outcome=outcome)
    assert (result.returncode, result.stdout) == (1, "rerun: the run did not come to its end\n")


@pytest.mark.parametrize(
    ("body", "outcome"), [("def test(): ...", 0), ("def test(): assert 0", 1), ("import os; os._exit(9)", None)]
)
def test_a_run_keeps_how_it_ended(body, outcome, pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest((ROOT / "tests/conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(body)
    pytester.runpytest_subprocess()
    assert json.loads((pytester.path / ".pytest_cache/v/wiretape/outcome").read_text()) == outcome


def test_options_choose_tests_as_in_the_run_that_failed(pytester, monkeypatch):
    result = rerun(pytester, monkeypatch, "test_right", options=["-k", "wrong"])
    assert result.returncode == 1
    assert "1 deselected" in result.stdout

"""CI fails where a missing program would have a test skipped (tests/conftest.py)."""

import pytest

from tests.support.project.tree import ROOT

SKIPPED = """
import pytest


def test_for_a_program():
    pytest.skip("curl is not installed")


@pytest.mark.skipif(True, reason="git is not installed")
def test_by_a_marker(): ...


def test_for_the_machine():
    pytest.skip("the kernel has no MPTCP")


@pytest.mark.xfail
def test_known_to_fail():
    raise AssertionError
"""


@pytest.mark.parametrize(
    ("required", "expected"),
    [("", {"skipped": 3, "xfailed": 1}), ("1", {"failed": 1, "errors": 1, "skipped": 1, "xfailed": 1})],
)
def test_skips_for_programs_fail_where_programs_are_required(pytester, monkeypatch, required, expected):
    monkeypatch.setenv("WIRETAPE_REQUIRE_PROGRAMS", required)
    pytester.makeconftest((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(SKIPPED)
    result = pytester.runpytest_subprocess("-p", "no:wiretape", "-p", "no:randomly", "-p", "no:cacheprovider")
    result.assert_outcomes(**expected)
    told = "test_for_a_program was skipped (curl is not installed): install it" in result.stdout.str()
    assert told == bool(required)


def test_ci_requires_programs_and_a_browser():
    rows = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    [exported] = [row for row in rows if row.startswith("export WIRETAPE_REQUIRE")]
    assert {"WIRETAPE_REQUIRE_BROWSER=1", "WIRETAPE_REQUIRE_PROGRAMS=1"} <= set(exported.split())

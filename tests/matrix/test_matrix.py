"""The matrix of Pythons and versions of curl_cffi; no test here installs anything."""

import sys
from pathlib import Path

import pytest

from tests.matrix.__main__ import CURL_CFFI, cells
from tests.matrix.cells import pins, summary
from tests.matrix.pythons import candidates, found, version_of
from tests.support.project.tree import ROOT


def program(folder, name, answer):
    path = folder / name
    path.write_text(f"#!/bin/sh\necho {answer}\n")
    path.chmod(0o755)
    return path


def test_newest_of_each_supported_version_is_found(tmp_path):
    answers = {
        "python3.10": "cpython 3 10 9 final",
        "python3.11": "cpython 3 11 2 final",
        "python3.11b": "cpython 3 11 10 final",
        "python3.12": "pypy 3 12 0 final",
        "python3.13": "cpython 3 13 0 final",
        "python3.14": "cpython 3 14 0 candidate",
        "python3.13-config": "cpython 3 13 9 final",
    }
    files = [program(tmp_path, name, answer) for name, answer in answers.items()]
    assert found(files) == {"3.11": tmp_path / "python3.11b", "3.13": tmp_path / "python3.13"}


def test_programs_that_are_no_python_or_do_not_start_have_no_version(tmp_path):
    assert version_of(program(tmp_path, "python3.12", "not a version")) is None
    assert version_of(tmp_path / "missing") is None
    assert version_of(Path(sys.executable)) == sys.version_info[:3]


def test_pythons_of_the_path_of_pyenv_and_of_uv_are_looked_at(tmp_path):
    wanted = [
        tmp_path / "bin" / "python3.12",
        tmp_path / ".pyenv" / "versions" / "3.13.0" / "bin" / "python3",
        tmp_path / ".local" / "share" / "uv" / "python" / "cpython-3.14" / "bin" / "python3",
    ]
    for path in wanted:
        path.parent.mkdir(parents=True)
        path.touch()
    assert set(wanted) <= set(candidates(f":{tmp_path / 'bin'}", tmp_path))


def test_each_python_is_combined_with_each_curl_cffi():
    pythons = {"3.11": Path("a"), "3.12": Path("b")}
    assert [each.name for each in cells(pythons, [], ["1", "2"])] == [
        "3.11-curl_cffi-1",
        "3.11-curl_cffi-2",
        "3.12-curl_cffi-1",
        "3.12-curl_cffi-2",
    ]
    assert [each.python for each in cells(pythons, ["3.12"], ["1"])] == [Path("b")]


def test_a_version_that_the_machine_lacks_is_named():
    with pytest.raises(ValueError, match=r"Python 3\.14 is not on this machine: it has 3\.11"):
        cells({"3.11": Path("a")}, ["3.14"], ["1"])


def test_pins_change_curl_cffi_only():
    constraints = (ROOT / "constraints.txt").read_text()
    changed = pins(constraints, "9.9").splitlines()
    assert [new for old, new in zip(constraints.splitlines(), changed, strict=True) if old != new] == ["curl_cffi==9.9"]
    with pytest.raises(ValueError, match="0 times"):
        pins("h11==1\n", "9.9")


def test_pinned_curl_cffi_is_one_of_the_matrix():
    assert any(f"curl_cffi=={each}\n" in (ROOT / "constraints.txt").read_text() for each in CURL_CFFI)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("...\n12 passed, 3 skipped in 1.20s\n", "12 passed, 3 skipped in 1.20s"),
        ("FAILED a\n1 failed, 2 passed in 61.20s (0:01:01)\n", "1 failed, 2 passed in 61.20s"),
        ("ImportError: no module\n", "no summary: ImportError: no module"),
        ("", "no summary: no output"),
    ],
)
def test_summary_is_the_line_in_which_pytest_counts(output, expected):
    assert summary(output) == expected

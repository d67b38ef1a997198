"""``python -m tests.project.rerun [OPTIONS OF PYTEST]``: after a failed run, run the failed tests alone, several times.

A fault of the code fails again. A test that passes each time depends on chance: it is printed, to be mended, and does
not stop CI. More than `MOST` such tests in one run do.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MOST = 2
"""Tests; of more, something else than chance is the cause."""
TIMES = 3
_CACHE = Path(".pytest_cache/v")


def main():
    failed = _kept("cache/lastfailed", {})
    # Of a run that broke off nobody knows what the other tests would have said.
    if _kept("wiretape/outcome", None) != pytest.ExitCode.TESTS_FAILED:
        print("rerun: the run did not come to its end")
        return 1
    if not failed:
        print("rerun: the run failed, but no test of it did")
        return 1
    if len(failed) > MOST:
        print(f"rerun: {len(failed)} tests failed; up to {MOST} are run again")
        return 1
    for number in range(1, TIMES + 1):
        print(f"\nrerun {number} of {TIMES}: {' '.join(failed)}", flush=True)
        if subprocess.run([sys.executable, "-m", "pytest", "-q", *sys.argv[1:], *failed], check=False).returncode:
            return 1
    for name in failed:
        print(f"unsteady: {name} failed once, and passed {TIMES} times alone")
    return 0


def _kept(name, default):
    """What the last run of pytest kept under a name (tests/conftest.py keeps its outcome)."""
    try:
        return json.loads((_CACHE / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return default


if __name__ == "__main__":
    sys.exit(main())

"""Runs the suite with each Python of this machine and each curl_cffi: ``python -m tests.matrix [options] [-- pytest's]``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.matrix.cells import Cell, run
from tests.matrix.pythons import candidates, found
from tests.support.project.tree import ROOT

CURL_CFFI = ("0.16.3", "0.17.0")
FOLDER = ROOT / ".venv-matrix"


def cells(pythons: dict[str, Path], versions: Sequence[str], curl_cffi: Sequence[str]) -> list[Cell]:
    """The cells to run.

    Args:
        pythons: Those of this machine, by version.
        versions: The versions wanted; empty for all.
        curl_cffi: Its versions.

    Raises:
        ValueError: A wanted version is not on this machine.
    """
    missing = [each for each in versions if each not in pythons]
    if missing:
        raise ValueError(f"Python {', '.join(missing)} is not on this machine: it has {', '.join(pythons) or 'none'}")
    return [Cell(each, pythons[each], curl) for each in versions or pythons for curl in curl_cffi]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the arguments name; the status to end with."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--python", action="append", default=[], help="a version, as 3.12; else all of this machine")
    parser.add_argument("--curl-cffi", action="append", default=[], help=f"a version; else {', '.join(CURL_CFFI)}")
    parser.add_argument("rest", nargs="*", help="arguments of pytest")
    options = parser.parse_args(arguments)
    pythons = found(candidates(os.environ.get("PATH", ""), Path.home()))
    try:
        chosen = cells(pythons, options.python, options.curl_cffi or CURL_CFFI)
    except ValueError as error:
        parser.error(str(error))
    failed = 0
    for cell in chosen:
        outcome = run(cell, ROOT, FOLDER, options.rest)
        failed += not outcome.passed
        print(
            f"{cell.name:<24} {'passed' if outcome.passed else 'FAILED'} {outcome.seconds:5.0f} s  {outcome.text}",
            flush=True,
        )
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())

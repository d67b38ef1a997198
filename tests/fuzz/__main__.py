"""Fuzzes the readers of untrusted input with atheris: ``python -m tests.fuzz [--minutes 10] [TARGET ..]``."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.corpus import KEPT, dictionary, seeds
from tests.fuzz.report import HEAD, Outcome, outcome_of
from tests.fuzz.targets import TARGETS
from tests.support.project.tree import ROOT

FOLDER = ROOT / "build" / "fuzz"
"""The corpus grows here from run to run; ``make clean`` deletes it."""
MISSING = (
    "fuzz: atheris is not installed, or has no wheel for this Python: run `pip install -c constraints.txt atheris`"
)


def fuzz(name: str, seconds: int, folder: Path) -> Outcome:
    """Fuzz one target in a process of its own.

    Args:
        name: The target.
        seconds: How long.
        folder: Where its corpus, seeds and findings are kept.
    """
    corpus, begin, findings = (folder / name / part for part in ("corpus", "seeds", "findings"))
    for each in (corpus, begin, findings):
        each.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (begin / f"seed-{number:03}").write_bytes(seed)
    words = folder / name / "words.dict"
    words.write_text(dictionary(name))
    kept = [str(KEPT / name)] if (KEPT / name).is_dir() else []
    command = [sys.executable, "-m", "tests.fuzz.worker", name, str(seconds), findings, words, corpus, begin, *kept]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    return outcome_of(name, done.stdout + done.stderr, done.returncode)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz the targets that the arguments name; returns 1 if there is a finding, 2 if fuzzing is not possible."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for each target (default: 10)")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of {', '.join(TARGETS)}; else all")
    options = parser.parse_args(arguments)
    unknown = [each for each in options.targets if each not in TARGETS]
    if unknown:
        parser.error(f"unknown target {unknown[0]!r}: expected one of {', '.join(TARGETS)}")
    if importlib.util.find_spec("atheris") is None:
        print(MISSING, file=sys.stderr)
        return 2
    print(HEAD, flush=True)
    failed = False
    for name in options.targets or TARGETS:
        outcome = fuzz(name, max(1, round(options.minutes * 60)), FOLDER)
        print(outcome, flush=True)
        failed = failed or bool(outcome.findings)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

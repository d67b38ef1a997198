"""One cell of the matrix: an environment of one Python and one curl_cffi, and a run of the suite in it."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SUMMARY = re.compile(r"^\d+ (?:passed|failed|skipped|error|deselected|xfailed).* in [\d.]+s", re.MULTILINE)
_HOURS = 3600


@dataclass(frozen=True, slots=True)
class Cell:
    """A Python and a version of curl_cffi.

    Attributes:
        version: Of Python, as "3.12".
        python: Its program.
        curl_cffi: The version to install.
    """

    version: str
    python: Path
    curl_cffi: str

    @property
    def name(self) -> str:
        """The name of its folder and of its row."""
        return f"{self.version}-curl_cffi-{self.curl_cffi}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a cell's run ended.

    Attributes:
        passed: Whether all tests passed.
        text: pytest's summary, or why there is none.
        seconds: How long setting up and running took.
    """

    passed: bool
    text: str
    seconds: float


def pins(constraints: str, curl_cffi: str) -> str:
    """The pinned versions with another curl_cffi."""
    changed, count = re.subn(r"^curl_cffi==.*$", f"curl_cffi=={curl_cffi}", constraints, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"constraints.txt pins curl_cffi {count} times: pin it once")
    return changed


def summary(output: str) -> str:
    """The line in which pytest counts results; else the output's last line."""
    found = _SUMMARY.findall(output)
    lines = output.strip().splitlines()
    return found[-1] if found else f"no summary: {lines[-1] if lines else 'no output'}"


def run(cell: Cell, root: Path, folder: Path, arguments: Sequence[str]) -> Outcome:
    """Sets the environment up where it is not yet, and runs the tests.

    Args:
        cell: What to run with.
        root: The project's folder.
        folder: Where environments and logs are.
        arguments: pytest's.
    """
    begun = time.monotonic()
    environment = folder / cell.name
    ready = environment / ".ready"
    wanted = pins((root / "constraints.txt").read_text(encoding="utf-8"), cell.curl_cffi)
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    if not ready.is_file() or ready.read_text(encoding="utf-8") != wanted + project:
        problem = _set_up(cell, root, environment, wanted)
        if problem:
            return Outcome(False, problem, time.monotonic() - begun)
        ready.write_text(wanted + project, encoding="utf-8")
    done = subprocess.run(
        [environment / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_HOURS,
    )
    log = folder / f"{cell.name}.log"
    log.write_text(done.stdout, encoding="utf-8")
    text = summary(done.stdout)
    return Outcome(
        done.returncode == 0, text if done.returncode == 0 else f"{text} (see {log})", time.monotonic() - begun
    )


def _set_up(cell: Cell, root: Path, environment: Path, wanted: str) -> str:
    """Why the environment could not be made; empty where it could."""
    shutil.rmtree(environment, ignore_errors=True)
    environment.parent.mkdir(parents=True, exist_ok=True)
    constraints = environment.with_name(f"{cell.name}.txt")
    constraints.write_text(wanted, encoding="utf-8")
    log = environment.with_name(f"{cell.name}.setup.log")
    install = ["-m", "pip", "install", "--disable-pip-version-check", "-c", str(constraints), "-e", ".[dev]"]
    with log.open("w", encoding="utf-8") as output:
        for command in ([cell.python, "-m", "venv", environment], [environment / "bin" / "python", *install]):
            done = subprocess.run(
                command, cwd=root, stdout=output, stderr=subprocess.STDOUT, check=False, timeout=_HOURS
            )
            if done.returncode:
                errors = [row for row in log.read_text(encoding="utf-8").splitlines() if row.startswith("ERROR")]
                return f"not set up: {errors[0] if errors else f'status {done.returncode}'} (see {log})"
    return ""

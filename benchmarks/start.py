"""Start-up: CPU of a whole process, above that of bare Python."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row

_COMMAND = str(Path(sys.executable).with_name("wiretape"))
_BARE = "bare Python"
_CANDIDATES = {
    _BARE: [sys.executable, "-c", "pass"],
    "wiretape --version": [_COMMAND, "--version"],
    "wiretape --help": [_COMMAND, "--help"],
    "import provider": [sys.executable, "-c", "import provider"],
    "from provider import CopilotClient": [sys.executable, "-c", "from provider import CopilotClient"],
}
_GOALS = {"wiretape --version": 50, "wiretape --help": 150, "import provider": 20}
_MEANS = {
    "wiretape --version": "Scripts may ask for the version.",
    "wiretape --help": "The help is there at once.",
    "import provider": "A program that may need the client does not pay for it before.",
    "from provider import CopilotClient": "Most of it is the import of curl_cffi.",
}


def _spent(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3


def rows(rounds: int = ROUNDS) -> list[Row]:
    results = measure({name: lambda run=run: _spent(run) for name, run in _CANDIDATES.items()}, rounds)
    bare = results[_BARE].median
    return [
        Row(
            key=f"start.{name.split()[-1].strip('-')}", what=f"`{name}`, over bare Python, CPU", means=means,
            unit="ms", ours=results[name].median - bare, goal=_GOALS.get(name),
        )
        for name, means in _MEANS.items()
    ]  # fmt: skip

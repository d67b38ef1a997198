"""Suites of 1,000 tests under our pytest plugin, under two that patch clients in process, and under none.

The peers answer inside of the client's library; ours answers on a socket, from a server that is new for every test. So
the bare suite, which calls a running server without any plugin, is what a call costs before a plugin does anything.
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import plugin_suites as suites
from benchmarks.plugin_origin import origin
from benchmarks.plugin_venv import Environment, compiled_folder, environment
from benchmarks.rounds import Result, measure, report

COUNT = int(os.environ.get("WIRETAPE_BENCHMARK_TESTS", "1000"))
ROUNDS = int(os.environ.get("WIRETAPE_BENCHMARK_ROUNDS", "5"))
RUN_SECONDS = 600

OURS = ("-p", "harness.pytest_plugin")
RECORDING = ("-p", "pytest_recording.plugin")
CASSETTER = ("-p", "cassetter.pytest_plugin")
XDIST = ("-p", "xdist.plugin", "-n")

EMPTY = "empty, no plugin"
EMPTY_OURS = "empty, wiretape loaded"
BARE = "1 call, no plugin, running server (socket)"
WIRETAPE = "1 call, wiretape (socket)"
VCR = "1 call, pytest-recording (in process)"
CAS = "1 call, cassetter (in process)"
ONE_WORKER = "1 call, wiretape, -n 1"
TWO_WORKERS = "1 call, wiretape, -n 2"
VCR_ONE_WORKER = "1 call, pytest-recording, -n 1"
VCR_TWO_WORKERS = "1 call, pytest-recording, -n 2"


@dataclass
class Suite:
    """One candidate: a folder of tests, and the plugins that pytest runs them with.

    Attributes:
        reaches: How many calls arrive at the running server; any other number fails the benchmark.
        cpu: Seconds of processor, of pytest and its workers, one entry a run; not of the running server.
    """

    python: Path
    folder: Path
    plugins: Sequence[str]
    calls: Callable[[], int]
    reaches: int = 0
    cpu: list[float] = field(default_factory=list)

    def run(self) -> float:
        """Run it once; seconds of wall time.

        Raises:
            RuntimeError: Not every test passed, or a cassette was not what answered.
        """
        before, used = self.calls(), _cpu()
        begun = time.perf_counter()
        output = run_pytest(self.python, self.folder, self.plugins)
        taken = time.perf_counter() - begun
        self.cpu.append(_cpu() - used)
        reached = self.calls() - before
        if not re.search(rf"^{COUNT} passed", output, re.MULTILINE) or reached != self.reaches:
            raise RuntimeError(f"{reached} calls reached the server, {self.reaches} should have:\n{output[-2000:]}")
        return taken


def run_pytest(python: Path, folder: Path, arguments: Sequence[str]) -> str:
    """What pytest prints, with no plugins but the named ones.

    Raises:
        RuntimeError: It failed.
    """
    quiet = ("-q", "-p", "no:cacheprovider")
    hidden = {"PYTHONPATH", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONDONTWRITEBYTECODE"}
    variables = {name: value for name, value in os.environ.items() if name not in hidden}
    ran = subprocess.run(
        [str(python), "-m", "pytest", *quiet, *arguments, str(folder)],
        cwd=folder,
        env=variables | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPYCACHEPREFIX": str(compiled_folder())},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"pytest {' '.join(arguments)} failed:\n{(ran.stdout + ran.stderr)[-4000:]}")
    return ran.stdout


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def prepared(found: Environment, folder: Path, url: str, calls: Callable[[], int]) -> dict[str, Suite]:
    """All candidates, their suites written and the peers' cassettes recorded by the peers themselves."""

    def suite(made: Path, plugins: Sequence[str] = (), reaches: int = 0) -> Suite:
        return Suite(found.python, made, plugins, calls, reaches)

    empty = suites.write_empty(folder / "empty", COUNT)
    ours = suites.write_ours(folder / "ours", COUNT)
    made = {
        EMPTY: suite(empty),
        EMPTY_OURS: suite(empty, OURS),
        BARE: suite(suites.write_bare(folder / "bare", COUNT, url), reaches=COUNT),
        WIRETAPE: suite(ours, OURS),
        ONE_WORKER: suite(ours, (*OURS, *XDIST, "1")),
        TWO_WORKERS: suite(ours, (*OURS, *XDIST, "2")),
    }
    if found.has_peers:
        for name, plugins in ((VCR, RECORDING), (CAS, CASSETTER)):
            theirs = suites.write_recorded(folder / f"peer{len(made)}", COUNT, url)
            run_pytest(found.python, theirs, [*plugins, "--record-mode=once", "-k", "test_0000"])
            suites.copy_cassettes(theirs, suites.first_cassette(theirs), COUNT)
            made[name] = suite(theirs, plugins)
        # What this machine has to give: two workers of a plugin without servers.
        recorded = made[VCR].folder
        made[VCR_ONE_WORKER] = suite(recorded, (*RECORDING, *XDIST, "1"))
        made[VCR_TWO_WORKERS] = suite(recorded, (*RECORDING, *XDIST, "2"))
    return made


def _print_per_test(results: dict[str, Result], made: dict[str, Suite]) -> None:
    print(f"  {'for each test, over an empty one without plugin':<44} {'wall':>9}    {'CPU':>15}")
    base = statistics.median(made[EMPTY].cpu)
    for name, result in results.items():
        if name != EMPTY:
            wall = (result.median - results[EMPTY].median) / COUNT * 1000
            cpu = (statistics.median(made[name].cpu) - base) / COUNT * 1000
            print(f"    {name:<42} {wall:9.2f} ms {cpu:15.2f} ms")
    added = (results[WIRETAPE].median - results[BARE].median) / COUNT * 1000
    print(f"    {'wiretape over the bare suite':<42} {added:9.2f} ms")
    print("  Rows are of whole tests, the client's own call included. CPU is of pytest and its workers; the running")
    print("  server of the bare suite is not in it, the server within wiretape's process is.")


def main() -> None:
    found = environment()
    before = os.getloadavg()[0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wiretape-benchmark-")))
        url, calls = stack.enter_context(origin())
        made = prepared(found, folder, url, calls)
        results = measure({name: suite.run for name, suite in made.items()}, ROUNDS)
    ratios = {
        "wiretape / no plugin, both on sockets": (WIRETAPE, BARE, "-"),
        "-n 1 / -n 2": (ONE_WORKER, TWO_WORKERS, ">= 1.8"),
    }
    if found.has_peers:
        ratios |= {
            "wiretape / pytest-recording": (WIRETAPE, VCR, "<= 1"),
            "wiretape / cassetter": (WIRETAPE, CAS, "-"),
            "pytest-recording, -n 1 / -n 2": (VCR_ONE_WORKER, VCR_TWO_WORKERS, "-"),
        }
    report(f"Plugin: a suite of {COUNT} tests, `requests`, seconds (less is better)", "s", results, ratios)
    _print_per_test(results, made)
    print(f"  Load of the machine: {before:.1f} before, {os.getloadavg()[0]:.1f} after, on {os.cpu_count()} cores;")
    print("  if it was busy before, neither scaling nor small differences mean anything.")
    print("  Target: wiretape at most 2 ms a test over an empty one.")
    print("  In process: the client's library is patched, no socket is opened. Socket: a server answers, any client.")

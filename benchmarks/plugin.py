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
from benchmarks.plugin_venv import Environment, compiled_folder, plugin_environment
from benchmarks.rounds import measure
from benchmarks.rows import Row, median

COUNT = int(os.environ.get("WIRETAPE_BENCHMARK_TESTS", "1000"))
ROUNDS = int(os.environ.get("WIRETAPE_BENCHMARK_ROUNDS", "3"))
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
        wall: Seconds of each run, on the clock.
    """

    python: Path
    folder: Path
    plugins: Sequence[str]
    calls: Callable[[], tuple[int, float]]
    reaches: int = 0
    wall: list[float] = field(default_factory=list[float])

    def run(self) -> float:
        """Run it once; seconds of CPU: of pytest, its workers, and the running server.

        Raises:
            RuntimeError: Not every test passed, or a cassette was not what answered.
        """
        (count, served), used = self.calls(), _cpu()
        begun = time.perf_counter()
        output = run_pytest(self.python, self.folder, self.plugins)
        self.wall.append(time.perf_counter() - begun)
        reached, serving = self.calls()
        reached -= count
        if not re.search(rf"^{COUNT} passed", output, re.MULTILINE) or reached != self.reaches:
            raise RuntimeError(f"{reached} calls reached the server, {self.reaches} should have:\n{output[-2000:]}")
        return _cpu() - used + serving - served


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


def prepared(found: Environment, folder: Path, url: str, calls: Callable[[], tuple[int, float]]) -> dict[str, Suite]:
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


def rows(rounds: int = ROUNDS) -> list[Row]:
    found = plugin_environment()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wiretape-benchmark-")))
        url, calls = stack.enter_context(origin())
        made = prepared(found, folder, url, calls)
        results = measure({name: suite.run for name, suite in made.items()}, min(rounds, ROUNDS))
    empty = results[EMPTY].median
    over = {name: (result.median - empty) / COUNT * 1e3 for name, result in results.items()}
    what = f"a test with one call by requests, over an empty one, in a suite of {COUNT}, CPU"
    rows = [
        Row(
            key="plugin.test", what=what, unit="ms", ours=over[WIRETAPE], peer=(BARE, over[BARE]), goal=1.5,
            means="What a cassette costs a test that calls a running server now: a new server, and nothing shared.",
        ),
        Row(
            key="plugin.unused", what="the plugin in a suite that does not use it, for each test, CPU", unit="ms",
            ours=over[EMPTY_OURS], goal=0.2, means="Installing wiretape does not slow other tests.",
        ),
        _workers_row("plugin.workers", made, ONE_WORKER, TWO_WORKERS, VCR_ONE_WORKER, VCR_TWO_WORKERS),
    ]  # fmt: skip
    peers = (("recording", VCR, 0.8, "in process, without a socket"), ("cassetter", CAS, None, "the same"))
    for key, name, goal, how in peers:
        if name in results:
            rows.append(
                Row(
                    key=f"plugin.suite-{key}", what=f"the whole suite of {COUNT} tests, CPU", unit="s",
                    ours=results[WIRETAPE].median, peer=median(results, name), goal=goal,
                    means=f"Beside a plugin that patches the client ({how}): any client can be tested at this price.",
                )
            )  # fmt: skip
    return rows


def _workers_row(key: str, made: dict[str, Suite], *names: str) -> Row:
    wall = [statistics.median(made[name].wall) if name in made else 0.0 for name in names]
    peer = ("pytest-recording", wall[2] / wall[3]) if wall[3] else None
    return Row(
        key=key, what="times as fast with two workers of pytest-xdist as with one", unit="x", ours=wall[0] / wall[1],
        peer=peer, better="more", goal=1, means="Tests in parallel do not wait for each other.",
    )  # fmt: skip

"""REST replay by a real client: CPU of a whole process that makes calls with requests on one connection."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.plugin_origin import PATH, origin
from benchmarks.plugin_venv import plugin_environment
from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row, median

COUNT = 300
_TIMED = """
import sys, time
import requests

def ask(url):
    with requests.Session() as session:
        for number in range({count}):
            assert session.get(f"{{url}}{path}/{{number}}", timeout=10).json()["text"] == "Hello"

{before}
begun = time.process_time()
{act}
print((time.process_time() - begun) / {count} * 1e3)
"""
_WARM = "from harness.sessions import replaying"
_OURS = """
with replaying(sys.argv[2]) as server:
    ask(server.url)
    server.report().check()
"""
_VCR = """
with vcr.use_cassette(sys.argv[3], record_mode="once"):
    ask(sys.argv[1])
"""


def _code(before: str, act: str) -> str:
    return _TIMED.format(count=COUNT, path=PATH, before=before, act=act)


def rows(rounds: int = ROUNDS) -> list[Row]:
    found = plugin_environment()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, _ = stack.enter_context(origin())
        ours, theirs = str(folder / "ours.yaml"), str(folder / "theirs.yaml")

        def run(code: str) -> float:
            environment = {**os.environ, "XDG_STATE_HOME": str(folder)}
            command = [str(found.python), "-c", code, url, ours, theirs]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
            if done.returncode:
                raise RuntimeError(done.stderr[-2000:])
            return float(done.stdout.split()[-1])

        recording = "with recording(sys.argv[2], sys.argv[1]) as server:\n    ask(server.url)"
        run(_code("from harness.sessions import recording", recording))
        bare = "a running server"
        codes = {"replay": _code(_WARM, _OURS), bare: _code("", "ask(sys.argv[1])")}
        if found.has_peers:
            codes["vcrpy"] = _code("import vcr", _VCR)
            run(codes["vcrpy"])
        results = measure({name: lambda code=code: run(code) for name, code in codes.items()}, min(rounds, 3))
    return [
        Row(
            key="rest.call", what=f"one of {COUNT} calls with requests, client and replay in one process, CPU",
            unit="ms", ours=results["replay"].median, peer=median(results, "vcrpy") if found.has_peers else None,
            limit=median(results, bare), goal=0.5 if found.has_peers else None,
            means="A long REST session replays over a real socket quicker than a patched client finds its cassette.",
        ),
        Row(
            key="rest.replay", what="the same, without the client's own work", unit="ms",
            ours=results["replay"].median - results[bare].median, goal=0.8,
            means="What the replay itself adds to each call.",
        ),
    ]  # fmt: skip

"""Reading the session out of a large HAR, beside json.load of the same file; each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.rounds import measure, report

MEGABYTES = int(os.environ.get("WIRETAPE_BENCHMARK_HAR_MB", "300"))
_ORIGIN = "https://copilot.microsoft.com"
_BODY = "x" * 200_000

_OURS = f"""
from pathlib import Path
from provider.auth.har import read_har_file
found = read_har_file(Path(sys.argv[1]), "{_ORIGIN}")
assert found is not None and found.token.startswith("tok")
"""
_JSON_LOAD = """
import json
with open(sys.argv[1], encoding="utf-8") as file:
    assert json.load(file)["log"]["entries"]
"""
_MEASURED = """
import resource, sys, time
begun = time.perf_counter()
{}
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.har"
        _write(path)
        size = path.stat().st_size / 1e6
        peaks: dict[str, list[float]] = {}

        def run(name: str, code: str) -> float:
            command = [sys.executable, "-c", _MEASURED.format(code), str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
            seconds, peak = map(float, done.stdout.split())
            peaks.setdefault(name, []).append(peak)
            return seconds

        candidates = {"wiretape": _OURS, "json.load": _JSON_LOAD}
        results = measure(
            {name: lambda name=name, code=code: run(name, code) for name, code in candidates.items()}, rounds=3
        )
    report(
        f"HAR of {size:.0f} MB: the session in it, seconds (less is better)",
        "s",
        results,
        {"wiretape / json.load": ("wiretape", "json.load", "")},
    )
    for name, seen in peaks.items():
        target = "   (target: < 150 MiB)" if name == "wiretape" else ""
        print(f"  {name:<12} peak memory of the process {max(seen):6.0f} MiB{target}")


def _write(path: Path) -> None:
    """Entries as a browser writes them, with bodies of 200 kB; the tokens are made up."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"log":{"version":"1.2","entries":[')
        for number in range(MEGABYTES * 5):
            file.write("," if number else "")
            json.dump(_entry(number), file)
        file.write("]}}")


def _entry(number: int) -> dict[str, object]:
    headers = [{"name": f"x-header-{index}", "value": "value " * 4} for index in range(20)]
    headers.append({"name": "Authorization", "value": f"Bearer tok{number}"})
    request = {"url": f"{_ORIGIN}/c/api/user", "headers": headers, "cookies": [{"name": "_U", "value": "c"}]}
    return {"startedDateTime": "2026-01-01T00:00:00Z", "request": request, "response": {"content": {"text": _BODY}}}

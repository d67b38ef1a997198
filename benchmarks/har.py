"""A large HAR: the session in it, and its import; each in a process of its own, beside json.load of the same file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row, median

MEGABYTES = int(os.environ.get("WIRETAPE_BENCHMARK_HAR_MB", "300"))
_ORIGIN = "https://copilot.microsoft.com"
_BODY = "x" * 200_000

_SESSION = f"""
from pathlib import Path
from provider.auth.har import read_har_file
found = read_har_file(Path(sys.argv[1]), "{_ORIGIN}")
assert found is not None and found.token.startswith("tok")
"""
_IMPORT = """
from harness.har.importing import import_har
made = import_har(sys.argv[2], sys.argv[3])
assert len(made.cassette.exchanges) == 400
"""
_JSON_LOAD = """
import json
with open(sys.argv[{}], encoding="utf-8") as file:
    assert json.load(file)["log"]["entries"]
"""
_MEASURED = """
import resource, sys, time
begun = time.process_time()
{}
print(time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def rows(rounds: int = ROUNDS) -> list[Row]:
    peaks: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        own, mixed = Path(folder) / "own.har", Path(folder) / "mixed.har"
        _write(own, (_entry(number) for number in range(MEGABYTES * 5)))
        _write(mixed, _mixed())

        def run(name: str, code: str) -> float:
            places = [str(own), str(mixed), str(Path(folder) / f"{len(peaks.get(name, ()))}.yaml")]
            command = [sys.executable, "-c", _MEASURED.format(code), *places]
            environment = {**os.environ, "XDG_STATE_HOME": folder}
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300, env=environment)
            seconds, peak = map(float, done.stdout.split())
            peaks.setdefault(name, []).append(peak)
            return seconds

        loads = {"json.load": _JSON_LOAD.format(1), "json.load of it": _JSON_LOAD.format(2)}
        codes = {"session": _SESSION, "import": _IMPORT, **loads}
        candidates = {name: lambda name=name, code=code: run(name, code) for name, code in codes.items()}
        results = measure(candidates, min(rounds, 3))
        size = own.stat().st_size / 1e6
    memory = {name: max(seen) for name, seen in peaks.items()}
    return [
        Row(
            key="har.session", what=f"the session in a HAR of {size:.0f} MB, CPU", unit="s",
            ours=results["session"].median, peer=median(results, "json.load"), goal=1.2,
            means="The client starts from a browser's export as soon as a program that loads it.",
        ),
        Row(
            key="har.session-memory", what="peak memory of it", unit="MiB",
            ours=memory["session"], peer=("json.load", memory["json.load"]), goal=0.25,
            means="No export is too large for the machine.",
        ),
        Row(
            key="har.import", what="import of such a HAR: 400 entries of the service among 1,400 others, CPU", unit="s",
            ours=results["import"].median, limit=median(results, "json.load of it"), goal=2,
            means="`wiretape import` of a long session in a browser is done in seconds.",
        ),
        Row(
            key="har.import-memory", what="peak memory of it", unit="MiB", ours=memory["import"], goal=100,
            means="It can run in a small container.",
        ),
    ]  # fmt: skip


def _write(path: Path, entries: Iterator[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('{"log":{"version":"1.2","creator":{"name":"bench","version":"1"},"entries":[')
        for number, entry in enumerate(entries):
            file.write("," if number else "")
            json.dump(entry, file)
        file.write("]}}")


def _entry(number: int) -> dict[str, object]:
    """An entry as a browser writes it, with a body of 200 kB; the tokens are made up."""
    headers = [{"name": f"x-header-{index}", "value": "value " * 4} for index in range(20)]
    headers.append({"name": "Authorization", "value": f"Bearer tok{number}"})
    request = {"url": f"{_ORIGIN}/c/api/user", "headers": headers, "cookies": [{"name": "_U", "value": "c"}]}
    return {"startedDateTime": "2026-01-01T00:00:00Z", "request": request, "response": {"content": {"text": _BODY}}}


def _mixed() -> Iterator[dict[str, object]]:
    """A browser's session: 400 calls of the service with 62 kB each, and pages and pictures of 1,400 other hosts."""
    ours = json.dumps({"results": [{"id": n, "title": "A page", "text": "It says this.\n" * 20} for n in range(190)]})
    for number in range(1_800):
        if number % 9 < 2:
            yield _whole(number, f"{_ORIGIN}/c/api/items/{number}", "application/json", ours)
        else:
            yield _whole(number, f"https://host{number}.test/picture", "image/png", _BODY[: MEGABYTES * 660])


def _whole(number: int, url: str, media: str, text: str) -> dict[str, object]:
    moment = f"2026-01-01T00:{number // 60:02}:{number % 60:02}.000Z"
    head: dict[str, object] = {"httpVersion": "HTTP/1.1", "cookies": [], "headersSize": -1}
    fields = [{"name": f"x-header-{index}", "value": "value " * 4} for index in range(20)]
    request = {"method": "GET", "url": url, "headers": fields, "queryString": [], "bodySize": 0, **head}
    content = {"size": len(text), "mimeType": media, "text": text}
    answer = {"status": 200, "statusText": "OK", "headers": [{"name": "content-type", "value": media}],
              "content": content, "redirectURL": "", "bodySize": len(text), **head}  # fmt: skip
    timings = {"send": 1, "wait": 1, "receive": 1}
    return {"startedDateTime": moment, "time": 3, "request": request, "response": answer, "cache": {},
            "timings": timings}  # fmt: skip

"""``python -m benchmarks [GROUP...]``: measure groups of rows, all by default; print, keep and publish them."""

from __future__ import annotations

import importlib
import os
import sys
import time
from dataclasses import replace

from benchmarks.page import publish
from benchmarks.rows import keep, machine, print_rows

GROUPS = (
    "plugin",
    "rest",
    "turn",
    "relay",
    "proxy",
    "redaction",
    "session",
    "client",
    "player",
    "host",
    "matching",
    "cassettes",
    "har",
    "viewer",
    "start",
)


def main() -> int:
    chosen = sys.argv[1:] or GROUPS
    unknown = [name for name in chosen if name not in GROUPS]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    begun = time.perf_counter()
    for name in chosen:
        load = os.getloadavg()[0]
        print(f"\n{name} (load {load:.1f})", flush=True)
        rows = [replace(row, load=load) for row in importlib.import_module(f"benchmarks.{name}").rows()]
        print_rows(rows)
        keep(rows, GROUPS)
        publish()  # so that a run that is interrupted leaves rows and page alike
    print(
        f"\n{time.perf_counter() - begun:.0f} s; the table is in docs/benchmarks.md, the chart in docs/benchmarks.svg"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

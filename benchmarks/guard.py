"""``python -m benchmarks.guard``: fails if a ratio to a peer is below half of the kept one, in two runs.

It measures the groups that need no peer from outside and that count CPU time, with few rounds: CI runs it beside other
work, on which a ratio of such times hardly depends.
"""

from __future__ import annotations

import importlib
import sys
import time

from benchmarks.rows import Row, kept, print_rows

GROUPS = ("client", "redaction", "matching", "cassettes")
ROUNDS = 2
WORST = 0.5


def main() -> int:
    begun = time.perf_counter()
    known = {row.key: row for row in kept()[1]}
    suspects = [name for name in GROUPS if _slower(_rows(name), known)]
    if suspects:
        print(f"\nmeasured again: {', '.join(suspects)}")
    slower = [line for name in suspects for line in _slower(_rows(name), known)]
    print(f"\n{time.perf_counter() - begun:.0f} s")
    for line in slower:
        print(f"slower: {line}", file=sys.stderr)
    return 1 if slower else 0


def _rows(name: str) -> list[Row]:
    print(f"\n{name}", flush=True)
    rows = importlib.import_module(f"benchmarks.{name}").rows(ROUNDS)
    print_rows(rows)
    return rows


def _slower(rows: list[Row], known: dict[str, Row]) -> list[str]:
    """A line for each row whose lead over its peer is below half of the kept one."""
    found: list[str] = []
    for row in rows:
        before = known[row.key].lead if row.key in known else None
        if row.lead is not None and before is not None and row.lead < before * WORST:
            found.append(
                f"{row.key}: {row.lead:.2f} times as good as {row.peer and row.peer[0]}, {before:.2f} when kept"
            )
    return found


if __name__ == "__main__":
    sys.exit(main())

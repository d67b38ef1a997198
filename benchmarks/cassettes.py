"""Loading a cassette, every line parsed, beside JSON lines with json.loads."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from benchmarks.rounds import measure, report
from benchmarks.service import message
from harness.cassette.model import Cassette, Line, Recorded, ResponsePart, SocketExchange
from harness.cassette.store import load, save

COUNT = 5_000


def main() -> None:
    lines = tuple(Line("<", number * 137, "text", message(number)) for number in range(COUNT))
    exchange = SocketExchange(
        target="/c/api/chat",
        response=ResponsePart(status=101),
        messages=(*lines, Line("<", COUNT * 137, "close", b"", 1000)),
    )
    made = Cassette(recorded=Recorded(at="2026-01-01T00:00:00Z", by="hand"), exchanges=(exchange,))
    with tempfile.TemporaryDirectory() as folder:
        ours = Path(folder) / "made.yaml"
        save(made, ours)
        rows = Path(folder) / "made.jsonl"
        rows.write_text(
            "".join(json.dumps({"dir": "<", "t": line.time, "data": line.data.decode()}) + "\n" for line in lines)
        )

        def load_ours() -> float:
            begun = time.perf_counter()
            assert len(load(ours).exchanges) == 1
            return (time.perf_counter() - begun) * 1000

        def load_rows() -> float:
            begun = time.perf_counter()
            with rows.open() as file:
                assert len([json.loads(row) for row in file]) == COUNT
            return (time.perf_counter() - begun) * 1000

        def save_ours() -> float:
            begun = time.perf_counter()
            save(made, ours)
            return (time.perf_counter() - begun) * 1000

        results = measure({"wiretape load": load_ours, "JSON lines, json.loads": load_rows, "wiretape save": save_ours})
    report(
        f"Cassette: {COUNT} messages, milliseconds (less is better)",
        "ms",
        results,
        {"load / JSON lines": ("wiretape load", "JSON lines, json.loads", "<= 2")},
    )

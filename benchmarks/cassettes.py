"""Loading a cassette, every line parsed, beside JSON lines with json.loads."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from benchmarks.rounds import ROUNDS, measure
from benchmarks.rows import Row, median
from benchmarks.service import message
from harness.cassette.model import Cassette, Line, Recorded, ResponsePart, SocketExchange
from harness.cassette.store import load, save

COUNT = 5_000
_LOAD, _SAVE = "JSON lines, json.loads", "JSON lines, json.dumps"


def rows(rounds: int = ROUNDS) -> list[Row]:
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
        flat = Path(folder) / "made.jsonl"
        written = [{"dir": "<", "t": line.time, "data": line.data.decode()} for line in lines]
        flat.write_text("".join(json.dumps(row) + "\n" for row in written))

        def load_ours() -> float:
            begun = time.process_time()
            assert len(load(ours).exchanges) == 1
            return (time.process_time() - begun) * 1000

        def load_rows() -> float:
            begun = time.process_time()
            with flat.open() as file:
                assert len([json.loads(row) for row in file]) == COUNT
            return (time.process_time() - begun) * 1000

        def save_ours() -> float:
            begun = time.process_time()
            save(made, ours)
            return (time.process_time() - begun) * 1000

        def save_rows() -> float:
            begun = time.process_time()
            flat.write_text("".join(json.dumps(row) + "\n" for row in written))
            return (time.process_time() - begun) * 1000

        results = measure({"load": load_ours, _LOAD: load_rows, "save": save_ours, _SAVE: save_rows}, rounds)
    return [
        Row(
            key="cassettes.load", what=f"reading and checking a cassette of {COUNT} messages, CPU", unit="ms",
            ours=results["load"].median, peer=median(results, _LOAD), goal=1,
            means="A YAML file that people can read and review costs no more than JSON lines.",
        ),
        Row(
            key="cassettes.save", what="writing it, and reading it back to check it, CPU", unit="ms",
            ours=results["save"].median, peer=median(results, _SAVE), goal=1.5,
            means="A recording ends quickly, though each file is read back before it replaces the old one.",
        ),
    ]  # fmt: skip

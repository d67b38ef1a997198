"""One process of ``wiretape load``, or of a Locust user: ``python -m harness.cli.load_worker``.

Its first line of input is its order, as JSON. With a ``plan`` it runs users, and writes a line of results each second;
the end of its input stops it. Without a plan it plays one session for each further line, and writes a line for each.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any, Final

from harness.cli.play import ClientChoices, prepared_client
from harness.errors import HarnessError
from harness.load_generator.generator import LoadGenerator, LoadPlan
from harness.load_generator.measures import Measures
from harness.load_generator.session_times import LoadLabels
from harness.play.errors import LiveHostError
from harness.play.play import PreparedClient

_LONGEST: Final = 1024 * 1024
"""Bytes of a line."""


def main() -> int:
    """Read the order (JSON) from stdin, and carry it out; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command that started it stops it by the end of its input
    try:
        asyncio.run(_carry_out())
    except HarnessError as error:
        sys.stderr.write(f"wiretape: {error}\n")
        return 2
    return 0


async def _carry_out() -> None:
    lines = asyncio.StreamReader(limit=_LONGEST)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    order = json.loads(await lines.readline())
    client = prepared_client(Path(order["cassette"]), ClientChoices(**order["choices"]))
    if not client.targets.are_local:
        raise LiveHostError(
            "the service is not on this machine: `wiretape load` sends load to services on this machine only"
        )
    plan = order.get("plan")
    await (_on_request(client, lines) if plan is None else _run(client, LoadPlan(**plan), lines))


def _write(data: Any) -> None:
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


async def _run(client: PreparedClient, plan: LoadPlan, lines: asyncio.StreamReader) -> None:
    def report(measures: Measures, active: int) -> None:
        _write({"active": active, "measures": measures.as_data()})

    generator = LoadGenerator(client, plan, report)

    async def stop_at_the_end() -> None:
        await lines.read()
        generator.stop()

    watching = asyncio.ensure_future(stop_at_the_end())
    await generator.run()
    watching.cancel()


async def _on_request(client: PreparedClient, lines: asyncio.StreamReader) -> None:
    labels = LoadLabels(client)
    running: set[asyncio.Task[None]] = set()
    while line := await lines.readline():
        task = asyncio.ensure_future(_one(client, labels, json.loads(line)["session"]))
        running.add(task)
        task.add_done_callback(running.discard)
    for task in running:
        task.cancel()


async def _one(client: PreparedClient, labels: LoadLabels, number: int) -> None:
    session = client.session()
    await session.run()
    samples, failures = labels.times(session)
    _write({"session": number, "samples": samples, "failures": failures})


if __name__ == "__main__":
    sys.exit(main())

"""The processes of a soak: a server, a recorder in front of it, and a replay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from harness.cassette.model import SocketExchange
from harness.cassette.store import load
from tests.support.project.tree import ROOT

_WRITING = 300
"""Seconds for a recorder to write its cassette."""


@dataclass(frozen=True)
class Service:
    """The server's process and port."""

    pid: int
    port: int

    @property
    def memory(self) -> int:
        """Its resident memory, bytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu(self) -> int:
        """What it has used of the processors, in ticks of the clock."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    @property
    def descriptors(self) -> int:
        """Number of its open descriptors."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())


@contextmanager
def started() -> Iterator[Service]:
    """The server, as a process of its own."""
    command = [sys.executable, "-m", "tests.soak.service"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Service(process.pid, int(process.stdout.readline()))
        finally:
            process.stdin.close()
            process.wait(30)


@contextmanager
def recorder(port: int, cassette: Path) -> Iterator[Service]:
    """``wiretape record`` in front of a local server; it writes the cassette at the end."""
    with _wiretape(cassette.parent, "record", "-o", str(cassette), "--upstream", f"http://127.0.0.1:{port}") as service:
        yield service


@contextmanager
def replay(cassette: Path) -> Iterator[Service]:
    """``wiretape replay`` of a cassette, without waiting between messages."""
    with _wiretape(cassette.parent, "replay", str(cassette), "--speed", "instant") as service:
        yield service


@contextmanager
def _wiretape(home: Path, *command: str) -> Iterator[Service]:
    environment = {**os.environ, "XDG_STATE_HOME": str(home)}
    line = [sys.executable, "-m", "harness.cli.main", *command]
    with subprocess.Popen(line, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            said = process.stderr.readline()  # recording UPSTREAM at URL into ..
            yield Service(process.pid, urlsplit(said.split(" at ")[1].split(" ")[0].strip()).port or 0)
        finally:
            process.send_signal(signal.SIGINT)  # SIGTERM would not leave it the time to write a large cassette
            process.communicate(timeout=_WRITING)


def recorded_messages(cassette: Path) -> int:
    """How many messages of the service are in a cassette."""
    return sum(
        line.direction == "<" and line.kind == "text"
        for exchange in load(cassette).exchanges
        if isinstance(exchange, SocketExchange)
        for line in exchange.messages
    )

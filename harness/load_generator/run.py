"""`run_load`: the worker processes of a load, and the sum of their results."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from harness.errors import HarnessError
from harness.load_generator import WORKER
from harness.load_generator.measures import Measures
from harness.load_generator.process_watch import ProcessSample, ProcessWatch
from provider.clock import monotonic

_LEAVING: Final = 5.0


class LoadError(HarnessError):
    """A worker process ended before its time."""


@dataclass(slots=True)
class LoadSecond:
    """One second of a load.

    Attributes:
        number: Counted from 0.
        active: Users that act at its end.
        measures: Of the sessions that ended in it.
    """

    number: int
    active: int = 0
    measures: Measures = field(default_factory=Measures)


@dataclass(slots=True)
class LoadResult:
    """A load that is over.

    Attributes:
        whole: Measures of all sessions.
        seconds: The measures of each second.
        took: Duration of the load in seconds.
        interrupted: Whether the user ended it.
        watched: What the watched process held, second by second.
    """

    whole: Measures = field(default_factory=Measures)
    seconds: list[LoadSecond] = field(default_factory=list[LoadSecond])
    took: float = 0.0
    interrupted: bool = False
    watched: Sequence[ProcessSample] = ()


OnSecond = Callable[[LoadSecond, LoadResult], None]


def run_load(orders: Sequence[Mapping[str, Any]], on_second: OnSecond, watch: ProcessWatch | None = None) -> LoadResult:
    """Run a process for each order, until all end or the user interrupts.

    Args:
        orders: What each worker gets as its first line.
        on_second: Called after each second, in this thread.
        watch: Notes each second what the server's process holds.

    Raises:
        LoadError: A worker ended with an error; its own message is on stderr.
    """
    crew = _Crew(orders, watch)
    try:
        return crew.gather(on_second)
    finally:
        crew.leave()


class _Crew:
    """The worker processes, and what they reported so far."""

    def __init__(self, orders: Sequence[Mapping[str, Any]], watch: ProcessWatch | None) -> None:
        self._watch = watch
        self._began = monotonic()
        self._result = LoadResult()
        self._changed = threading.Condition()
        self._active: dict[int, int] = {}
        self._told = 0
        self._workers: list[subprocess.Popen[bytes]] = []
        self._readers: list[threading.Thread] = []
        for number, order in enumerate(orders):
            worker = subprocess.Popen(  # noqa: S603  # this interpreter, with our own module
                [sys.executable, "-m", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
            self._workers.append(worker)
            assert worker.stdin is not None
            worker.stdin.write(json.dumps(order).encode() + b"\n")
            worker.stdin.flush()
            reader = threading.Thread(target=self._read, args=(number, worker), daemon=True)
            self._readers.append(reader)
            reader.start()

    def _read(self, number: int, worker: subprocess.Popen[bytes]) -> None:
        assert worker.stdout is not None
        for line in worker.stdout:
            said = json.loads(line)
            with self._changed:
                self._take(number, said["active"], Measures.from_data(said["measures"]))

    def _take(self, number: int, active: int, measures: Measures) -> None:
        self._active[number] = active
        second = int(monotonic() - self._began)
        while len(self._result.seconds) <= second:
            self._result.seconds.append(LoadSecond(len(self._result.seconds)))
        here = self._result.seconds[second]
        here.active = sum(self._active.values())
        here.measures.merge(measures)
        self._result.whole.merge(measures)
        self._result.took = monotonic() - self._began
        self._changed.notify()

    def gather(self, on_second: OnSecond) -> LoadResult:
        """Wait for all workers; an interrupt stops them."""
        try:
            while any(reader.is_alive() for reader in self._readers):
                with self._changed:
                    self._changed.wait(0.5)
                self._tell(on_second)
        except KeyboardInterrupt:
            self._result.interrupted = True
            self.leave()
        for reader in self._readers:
            reader.join(_LEAVING)
        codes = [worker.wait(_LEAVING) for worker in self._workers]
        if self._watch is not None:
            self._result.watched = self._watch.samples
        if any(codes):
            raise LoadError(f"{sum(map(bool, codes))} of {len(codes)} worker processes of the load ended with an error")
        return self._result

    def _tell(self, on_second: OnSecond) -> None:
        with self._changed:
            whole = self._result.seconds[self._told : -1]
            if whole and self._watch is not None:
                self._watch.take(monotonic() - self._began)
            self._told += len(whole)
        for second in whole:
            on_second(second, self._result)

    def leave(self) -> None:
        """Stop the workers: the end of its input stops a worker, and it reports what it has."""
        for worker in self._workers:
            if worker.stdin is not None and not worker.stdin.closed:
                worker.stdin.close()
        for worker in self._workers:
            try:
                worker.wait(_LEAVING + 30)
            except subprocess.TimeoutExpired:
                worker.kill()
        for worker, reader in zip(self._workers, self._readers, strict=True):
            reader.join(_LEAVING)
            if worker.stdout is not None:
                worker.stdout.close()

"""Servers in processes of their own, with a pipe to each."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

DEADLINE = 600.0
"""Seconds that anything may take at most."""


@contextmanager
def process(target: Callable[..., None], *arguments: object) -> Generator[tuple[Any, Connection]]:
    """What the target sends first, such as its URL, and the pipe; the target ends when it receives something false.

    Raises:
        RuntimeError: It sends nothing in time.
    """
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    running = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    running.start()
    try:
        if not ours.poll(DEADLINE):
            raise RuntimeError("the server did not start")
        yield ours.recv(), ours
        with suppress(OSError):  # it may have ended
            ours.send(False)
        running.join(DEADLINE)
    finally:
        running.kill()
        running.join(10)


def asked(pipe: Connection) -> Any:
    """What the process answers to a request for its figures."""
    pipe.send(True)
    if not pipe.poll(DEADLINE):
        raise RuntimeError("the server did not answer in time")
    return pipe.recv()


def cpu() -> float:
    """Seconds of processor of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

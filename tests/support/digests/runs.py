"""Plays everything and tells the digest of what came: ``python -m tests.support.digests.runs [--out FOLDER]``.

Two machines whose digests differ are compared with ``--out`` on each, and ``diff -r``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fake_server import serve
from fake_server.script import Config, Script
from provider.wire.generations import GENERATIONS
from tests.support.digests.plays import PLAYS
from tests.support.digests.tapped_wire import Tap

Job = tuple[str, str]
"""Generation and play."""
Digests = dict[str, dict[str, str]]
_MOST_UPLOADED = 64 * 1024


def play_all(
    jobs: Iterable[Job] | None = None, *, order: int | None = None, workers: int = 1, alone: bool = False, seed: int = 0
) -> dict[Job, Tap]:
    """What came in each play.

    Args:
        jobs: Which; all by default.
        order: Shuffles them by this seed.
        workers: How many are played at a time.
        alone: Each is played to a fake of its own, rather than to one of its generation that all share.
        seed: The fakes'.
    """
    wanted = list(jobs) if jobs is not None else [(generation, name) for generation in GENERATIONS for name in PLAYS]
    if order is not None:
        random.Random(order).shuffle(wanted)
    with ExitStack() as closing, ThreadPoolExecutor(workers) as pool:
        shared = {} if alone else {name: _serve(closing, name, seed) for name in GENERATIONS}

        def play(job: Job) -> Tap:
            return _play(job, shared[job[0]]) if shared else _play_alone(job, seed)

        return dict(zip(wanted, pool.map(play, wanted), strict=True))


def _serve(closing: ExitStack, generation: str, seed: int) -> tuple[str, int]:
    script = Script(Config(generation=generation, seed=seed, max_upload_bytes=_MOST_UPLOADED))
    server = closing.enter_context(serve(script, own_origins=Script.ORIGINS))
    closing.callback(_raise_first, server.errors)
    return server.host, server.port


def _raise_first(errors: list[BaseException]) -> None:
    if errors:
        raise errors[0]


def _play(job: Job, address: tuple[str, int]) -> Tap:
    generation, name = job
    tap = Tap(address)
    PLAYS[name](tap, generation)
    return tap


def _play_alone(job: Job, seed: int) -> Tap:
    with ExitStack() as closing:
        return _play(job, _serve(closing, job[0], seed))


def digests_of(taps: dict[Job, Tap]) -> Digests:
    """By generation and play, in the order of the tables."""
    return _sorted(taps, Tap.digest)


def _sorted(taps: dict[Job, Tap], told: Callable[[Tap], Any]) -> dict[str, dict[str, Any]]:
    chosen = {name: [play for play in PLAYS if (name, play) in taps] for name in GENERATIONS}
    return {name: {play: told(taps[name, play]) for play in plays} for name, plays in chosen.items() if plays}


def keep(taps: dict[Job, Tap], folder: Path) -> None:
    """Write what came, a file for each play."""
    for (generation, name), tap in taps.items():
        path = folder / generation / f"{name.strip('/').replace('/', '-')}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tap.shown())


def main() -> None:
    """Print the digests as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--order", type=int, help="shuffle the plays by this seed")
    parser.add_argument("--workers", type=int, default=1, help="how many at a time")
    parser.add_argument("--alone", action="store_true", help="a fake for each")
    parser.add_argument("--out", type=Path, help="write what came, a file for each play")
    options = parser.parse_args()
    taps = play_all(order=options.order, workers=options.workers, alone=options.alone)
    if options.out:
        keep(taps, options.out)
    json.dump(digests_of(taps), sys.stdout)


if __name__ == "__main__":
    main()

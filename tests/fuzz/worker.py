"""Fuzzes one target in this process: ``python -m tests.fuzz.worker TARGET SECONDS FINDINGS WORDS CORPUS [SEEDS ..]``.

It keeps running after a finding. Each place that raises is one finding, with the first input that came there.
"""

from __future__ import annotations

import hashlib
import logging
import sys
import time
import traceback
from pathlib import Path

import atheris

from tests.fuzz.mutation import mutated

CPU_SECONDS = 2.0
"""Of one input; more is a finding."""
WALL_SECONDS = 25
"""Of one input, after which libFuzzer ends the process: it hangs."""
MEMORY_MB = 2048
LONGEST_INPUT = 16384
INSTRUMENTED = ["provider", "harness", "fake_server", "h11", "websockets", "tomllib"]

with atheris.instrument_imports(include=INSTRUMENTED):
    from tests.fuzz import targets

JSON_TARGETS = ("har", "journal", "events")


class SlowInputError(Exception):
    """An input took more than `CPU_SECONDS`."""


def place_of(error: BaseException) -> str:
    """Type and place of an error: the innermost line of the project's packages, else of all."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        each for each in frames if any(f"/{name}/" in each.filename for name in ("provider", "harness", "fake_server"))
    ]
    last = (own or frames)[-1:]
    return (
        f"{type(error).__name__} at {'/'.join(last[0].filename.split('/')[-3:])}:{last[0].lineno}"
        if last
        else type(error).__name__
    )


class Findings:
    """Writes the input of each new finding to a folder, and prints one line of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: set[str] = set()

    def add(self, error: BaseException, data: bytes) -> None:
        """Note a finding, unless its place is known."""
        place = place_of(error)
        if place in self._known:
            return
        self._known.add(place)
        file = self._folder / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
        file.write_bytes(data)
        print(f"finding: {place}: {file}", flush=True)


def mutate(data: bytes, longest: int, seed: int) -> bytes:
    """Change a value of a JSON input, for every second seed; otherwise bytes, as libFuzzer does."""
    changed = mutated(data, seed) if seed % 2 else None
    return atheris.Mutate(data, longest) if changed is None else changed[:longest]


def main(arguments: list[str]) -> None:
    """Fuzz until the time is over."""
    name, seconds, folder, words, *corpus = arguments
    findings = Findings(Path(folder))
    logging.disable()

    def one(data: bytes) -> None:
        began = time.process_time()
        try:
            targets.check(name, data)
            if time.process_time() - began > CPU_SECONDS:
                raise SlowInputError
        except Exception as error:
            findings.add(error, data)

    options = [
        f"-max_total_time={seconds}",
        f"-timeout={WALL_SECONDS}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-max_len={LONGEST_INPUT}",
        f"-artifact_prefix={folder}/",
        f"-dict={words}",
        "-print_final_stats=1",
    ]
    mutator = {"custom_mutator": mutate} if name in JSON_TARGETS else {}
    atheris.Setup([sys.argv[0], *options, *corpus], one, **mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])

"""The committed digests of what the fake sends: reading and writing their file."""

from __future__ import annotations

import json
from pathlib import Path

from harness.cassette.yaml_reader import read_yaml
from tests.support.digests.runs import Digests

FILE = Path(__file__).parents[2] / "fake_server" / "determinism" / "digests.yaml"
UPDATE = "pytest tests/fake_server/determinism --snapshot-update"
_HEAD = (
    "# SHA-256 of every byte that the fake sends in each play of tests/support/digests/plays.py: the same on every machine.\n"
    f"# Written by: {UPDATE}\n"
)


def read() -> Digests:
    return read_yaml(FILE.read_bytes(), FILE.name)


def write(digests: Digests) -> None:
    lines = [_HEAD]
    for generation, plays in digests.items():
        lines.append(f"{_quoted(generation)}:\n")
        lines += [f"  {_quoted(name)}: {digest}\n" for name, digest in plays.items()]
    FILE.write_text("".join(lines), encoding="utf-8")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def differing(found: Digests, wanted: Digests) -> list[str]:
    """The plays whose bytes are others, or that only one side has: ``2026 /image a cat``."""
    sides = [{(generation, name): digest for generation, plays in side.items() for name, digest in plays.items()}
             for side in (found, wanted)]  # fmt: skip
    keys = sides[0] | sides[1]
    return [f"{generation} {name}" for generation, name in keys
            if sides[0].get((generation, name)) != sides[1].get((generation, name))]  # fmt: skip

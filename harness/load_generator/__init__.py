"""Many clients of one cassette at once: `generator.LoadGenerator` runs those of a process, `wiretape load` reports."""

from __future__ import annotations

from typing import Final

WORKER: Final = "harness.cli.load_worker"
"""The module that a worker process runs; its first line of input is its order, as JSON."""

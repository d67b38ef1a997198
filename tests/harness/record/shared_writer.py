"""A process that records sessions into one cassette: ``python -m tests.harness.record.shared_writer``."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.profile import ServiceProfile
from harness.record.options import RecordingOptions, SaveOptions
from harness.record.recording import Recording


def record_one(path: Path, state: Path, target: str, into: SaveOptions) -> None:
    """One session with one call."""
    profile = ServiceProfile(name="test", upstream="https://service.test")
    recording = Recording(path, profile, options=RecordingOptions(state_directory=state))
    track = recording.begin("GET", target, (), at=1.0)
    track.respond(200, (), at=1.1)
    track.chunk(b"x", at=1.2)
    track.end(at=1.3)
    recording.finish(into)


if __name__ == "__main__":
    _, place, state_folder, how, run, name, count = sys.argv
    for number in range(int(count)):
        record_one(Path(place), Path(state_folder), f"/{name}/{number}", SaveOptions(mode=how, run=run))  # pyright: ignore[reportArgumentType]  # from the command line
        sys.stdout.write("written\n")
        sys.stdout.flush()

"""Which processes belong to a browser profile."""

from __future__ import annotations

import os
from pathlib import Path


def processes_of(profile: Path, *, helpers: bool = True) -> list[int]:
    """The live processes that have the profile's path on their command line; zombies have none.

    Without ``helpers`` only the browser itself.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                arguments = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if f"--user-data-dir={profile}".encode() in arguments and (helpers or b"--type=" not in arguments):
                found.append(int(entry.name))
    return found

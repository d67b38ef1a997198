"""Environments for the peers: each in one venv of its own in the user's cache, made on first use."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
INSTALL_SECONDS = 600


def environment(requirements: Path, *more: str) -> Path | None:
    """The folder of the venv with these requirements; None, and a line that says why, where it cannot be made.

    Args:
        requirements: File of pinned versions.
        more: Further arguments of pip.
    """
    made = folder(requirements)
    if (made / "complete").exists():
        return made
    print(f"installing {requirements.stem} into {made}", flush=True)
    try:
        venv.create(made, with_pip=True, clear=True)
        pip = [str(made / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command = [*pip, "-r", str(requirements), *more]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"it cannot be installed ({_reason(error)}): measuring without it")
        return None
    (made / "complete").touch()
    return made


def folder(requirements: Path) -> Path:
    """A name that changes with whatever the venv is made of."""
    made_of = (requirements.read_bytes(), CONSTRAINTS.read_bytes(), sys.version.encode(), bytes(ROOT))
    digest = hashlib.sha256(b"\0".join(made_of)).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "wiretape-benchmarks" / digest


def _reason(error: Exception) -> str:
    lines = str(getattr(error, "stderr", "") or error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__

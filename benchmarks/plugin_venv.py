"""The environment that all suites run in: the project from this tree, and the peers."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.venvs import CONSTRAINTS, ROOT, environment, folder

REQUIREMENTS = Path(__file__).with_name("peers_plugin.txt")


@dataclass(frozen=True)
class Environment:
    """An interpreter with pytest and this project; whether the peers are there too."""

    python: Path
    has_peers: bool


def plugin_environment() -> Environment:
    """The venv, made on first use; where nothing can be installed, the running interpreter without peers."""
    made = environment(REQUIREMENTS, "-c", str(CONSTRAINTS), "-e", f"{ROOT}[test,fast]")
    return _alone() if made is None else Environment(made / "bin" / "python", has_peers=True)


def compiled_folder() -> Path:
    """Where what Python compiles lies: nobody starts a suite on modules that were never imported before."""
    return folder(REQUIREMENTS) / "compiled"


def _alone() -> Environment:
    missing = [name for name in ("pytest", "requests", "xdist") if importlib.util.find_spec(name) is None]
    if missing:
        raise SystemExit(f"{', '.join(missing)} cannot be imported: `make .venv/.ready` installs what is needed")
    return Environment(Path(sys.executable), has_peers=False)

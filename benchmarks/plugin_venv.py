"""The environment that all candidates run in: the project from this tree, and the peers, in one venv of their own."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
REQUIREMENTS = Path(__file__).with_name("plugin_requirements.txt")
CONSTRAINTS = ROOT / "constraints.txt"
INSTALL_SECONDS = 600


@dataclass(frozen=True)
class Environment:
    """An interpreter with pytest and this project; whether the peers are there too."""

    python: Path
    has_peers: bool


def environment() -> Environment:
    """The venv, made on first use; where nothing can be installed, the running interpreter without peers."""
    folder = _folder()
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (folder / "complete").exists():
        print(f"installing the peers into {folder}", flush=True)
        try:
            _install(folder, python)
        except (subprocess.SubprocessError, OSError) as error:
            print(f"the peers cannot be installed ({_reason(error)}): measuring wiretape alone")
            return _alone()
    return Environment(python, has_peers=True)


def _folder() -> Path:
    """A name that changes with whatever the venv is made of."""
    made_of = (REQUIREMENTS.read_bytes(), CONSTRAINTS.read_bytes(), sys.version.encode(), bytes(ROOT))
    digest = hashlib.sha256(b"\0".join(made_of)).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "wiretape-benchmarks" / digest


def compiled_folder() -> Path:
    """Where what Python compiles lies: nobody starts a suite on modules that were never imported before."""
    return _folder() / "compiled"


def _install(folder: Path, python: Path) -> None:
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "-c", str(CONSTRAINTS), "-r", str(REQUIREMENTS), "-e", f"{ROOT}[test]"]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    (folder / "complete").touch()


def _reason(error: Exception) -> str:
    lines = str(getattr(error, "stderr", "") or error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__


def _alone() -> Environment:
    missing = [name for name in ("pytest", "requests", "xdist") if importlib.util.find_spec(name) is None]
    if missing:
        raise SystemExit(f"{', '.join(missing)} cannot be imported: `make .venv` installs what is needed")
    return Environment(Path(sys.executable), has_peers=False)

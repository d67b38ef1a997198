"""Where each client is installed: a venv of its own, or a folder of node modules; made once, and kept."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.support.project.tree import ROOT

REQUIREMENTS = Path(__file__).with_name("requirements")
DRIVERS = Path(__file__).with_name("drivers")
_FOLDER = os.environ.get("WIRETAPE_CLIENTS", "")


class InstallError(Exception):
    """A client cannot be installed; says why."""


def folder():
    """Where they are kept: ``WIRETAPE_CLIENTS``, else ``.venv-clients`` in the project."""
    return Path(_FOLDER) if _FOLDER else ROOT / ".venv-clients"


def python_of(name):
    """The interpreter of a client's venv; the client is installed if it is not."""
    pins = REQUIREMENTS / f"{name}.txt"
    home = _ready(name, pins, lambda home: _install_python(home, pins))
    return home / "bin" / "python"


def node_modules():
    """The folder with Node's modules for our client; they are installed if they are not."""
    pins = REQUIREMENTS / "node" / "package-lock.json"
    home = _ready("node", pins, _install_node)
    return home / "node_modules"


def bundles_of(python):
    """Bundles of authorities that come with a venv's packages."""
    return sorted(Path(python).parent.parent.glob("lib/python3*/site-packages/certifi/cacert.pem"))


def _ready(name, pins, install):
    """The client's folder, made by ``install`` unless it was made from the same pins before."""
    home = folder() / name
    stamp, wanted = home / ".pins", hashlib.sha256(pins.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"installing {name}", file=sys.stderr, flush=True)
        install(home)
        stamp.write_text(wanted)
    return home


def _install_python(home, pins):
    _run([sys.executable, "-m", "venv", "--clear", str(home)])
    _run([str(home / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(pins)])


def _install_node(home):
    home.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        (home / name).write_bytes((REQUIREMENTS / "node" / name).read_bytes())
    _run(["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=home)


def _run(command, cwd=None):
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise InstallError((done.stderr or done.stdout).strip()[-2000:])

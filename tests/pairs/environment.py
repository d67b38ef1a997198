"""Where the pairs' libraries and servers are installed: made once from pinned lists, and kept."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.project.tree import ROOT

REQUIREMENTS = Path(__file__).with_name("requirements")
PROGRAMS = Path(__file__).with_name("programs")
_FOLDER = Path(os.environ.get("WIRETAPE_PAIRS") or ROOT)
# Debian keeps servers where a user's PATH does not lead.
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


class InstallError(Exception):
    """Something cannot be installed; says what, and why."""


def python(name="services"):
    """The interpreter of one of the environments, which is made if it is not there."""
    pins = REQUIREMENTS / f"{name}.txt"
    home = _FOLDER / ".venv-pairs" / name
    _make(home, pins, lambda: _install_python(home, pins))
    return home / "bin" / "python"


def node_modules():
    """The folder with Node's modules, which is made if it is not there."""
    home = _FOLDER / ".node-pairs" / "node"
    _make(home, REQUIREMENTS / "node" / "package-lock.json", lambda: _install_node(home))
    return home / "node_modules"


def node():
    """The path of a Node that is new enough: npm's own package of it, for Debian's may be too old."""
    for found in node_modules().glob("node-linux-*/bin/node"):
        return found
    return debian("node", "nodejs")


def debian(command, package):
    """The path of a command that Debian packages; root installs what is missing."""
    if found := shutil.which(command, path=_PATH):
        return found
    if os.getuid() or not shutil.which("apt-get"):
        raise InstallError(f"{command} is missing: sudo apt-get install -y {package}")
    print(f"installing {package}", file=sys.stderr, flush=True)
    # A package's own service must not start: what is tested starts its servers itself, on ports of its own.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    _run(["apt-get", "-qq", "update"], env=environment)
    _run(["apt-get", "-qq", "install", "-y", "--no-install-recommends", package], env=environment)
    if found := shutil.which(command, path=_PATH):
        return found
    raise InstallError(f"{package} brings no {command}")


def _make(home, pins, install):
    """Make that folder by ``install`` unless it was made from the same pins; one process at a time does."""
    home.parent.mkdir(parents=True, exist_ok=True)
    stamp, wanted = home / ".pins", hashlib.sha256(pins.read_bytes()).hexdigest()
    with (home.parent / f".{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file() or stamp.read_text() != wanted:
            print(f"installing {home.name}", file=sys.stderr, flush=True)
            install()
            stamp.write_text(wanted)


def _install_python(home, pins):
    _run([sys.executable, "-m", "venv", "--clear", str(home)])
    _run([str(home / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(pins)])


def _install_node(home):
    npm = debian("npm", "npm")
    home.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        (home / name).write_bytes((REQUIREMENTS / "node" / name).read_bytes())
    _run([npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=home)


def _run(command, **settings):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, **settings)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise InstallError((done.stderr or done.stdout).strip()[-2000:])

"""A place in which copilot.microsoft.com is this machine, and nothing else can be reached. Linux, as root.

A mount namespace, with an own hosts file and an own bundle of certificate authorities over each client's, and a network
namespace with loopback alone. Nothing outside of it changes, and nothing of it is left.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.loopback_only import loopback_up

HOST = "copilot.microsoft.com"
_MARK = "WIRETAPE_REAL_CLIENTS_INSIDE"
_PRIVATE = ["unshare", "--net", "--mount", "--propagation", "private"]


class NoNamespaceError(Exception):
    """This machine, or this user, may not make one; says why."""


def is_inside():
    """Whether this process runs in such a place."""
    return os.environ.get(_MARK) == "1"


def enter(arguments):
    """Run ``python -m tests.real_clients`` with these arguments in there, in place of this process.

    Raises:
        NoNamespaceError: It cannot be had.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        raise NoNamespaceError("it takes Linux, and root: hosts and authorities of other programs are replaced in it")
    tried = subprocess.run([*_PRIVATE, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise NoNamespaceError(tried.stderr.strip() or "unshare failed")
    command = [*_PRIVATE, sys.executable, "-m", "tests.real_clients", *arguments]
    os.execvpe("unshare", command, {**os.environ, _MARK: "1"})


def settle(folder):
    """Bring loopback up, and lead the service's name to it."""
    assert is_inside()
    loopback_up()
    hosts = Path(folder) / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {HOST}\n::1 localhost\n")
    _bind(hosts, "/etc/hosts")


def trust(authorities, bundles):
    """Put these PEM authorities in the place of each bundle that there is."""
    for bundle in bundles:
        _bind(authorities, bundle)


def _bind(file, over):
    subprocess.run(["mount", "--bind", str(file), str(over)], check=True)

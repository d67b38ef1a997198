"""A place in which copilot.microsoft.com is this machine, and nothing else can be reached. Linux.

A mount namespace, with an own hosts file and an own bundle of certificate authorities over each client's; a network
namespace with loopback alone; a process namespace, which ends whatever a client leaves running; and, for users who are not
root, a user namespace around them. Nothing outside of it changes, and nothing of it is left.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.netblock.loopback_only import loopback_up

HOST = "copilot.microsoft.com"
_MARK = "WIRETAPE_REAL_CLIENTS_INSIDE"
_PRIVATE = ("--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc")


class NoNamespaceError(Exception):
    """This machine, or this user, may not make one; says why."""


def is_inside():
    """Whether this process runs in such a place."""
    return os.environ.get(_MARK) == "1"


def check():
    """See whether there can be such a place.

    Raises:
        NoNamespaceError: There cannot.
    """
    if sys.platform != "linux":
        raise NoNamespaceError("namespaces are Linux's")
    try:
        tried = subprocess.run([*_unshare(), "true"], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoNamespaceError(f"unshare (util-linux) cannot be run: {error}") from error
    if tried.returncode:
        raise NoNamespaceError(tried.stderr.strip() or f"unshare ended with {tried.returncode}")


def enter(arguments):
    """Run ``python -m tests.real_clients`` with these arguments in there; its exit code. Ended with this process."""
    command = [*_unshare(), sys.executable, "-m", "tests.real_clients", *arguments]
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    inside = subprocess.Popen(command, env={**os.environ, _MARK: "1"})
    try:
        return inside.wait()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        inside.kill()  # unshare keeps other signals to itself; with it ends all that is in there
        inside.wait()


def _unshare():
    return ["unshare", *(() if os.geteuid() == 0 else ("--user", "--map-root-user")), *_PRIVATE]


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

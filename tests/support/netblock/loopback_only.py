"""Runs a command where there is no network but loopback: ``python tests/support/netblock/loopback_only.py COMMAND..``.

Linux only, with util-linux: a network namespace of its own, in a user namespace where the user is not root. Ends with
status 75 where the machine allows neither.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys

NOT_ALLOWED = 75
_INSIDE = "--inside"
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


def loopback_up():
    """Bring ``lo`` up; new namespaces have it down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name = b"lo".ljust(16, b"\0")
        answer = fcntl.ioctl(any_socket, _GET_FLAGS, name + bytes(16))
        (flags,) = struct.unpack_from("h", answer, 16)
        fcntl.ioctl(any_socket, _SET_FLAGS, name + struct.pack("h", flags | _UP).ljust(16, b"\0"))


def enter(command):
    """Take the command's place in a namespace; returns only if there can be none."""
    namespace = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    allowed = subprocess.run([*namespace, "true"], capture_output=True, check=False)
    if allowed.returncode:
        print(f"no network namespaces here: {allowed.stderr.decode(errors='replace').strip()}", file=sys.stderr)
        return NOT_ALLOWED
    return os.execvp("unshare", [*namespace, sys.executable, __file__, _INSIDE, *command])


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments[0] != _INSIDE:
        return enter(arguments)
    loopback_up()
    names = [name for _, name in socket.if_nameindex()]
    if names != ["lo"]:
        print(f"there is more than loopback: {names}", file=sys.stderr)
        return NOT_ALLOWED
    return os.execvp(arguments[1], arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

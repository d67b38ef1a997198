"""Linux's Landlock: the kernel restricts a thread, and what the thread starts, to TCP connections to certain ports.

The restriction is permanent. `harness.netblock.seccomp` closes the ways that Landlock does not cover. A rule has a port
but no address. As a script (``python landlock.py PORTS -- COMMAND ...``), this module restricts itself and executes the
command.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from collections.abc import Iterable
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  # pathlib takes long to import
    from seccomp import close_other_ways
else:
    from harness.netblock.seccomp import close_other_ways

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_VERSION: Final = 1  # LANDLOCK_CREATE_RULESET_VERSION
_FIRST_WITH_NETWORK: Final = 4
_CONNECT_TCP: Final = 1 << 1  # LANDLOCK_ACCESS_NET_CONNECT_TCP
_NET_PORT: Final = 2  # LANDLOCK_RULE_NET_PORT
_NO_NEW_PRIVS: Final = 38  # PR_SET_NO_NEW_PRIVS


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64), ("handled_access_net", ctypes.c_uint64))


class _PortRule(ctypes.Structure):
    _fields_ = (("allowed_access", ctypes.c_uint64), ("port", ctypes.c_uint64))


@functools.lru_cache(maxsize=1)
def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *args: object) -> int:
    result: int = _libc().syscall(ctypes.c_long(number), *args)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"the kernel refused a call of Landlock, which blocks the network: {os.strerror(code)}")
    return result


@functools.lru_cache(maxsize=1)
def can_restrict() -> bool:
    """Whether the kernel offers network rules: Linux 6.7 or newer, with Landlock enabled."""
    if sys.platform != "linux":
        return False
    try:
        version = _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    except OSError:
        return False
    return version >= _FIRST_WITH_NETWORK


def restrict(ports: Iterable[int]) -> None:
    """Restrict the current thread, and everything it starts, to TCP connections to these ports; permanently.

    It can no longer create internet sockets other than TCP's. The kernel also requires that it gives up gaining
    privileges from setuid programs.

    Raises:
        OSError: The kernel refused.
    """
    rules = _Ruleset(0, _CONNECT_TCP)
    ruleset = _call(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(ctypes.sizeof(rules)), ctypes.c_uint32(0))
    try:
        for port in ports:
            rule = _PortRule(_CONNECT_TCP, port)
            _call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_NET_PORT), ctypes.byref(rule), ctypes.c_uint32(0))
        if _libc().prctl(_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0))) != 0:
            raise OSError(ctypes.get_errno(), "Landlock: the kernel refused prctl(PR_SET_NO_NEW_PRIVS)")
        _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    close_other_ways(_libc())


def command_line(ports: Iterable[int], command: Iterable[str | bytes]) -> list[str | bytes]:
    """Return a command that executes another one, restricted to these ports."""
    named = ",".join(map(str, sorted(ports)))
    return [sys.executable, "-I", "-S", os.path.abspath(__file__), named, "--", *command]  # noqa: PTH100  # bytes and str


def _main(arguments: list[str]) -> None:
    ports, _, *command = arguments
    restrict(int(port) for port in ports.split(",") if port)
    try:
        os.execvp(command[0], command)  # noqa: S606  # this is what it is for
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    _main(sys.argv[1:])

"""Linux's seccomp: closes the ways around Landlock, whose rules cover only ``connect`` of TCP sockets.

| refused system call | reason |
|---|---|
| ``socket`` of the internet families other than for plain TCP | UDP, QUIC, ICMP, raw sockets, MPTCP, SCTP |
| ``socket`` of other families than Unix, netlink and the kernel's ciphers | packets, vsock, SMC, Bluetooth.. |
| ``sendto``, ``sendmsg``, ``sendmmsg`` with ``MSG_FASTOPEN`` | TCP fast open connects without a ``connect`` |
| ``io_uring_setup`` | seccomp does not see its operations |
| all of these in 32-bit programs | their arguments would need a table of their own |

The filter applies to a thread and everything it starts, permanently. It exists for x86-64 and ARM64 only.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

_SET_NO_NEW_PRIVS: Final = 38
_SET_SECCOMP: Final = 22
_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data; arguments are 8 bytes each, little-endian
_X32: Final = 0x40000000
_FAST_OPEN: Final = 0x20000000  # MSG_FASTOPEN
_UNIX, _INET, _INET6, _NETLINK, _ALG = 1, 2, 10, 16, 38
_STREAM, _TYPE_BITS = 1, 0xF  # above the type are SOCK_CLOEXEC and SOCK_NONBLOCK
_TCP: Final = 6

Instruction = tuple[int, int, int, int]
"""Code, jump if true, jump if false, operand; a jump is the number of instructions to skip."""


@dataclass(frozen=True, slots=True)
class _Machine:
    """The numbers that the filter needs for one processor architecture: of its system calls and its 32-bit programs."""

    arch: int
    socket: int
    sendto: int
    sendmsg: int
    sendmmsg: int
    small_arch: int
    small_calls: tuple[int, ...]
    io_uring_setup: int = 425
    has_x32: bool = False


_MACHINES: Final = {
    "x86_64": _Machine(0xC000003E, 41, 44, 46, 307, 0x40000003, (102, 345, 359, 369, 370, 425), has_x32=True),
    "aarch64": _Machine(0xC00000B7, 198, 206, 211, 269, 0x40000028, (281, 290, 296, 374, 425)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


class _Filter(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    )


def _refuse(code: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | code)


_ALLOWED: Final[Instruction] = (_RETURN, 0, 0, _ALLOW)
_DENIED: Final = _refuse(errno.EACCES)  # the same error as Landlock's


def _when(value: int, then: Iterable[Instruction], *, test: int = _EQUAL) -> list[Instruction]:
    """Return instructions that run ``then`` if the loaded value passes a test; ``then`` has to end in a return."""
    body = list(then)
    return [(test, 0, len(body), value), *body]


def _argument(index: int) -> Instruction:
    # The lower half of the argument: the kernel uses no more of it.
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _socket_rules() -> list[Instruction]:
    plain_tcp = [
        _argument(1),
        (_AND, 0, 0, _TYPE_BITS),
        *_when(_STREAM, [_argument(2), *_when(0, [_ALLOWED]), *_when(_TCP, [_ALLOWED]), _DENIED]),
        _DENIED,
    ]
    local = [rule for family in (_UNIX, _NETLINK, _ALG) for rule in _when(family, [_ALLOWED])]
    return [_argument(0), *local, *_when(_INET, plain_tcp), *_when(_INET6, plain_tcp), _DENIED]


def _no_fast_open(flags: int) -> list[Instruction]:
    return [_argument(flags), *_when(_FAST_OPEN, [_DENIED], test=_ANY_BIT), _ALLOWED]


def _instructions(machine: _Machine) -> list[Instruction]:
    small = [rule for number in machine.small_calls for rule in _when(number, [_DENIED])]
    native = [
        (_LOAD, 0, 0, _NUMBER),
        *(_when(_X32, [_refuse(errno.ENOSYS)], test=_AT_LEAST) if machine.has_x32 else ()),
        *_when(machine.socket, _socket_rules()),
        *_when(machine.sendto, _no_fast_open(3)),
        *_when(machine.sendmsg, _no_fast_open(2)),
        *_when(machine.sendmmsg, _no_fast_open(3)),
        *_when(machine.io_uring_setup, [_refuse(errno.EPERM)]),
        _ALLOWED,
    ]
    return [
        (_LOAD, 0, 0, _ARCH),
        *_when(machine.arch, native),
        *_when(machine.small_arch, [(_LOAD, 0, 0, _NUMBER), *small, _ALLOWED]),
        _ALLOWED,
    ]


@functools.lru_cache(maxsize=1)
def _program(machine: _Machine) -> tuple[_Program, object]:
    """Return the filter in the kernel's form, and the memory that it points to."""
    rules = _instructions(machine)
    filters = (_Filter * len(rules))(*(_Filter(*rule) for rule in rules))
    return _Program(len(rules), ctypes.cast(filters, ctypes.c_void_p)), filters


def can_filter() -> bool:
    """Whether there is a filter for this machine's architecture."""
    return platform.machine() in _MACHINES


def close_other_ways(libc: Any) -> None:
    """Apply the filter to the current thread and everything it starts; do nothing on machines without one.

    Args:
        libc: The C library, opened by `ctypes` with ``use_errno``.

    Raises:
        OSError: The kernel refused the filter.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return
    program, _ = _program(machine)
    libc.prctl(_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0)))
    if libc.prctl(_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(program)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"the kernel refused the seccomp filter that blocks the network: {os.strerror(code)}")

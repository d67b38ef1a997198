"""Connections from before a block that a child process would inherit: the kernel's rules know new connections only.

A program that is started with one is refused. In a forked child, which gets all of them, each is replaced by a socket
that is not connected; the parent keeps its own. Connections that this machine has accepted stay: they lead to whoever
called, and forking servers hand them to their children.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from harness.netblock.errors import address_url
from harness.netblock.rules import Block, Verdict

_INTERNET: Final = (socket.AF_INET, socket.AF_INET6)
_DESCRIPTORS: Final = "/proc/self/fd"
_LISTENING: Final = "0A"
_CLOSE_OTHERS, _PASSED, _STREAMS = 2, 3, slice(6, 12)
"""Places of ``fork_exec``'s arguments: close_fds, pass_fds, and both ends of the three standard streams."""
_HOW: Final = "a connection from before, for a child process"


def check_program(block: Block, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Look at the connections that a program would be started with.

    Args:
        name: Of the function that starts it.
        args: Of the call.
        kwargs: Of the call.

    Raises:
        NetworkBlockedError: One of them leads to what is shut.
    """
    for descriptor in dict.fromkeys(_handed_on(name, args, kwargs)):
        peer = _shut_peer(block, descriptor)
        if peer is not None:
            raise block.refuse(address_url(*peer), _HOW)


def cut_off(block: Block) -> None:
    """In a forked child: let go of the connections that lead to what is shut."""
    found = [each for each in _descriptors() if _shut_peer(block, each) is not None]
    if not found:
        return
    with socket.socket(socket.AF_UNIX) as nowhere:
        for descriptor in found:
            os.dup2(nowhere.fileno(), descriptor, inheritable=os.get_inheritable(descriptor))


def _handed_on(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Iterator[int]:
    if name.endswith("fork_exec"):
        yield from (each for each in (*args[_PASSED], *args[_STREAMS]) if isinstance(each, int) and each >= 0)
        if args[_CLOSE_OTHERS]:
            return
    for action in kwargs.get("file_actions") or ():
        if action[0] == os.POSIX_SPAWN_DUP2:
            yield action[1]
    yield from (each for each in _descriptors() if _is_inheritable(each))


def _descriptors() -> list[int]:
    try:
        return [int(name) for name in os.listdir(_DESCRIPTORS)]  # noqa: PTH208  # in a forked child, and often
    except OSError:
        return []


def _is_inheritable(descriptor: int) -> bool:
    try:
        return os.get_inheritable(descriptor)
    except OSError:
        return False


def _shut_peer(block: Block, descriptor: int) -> tuple[str, int] | None:
    """Where a connection leads to, if that is shut; None for what is no such connection."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return None
        found = socket.socket(fileno=descriptor)
    except OSError:
        return None
    try:
        if found.family not in _INTERNET:
            return None
        host, port, *_ = found.getpeername()
        is_shut = block.judge(host, port) is Verdict.SHUT and not _is_accepted(found)
    except OSError:
        return None
    finally:
        found.detach()
    return (host, port) if is_shut else None


def _is_accepted(connected: socket.socket) -> bool:
    """Whether somebody called this machine so, as far as the kernel tells: its end is that of a listener."""
    port = connected.getsockname()[1]
    return connected.type == socket.SOCK_STREAM and any(port == each for each in _listening_ports())


def _listening_ports() -> Iterable[int]:
    for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        with suppress(OSError):
            rows = (line.split() for line in Path(table).read_text(encoding="ascii").splitlines()[1:])
            yield from (int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == _LISTENING)

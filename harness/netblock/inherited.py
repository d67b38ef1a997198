"""Connections older than a block that a child process would inherit: the kernel's rules cover new connections only.

Starting a program with such a connection is refused. A forked child inherits all of them, so each is replaced by an
unconnected socket; the parent keeps its own. Accepted connections stay: they lead to a client, and forking servers pass
them to their children.
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
"""Positions of ``fork_exec``'s arguments: close_fds, pass_fds, and both ends of the three standard streams."""
_HOW: Final = "a connection from before, for a child process"


def check_program(block: Block, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Check the connections that a new program would inherit.

    Args:
        block: The active block.
        name: Name of the function that starts the program.
        args: The call's arguments.
        kwargs: The call's keywords.

    Raises:
        NetworkBlockedError: A connection leads to a blocked address.
    """
    for descriptor in dict.fromkeys(_inherited(name, args, kwargs)):
        peer = _blocked_peer(block, descriptor)
        if peer is not None:
            raise block.refuse(address_url(*peer), _HOW)


def cut_off(block: Block) -> None:
    """Replace the connections of a forked child that lead to blocked addresses."""
    found = [each for each in _descriptors() if _blocked_peer(block, each) is not None]
    if not found:
        return
    with socket.socket(socket.AF_UNIX) as unconnected:
        for descriptor in found:
            os.dup2(unconnected.fileno(), descriptor, inheritable=os.get_inheritable(descriptor))


def _inherited(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Iterator[int]:
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


def _blocked_peer(block: Block, descriptor: int) -> tuple[str, int] | None:
    """Return the peer of a connection to a blocked address; None for any other descriptor."""
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
        is_blocked = block.judge(host, port) is Verdict.BLOCK and not _is_accepted(found)
    except OSError:
        return None
    finally:
        found.detach()
    return (host, port) if is_blocked else None


def _is_accepted(connected: socket.socket) -> bool:
    """Whether this machine accepted a connection, as far as the kernel tells: its own port has a listener."""
    port = connected.getsockname()[1]
    return connected.type == socket.SOCK_STREAM and any(port == each for each in _listening_ports())


def _listening_ports() -> Iterable[int]:
    for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
        with suppress(OSError):
            rows = (line.split() for line in Path(table).read_text(encoding="ascii").splitlines()[1:])
            yield from (int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == _LISTENING)

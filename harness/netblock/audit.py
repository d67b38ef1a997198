"""Python's sockets, seen by way of audit events: whoever has patched `socket`, these are raised underneath.

A hook cannot be taken out again (PEP 578), so there is one for the life of the process; it does next to nothing while
no block is in force.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from harness.netblock.active import LOCK, STACK, is_exempt
from harness.netblock.addresses import normal, parse
from harness.netblock.errors import NetworkBlockedError, address_url, name_url
from harness.netblock.libraries import with_library
from harness.netblock.rules import Block, Verdict

_INTERNET: Final = (socket.AF_INET, socket.AF_INET6)
_added: list[bool] = []


def add_hook() -> None:
    """Add the hook, once for the process."""
    with LOCK:
        if not _added:
            _added.append(True)
            sys.addaudithook(_hook)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if STACK:
        look = _LOOKS.get(event)
        if look is not None:
            look(event, args, STACK)


def _connects(event: str, args: tuple[Any, ...], stack: list[Block]) -> None:
    try:
        _addresses(event, args, stack)
    except NetworkBlockedError:
        # Whoever tries addresses in turn closes sockets after an OSError alone, and would leave this one open.
        if args[0].type == socket.SOCK_STREAM:
            args[0].close()
        raise


def _sends(event: str, args: tuple[Any, ...], stack: list[Block]) -> None:
    if args[1] is not None:  # None: to where the socket is connected
        _addresses(event, args, stack)


def _addresses(event: str, args: tuple[Any, ...], stack: list[Block]) -> None:
    made, address = args[0], args[1]
    if made.family in _INTERNET and isinstance(address, tuple):
        check_address(stack[-1], made.family, cast("tuple[Any, ...]", address), event)


def check_address(block: Block, family: int, address: tuple[Any, ...], how: str) -> None:
    """Judge an address as a client has given it.

    Raises:
        NetworkBlockedError: It is shut, and the thread is not exempt.
        ConnectionRefusedError: It is not what is open, but next to it (`Verdict.NOBODY`).
    """
    host, port = _text(address[0]), int(address[1])
    where = host if parse(host) is not None else _own_address(host, family)
    verdict = block.judge(where, port)
    if verdict is Verdict.OPEN or block.allows_name(host) or is_exempt():
        return
    if verdict is Verdict.NOBODY:
        raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
    raise block.refuse(address_url(normal(host), port), with_library(how))


def _own_address(host: str, family: int) -> str:
    """What "localhost" stands for; any other name stays. C has looked it up before the event, and does not say."""
    if host.lower().rstrip(".") in ("", "localhost"):
        return "::1" if family == socket.AF_INET6 else "127.0.0.1"
    return host


def _looks_up(event: str, args: tuple[Any, ...], stack: list[Block]) -> None:
    host = args[0]
    if host is None:
        return
    name = _text(host)
    block = stack[-1]
    if not block.may_look_up(name) and not is_exempt():
        port = args[1] if len(args) > 1 else None
        url = address_url(name, port) if isinstance(port, int) and port else name_url(name)
        raise block.refuse(url, with_library(event))


def _looks_back(event: str, args: tuple[Any, ...], stack: list[Block]) -> None:
    """The name of an address is asked for."""
    given = args[0][0] if isinstance(args[0], tuple) else args[0]
    name, block = _text(given), stack[-1]
    known = block.may_look_up(name) if parse(name) is None else block.judge(name, 0) is not Verdict.SHUT
    if not known and normal(name) not in ("127.0.0.1", "::1") and not is_exempt():
        raise block.refuse(name_url(name), with_library(event))


def _speaks_http(_event: str, args: tuple[Any, ...], stack: list[Block]) -> None:
    """`http.client` uses a connection, which may be older than the block."""
    connected: socket.socket | None = getattr(args[0], "sock", None)
    if connected is None or getattr(connected, "family", None) not in _INTERNET:
        return
    try:
        peer: tuple[Any, ...] = connected.getpeername()
    except OSError:
        return
    check_address(stack[-1], connected.family, peer, "a connection from before")


def _text(host: object) -> str:
    if isinstance(host, bytes | bytearray):
        return bytes(host).decode("idna", "replace") if host.isascii() else bytes(host).decode("utf-8", "replace")
    return str(host)


_LOOKS: Final[Mapping[str, Callable[[str, tuple[Any, ...], list[Block]], None]]] = {
    "socket.connect": _connects,
    "socket.sendto": _sends,
    "socket.sendmsg": _sends,
    "socket.getaddrinfo": _looks_up,
    "socket.gethostbyname": _looks_up,
    "socket.gethostbyaddr": _looks_back,
    "socket.getnameinfo": _looks_back,
    "http.client.send": _speaks_http,
}

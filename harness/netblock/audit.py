"""Python's sockets, checked by audit events: the interpreter raises them even if other code has patched `socket`.

Python cannot remove an audit hook (PEP 578), so there is one for the life of the process. It costs next to nothing
while no block is active.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Final, cast

from harness.netblock.active import LOCK, STACK, is_exempt
from harness.netblock.addresses import normal, parse
from harness.netblock.errors import NetworkBlockedError, address_url, name_url
from harness.netblock.rules import Block, Verdict

_INTERNET: Final = (socket.AF_INET, socket.AF_INET6)
_added: list[bool] = []


def add_hook() -> None:
    """Add the audit hook, once for the process."""
    with LOCK:
        if not _added:
            _added.append(True)
            sys.addaudithook(_hook)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    # A slice, because another thread may end the block at any moment.
    for block in STACK[-1:]:
        check = _CHECKS.get(event)
        if check is not None:
            check(event, args, block)


def _check_connect(event: str, args: tuple[Any, ...], block: Block) -> None:
    try:
        _check_addresses(event, args, block)
    except NetworkBlockedError:
        # Clients that try several addresses close a socket only after an OSError; this error would leave it open.
        if args[0].type == socket.SOCK_STREAM:
            args[0].close()
        raise


def _check_send(event: str, args: tuple[Any, ...], block: Block) -> None:
    if args[1] is not None:  # None: to the address that the socket is connected to
        _check_addresses(event, args, block)


def _check_addresses(event: str, args: tuple[Any, ...], block: Block) -> None:
    made, address = args[0], args[1]
    if made.family in _INTERNET and isinstance(address, tuple):
        check_address(block, made.family, cast("tuple[Any, ...]", address), event)


def check_address(block: Block, family: int, address: tuple[Any, ...], how: str) -> None:
    """Check an address that a client passed to the system.

    Args:
        block: The active block.
        family: The socket's address family.
        address: Host and port.
        how: The audit event or library, for the error.

    Raises:
        NetworkBlockedError: The address is not allowed, and the thread is not exempt.
        ConnectionRefusedError: The address is the other one of "localhost" (`Verdict.REFUSE`).
    """
    host, port = _text(address[0]), int(address[1])
    where = host if parse(host) is not None else _own_address(host, family)
    verdict = block.judge(where, port)
    if verdict is Verdict.ALLOW or block.allows_name(host) or is_exempt():
        return
    if verdict is Verdict.REFUSE:
        raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
    raise block.refuse(address_url(normal(host), port), _with_library(how))


def _own_address(host: str, family: int) -> str:
    """Replace "localhost" by its address and return other hosts unchanged; the audit event has only the name."""
    if host.lower().rstrip(".") in ("", "localhost"):
        return "::1" if family == socket.AF_INET6 else "127.0.0.1"
    return host


def _check_look_up(event: str, args: tuple[Any, ...], block: Block) -> None:
    host = args[0]
    if host is None:
        return
    name = _text(host)
    if not block.may_look_up(name) and not is_exempt():
        port = args[1] if len(args) > 1 else None
        url = address_url(name, port) if isinstance(port, int) and port else name_url(name)
        raise block.refuse(url, _with_library(event))


def _check_reverse_look_up(event: str, args: tuple[Any, ...], block: Block) -> None:
    """Check a look-up of an address's name."""
    given = args[0][0] if isinstance(args[0], tuple) else args[0]
    name = _text(given)
    known = block.may_look_up(name) if parse(name) is None else block.judge(name, 0) is not Verdict.BLOCK
    if not known and normal(name) not in ("127.0.0.1", "::1") and not is_exempt():
        raise block.refuse(name_url(name), _with_library(event))


def _check_http(_event: str, args: tuple[Any, ...], block: Block) -> None:
    """Check a connection that `http.client` reuses, which may be older than the block."""
    connected: socket.socket | None = getattr(args[0], "sock", None)
    if connected is None or getattr(connected, "family", None) not in _INTERNET:
        return
    try:
        peer: tuple[Any, ...] = connected.getpeername()
    except OSError:
        return
    check_address(block, connected.family, peer, "a connection from before")


def _text(host: object) -> str:
    if isinstance(host, bytes | bytearray):
        return bytes(host).decode("idna", "replace") if host.isascii() else bytes(host).decode("utf-8", "replace")
    return str(host)


_LIBRARIES: Final = frozenset(
    ("requests", "httpx", "aiohttp", "websockets", "urllib3", "urllib", "http", "asyncio", "trio", "anyio", "uvloop")
)
"""Libraries that errors name. Of several on the stack it is the outermost: ``requests``, not its ``urllib3``."""


def _with_library(how: str) -> str:
    """Add the calling library: ``requests, socket.connect`` if requests is on the stack, else ``socket.connect``."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # documented
    found: str | None = None
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in _LIBRARIES and not _is_loop(package, frame):
            found = package
        frame = frame.f_back
    return how if found is None else f"{found}, {how}"


def _is_loop(package: str, frame: FrameType) -> bool:
    """Whether a stack frame belongs to the event loop, which runs every coroutine and so names no calling library."""
    return package == "asyncio" and frame.f_code.co_name in (
        "_run_once",
        "_run",
        "run",
        "run_forever",
        "run_until_complete",
    )


_CHECKS: Final[Mapping[str, Callable[[str, tuple[Any, ...], Block], None]]] = {
    "socket.connect": _check_connect,
    "socket.sendto": _check_send,
    "socket.sendmsg": _check_send,
    "socket.getaddrinfo": _check_look_up,
    "socket.gethostbyname": _check_look_up,
    "socket.gethostbyaddr": _check_reverse_look_up,
    "socket.getnameinfo": _check_reverse_look_up,
    "http.client.send": _check_http,
}

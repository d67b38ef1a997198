"""uvloop: its loops resolve names, connect and start processes in C, so checks come before these methods."""

from __future__ import annotations

import functools
import os
import shlex
import socket
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any, Final

from harness.netblock.active import active_block
from harness.netblock.audit import check_address
from harness.netblock.dns import addresses_of_getaddrinfo, learn
from harness.netblock.errors import address_url, name_url
from harness.netblock.patches import Patches
from harness.netblock.rules import Block

_HOW: Final = "uvloop"
Coroutine = Callable[..., Awaitable[Any]]


def patch_uvloop(patches: Patches, module: ModuleType) -> None:
    """Patch ``uvloop.Loop``."""
    loop = module.Loop
    patches.replace(loop, "getaddrinfo", _look_up)
    patches.replace(loop, "create_connection", _connect)
    patches.replace(loop, "create_datagram_endpoint", _datagrams)
    patches.replace(loop, "subprocess_exec", _program)
    patches.replace(loop, "subprocess_shell", _shell)


def _look_up(real: Coroutine) -> Coroutine:
    @functools.wraps(real)
    async def getaddrinfo(loop: Any, host: Any, port: Any, **kwargs: Any) -> Any:
        block = active_block()
        if block is not None and host is not None:
            _check_name(block, _text(host), port)
        found = await real(loop, host, port, **kwargs)
        if block is not None:
            learn(host, addresses_of_getaddrinfo, found)
        return found

    return getaddrinfo


def _check_name(block: Block, name: str, port: object) -> None:
    if not block.may_look_up(name):
        raise block.refuse(address_url(name, port) if isinstance(port, int) and port else name_url(name), _HOW)


def _connect(real: Coroutine) -> Coroutine:
    @functools.wraps(real)
    async def create_connection(loop: Any, factory: Any, host: Any = None, port: Any = None, **kwargs: Any) -> Any:
        block = active_block()
        if block is None or host is None:
            return await real(loop, factory, host, port, **kwargs)
        if kwargs.get("ssl") and kwargs.get("server_hostname") is None:
            kwargs["server_hostname"] = host
        place = await _allowed_address(block, loop, host, port, kwargs.get("family", 0))
        return await real(loop, factory, *place, **kwargs)

    return create_connection


def _datagrams(real: Coroutine) -> Coroutine:
    @functools.wraps(real)
    async def create_datagram_endpoint(
        loop: Any, factory: Any, local_addr: Any = None, remote_addr: Any = None, **kwargs: Any
    ) -> Any:
        block = active_block()
        if block is not None and isinstance(remote_addr, tuple):
            host, port = remote_addr[0], remote_addr[1]
            remote_addr = await _allowed_address(block, loop, host, port, kwargs.get("family", 0))
        return await real(loop, factory, local_addr, remote_addr, **kwargs)

    return create_datagram_endpoint


async def _allowed_address(block: Block, loop: Any, host: Any, port: Any, family: int) -> tuple[str, int]:
    """Return the first allowed address of a host.

    Raises:
        NetworkBlockedError: An address is blocked.
        ConnectionRefusedError: No address is allowed, and one is "localhost"'s other one; see `check_address`.
    """
    found = await loop.getaddrinfo(_text(host), port, family=family, type=socket.SOCK_STREAM)
    refused: Exception | None = None
    for kind, _, _, _, address in found:
        try:
            check_address(block, kind, address, _HOW)
        except ConnectionRefusedError as error:
            refused = error
        else:
            return address[0], address[1]
    raise refused or OSError(f"{_text(host)} has no address that a socket could connect to")


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def _program(real: Coroutine) -> Coroutine:
    @functools.wraps(real)
    async def subprocess_exec(loop: Any, factory: Any, program: Any, *args: Any, **kwargs: Any) -> Any:
        command = _restricted((program, *args))
        return await real(loop, factory, *command, **kwargs)

    return subprocess_exec


def _shell(real: Coroutine) -> Coroutine:
    @functools.wraps(real)
    async def subprocess_shell(loop: Any, factory: Any, cmd: Any, **kwargs: Any) -> Any:
        command = _restricted((b"/bin/sh", b"-c", cmd))
        if len(command) == len((b"/bin/sh", b"-c", cmd)):
            return await real(loop, factory, cmd, **kwargs)
        # The shell reads this line and executes our launcher, which restricts itself and executes the real shell.
        line = " ".join(shlex.quote(os.fsdecode(part)) for part in command)
        return await real(loop, factory, line, **kwargs)

    return subprocess_shell


def _restricted(command: tuple[Any, ...]) -> tuple[Any, ...]:
    block = active_block()
    if block is None or not block.covers_subprocesses:
        return command
    from harness.netblock.landlock import command_line  # noqa: PLC0415  # it needs ctypes

    return tuple(command_line(block.ports, command))

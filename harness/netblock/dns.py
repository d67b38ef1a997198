"""Learns the addresses of allowed names from look-ups: a connection names only the address."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from harness.netblock.active import STACK
from harness.netblock.patches import Patches


def patch_socket(patches: Patches, module: ModuleType) -> None:
    """Patch ``socket`` so that the active block learns the results of look-ups."""
    patches.replace(module, "getaddrinfo", lambda real: _learning(real, addresses_of_getaddrinfo))
    patches.replace(module, "gethostbyname", lambda real: _learning(real, lambda found: [found]))
    patches.replace(module, "gethostbyname_ex", lambda real: _learning(real, lambda found: found[2]))


def _learning(real: Callable[..., Any], addresses: Callable[[Any], Iterable[str]]) -> Callable[..., Any]:
    @functools.wraps(real)
    def look_up(*args: Any, **kwargs: Any) -> Any:
        found = real(*args, **kwargs)
        learn(args[0] if args else kwargs.get("host"), addresses, found)
        return found

    return look_up


def learn(host: object, addresses: Callable[[Any], Iterable[str]], found: object) -> None:
    """Let the active block learn the addresses that a look-up found for a name, if the block allows hosts by name.

    Args:
        host: The name.
        addresses: Extracts the addresses from the result.
        found: The result.
    """
    for block in STACK[-1:]:
        if block.has_hosts and host:
            name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
            block.learn(name, addresses(found))


def addresses_of_getaddrinfo(found: Any) -> list[str]:
    """Return the addresses in a result of ``getaddrinfo``."""
    return [str(each[4][0]) for each in found]

"""Which addresses the allowed names have: connections name the address only."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from harness.netblock.active import STACK
from harness.netblock.patches import Patches


def patch_socket(patches: Patches, module: ModuleType) -> None:
    """Listen to what look-ups find."""
    patches.replace(module, "getaddrinfo", lambda real: _listening(real, of_getaddrinfo))
    patches.replace(module, "gethostbyname", lambda real: _listening(real, lambda found: [found]))
    patches.replace(module, "gethostbyname_ex", lambda real: _listening(real, lambda found: found[2]))


def _listening(real: Callable[..., Any], addresses: Callable[[Any], Iterable[str]]) -> Callable[..., Any]:
    @functools.wraps(real)
    def look_up(*args: Any, **kwargs: Any) -> Any:
        found = real(*args, **kwargs)
        teach(args[0] if args else kwargs.get("host"), addresses, found)
        return found

    return look_up


def teach(host: object, addresses: Callable[[Any], Iterable[str]], found: object) -> None:
    """Tell the block in force what was found; for nothing but names that it lets through does it matter."""
    for block in STACK[-1:]:
        if block.has_hosts and host:
            name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
            block.learn(name, addresses(found))


def of_getaddrinfo(found: Any) -> list[str]:
    """The addresses in an answer of getaddrinfo."""
    return [str(each[4][0]) for each in found]

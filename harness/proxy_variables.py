"""The environment's proxies, which must not stand between a client and a local server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

_PROXIES: Final = ("http_proxy", "https_proxy", "ws_proxy", "wss_proxy", "all_proxy")
_EXCEPTIONS: Final = ("NO_PROXY", "no_proxy")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def bypassing_proxies(environment: Mapping[str, str], url: str) -> dict[str, str]:
    """Variables that let a client reach a local server without the environment's proxies; empty if it names none.

    Most clients send requests for 127.0.0.1 to the proxy in ``HTTP_PROXY``, too, unless ``NO_PROXY`` names that host.

    Args:
        environment: The variables that the client has otherwise; their exceptions stay.
        url: The local server's URL.
    """
    if not any(environment.get(spelling) for name in _PROXIES for spelling in (name, name.upper())):
        return {}
    ours = dict.fromkeys((*_LOOPBACK, urlsplit(url).hostname or _LOOPBACK[0]))
    found: dict[str, str] = {}
    for name, other in (_EXCEPTIONS, _EXCEPTIONS[::-1]):
        text = environment.get(name) or environment.get(other) or ""
        theirs = [each for one in text.split(",") if (each := one.strip())]
        # A lone star excepts all hosts, and only alone.
        found[name] = "*" if "*" in theirs else ",".join((*theirs, *(each for each in ours if each not in theirs)))
    return found

"""Local servers of this process that may receive the credentials of a service, e.g. the relay that records it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from typing import Final

from provider.urls import is_loopback, page_origin

_lock: Final = threading.Lock()
_local_servers: Final[dict[str, str]] = {}


@contextlib.contextmanager
def receives_credentials_of(local_url: str, origin: str) -> Generator[None]:
    """While the block runs, clients may send the credentials of ``origin`` to a local server of this process.

    Raises:
        ValueError: The server is not on this machine's loopback.
    """
    local = page_origin(local_url)
    if not is_loopback(local):
        raise ValueError(
            f"{local} is not a loopback address: only a server on this machine may receive the credentials of a service"
        )
    with _lock:
        before = _local_servers.get(local)
        _local_servers[local] = page_origin(origin)
    try:
        yield
    finally:
        with _lock:
            if before is None:
                _local_servers.pop(local, None)
            else:
                _local_servers[local] = before


def credentials_origin(url: str) -> str:
    """Return the origin whose credentials may be sent to a URL: its own, or for a local server that of its service."""
    own = page_origin(url)
    with _lock:
        return _local_servers.get(own, own)

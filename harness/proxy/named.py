"""A server that goes by the service's own name over TLS, for clients that a hosts file leads to this machine."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from harness.origins import is_loopback
from harness.proxy.authority import Authority
from harness.proxy.errors import ProxyError
from harness.proxy.kept_authority import kept_authority

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_LABEL: Final = "[a-z0-9_]([a-z0-9_-]*[a-z0-9])?"
_NAME: Final = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*", re.IGNORECASE)


class ServerNameError(ProxyError):
    """A server cannot go by that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedServer:
    """What a server needs to go by further names.

    Attributes:
        names: These names, without those of this machine.
        context: Speaks TLS under all of them; for ``tls=`` of `harness.sessions.recording`.
        authority: Vouches for them.
    """

    names: tuple[str, ...]
    context: ssl.SSLContext = field(repr=False)
    authority: Authority = field(repr=False)


def named_server(names: Iterable[str], *, ca: Path | None = None, upstream: str = "") -> NamedServer:
    """An authority and a certificate for a server's further names, and for this machine's own.

    Args:
        names: Host names, without scheme and port.
        ca: Keeps the authority in that file; see `kept_authority`. None for one of this run alone.
        upstream: Origin of the service that the server connects to: the hosts file must not lead the server to itself.

    Raises:
        ServerNameError: One is no host name, or is the upstream's and leads to this machine.
        AuthorityError: The file cannot be used.
    """
    wanted = tuple(dict.fromkeys(name.lower() for name in names))
    for name in wanted:
        if not _NAME.fullmatch(name):
            raise ServerNameError(
                f"{name!r} is no host name (--tls-name): expected a name without scheme, port and wildcard, "
                "such as copilot.microsoft.com"
            )
    _check_way_out(wanted, upstream)
    every = (*wanted, *_LOCAL)
    authority = Authority.make(every) if ca is None else kept_authority(ca, every)
    return NamedServer(names=wanted, context=authority.shared_context(every), authority=authority)


def _check_way_out(names: Collection[str], upstream: str) -> None:
    """A hosts file counts for the recorder too: it would connect to itself, without end."""
    host = urlsplit(upstream).hostname or ""
    if host not in names:
        return
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return  # the first request will say so
    if all(is_loopback(str(address[0])) for *_, address in found):
        raise ServerNameError(
            f"{host} leads to this machine here, too (--tls-name, --upstream): the recorder would connect to "
            "itself. Let only the client read that hosts file (a container, another machine), or name the service by "
            "another host or its address: --upstream"
        )

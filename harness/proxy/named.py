"""A server under the service's own host name over TLS, for clients whose hosts file maps it to this machine."""

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
    """A server cannot have that host name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedServer:
    """The names, the TLS context and the authority of a server that answers under the host names of a service.

    Attributes:
        names: These names, without those of this machine.
        context: TLS context of all of them; for ``tls=`` of `harness.sessions.recording`.
        authority: Signs their certificate.
    """

    names: tuple[str, ...]
    context: ssl.SSLContext = field(repr=False)
    authority: Authority = field(repr=False)


def named_server(names: Iterable[str], *, ca: Path | None = None, upstream: str = "") -> NamedServer:
    """Make an authority and a certificate for a server's further names and this machine's own.

    Args:
        names: Host names, without scheme and port.
        ca: File of the authority; see `kept_authority`. None for a new one.
        upstream: Origin of the service that the server connects to: the hosts file must not lead the server to itself.

    Raises:
        ServerNameError: A name is malformed, or is the upstream's and resolves to this machine.
        AuthorityError: The file cannot be used.
    """
    wanted = tuple(dict.fromkeys(name.lower() for name in names))
    for name in wanted:
        if not _NAME.fullmatch(name):
            raise ServerNameError(
                f"{name!r} is not a host name (--tls-name): expected a name without scheme, port and wildcard, "
                "such as copilot.microsoft.com"
            )
    _check_way_out(wanted, upstream)
    every = (*wanted, *_LOCAL)
    authority = Authority.make(every) if ca is None else kept_authority(ca, every)
    return NamedServer(names=wanted, context=authority.shared_context(every), authority=authority)


def _check_way_out(names: Collection[str], upstream: str) -> None:
    """Refuse an upstream that a hosts file maps to this machine: the recorder would connect to itself."""
    host = urlsplit(upstream).hostname or ""
    if host not in names:
        return
    if _is_here(host):
        raise ServerNameError(
            f"{host} resolves to this machine (--tls-name, --upstream): the recorder would connect to "
            "itself. Give only the client that hosts file (in a container, on another machine), or name the service by "
            "another host or its address: --upstream"
        )


def _is_here(host: str) -> bool:
    """Whether a name stands for this machine: ``localhost`` does even where no hosts file says so (RFC 6761, §6.3)."""
    if is_loopback(host):
        return True
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False  # the first request fails with a clear error
    return all(is_loopback(str(address[0])) for *_, address in found)

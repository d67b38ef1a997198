"""How clients reach the local server of ``record`` and ``replay``: port, host names, allowed pages."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.command import OptionConflictError
from harness.cli.console import say

if TYPE_CHECKING:
    from harness.proxy.named import NamedServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """The server's port and names.

    Attributes:
        port: Port to listen on; 0 takes a free one.
        origins: Origins of pages that may use the server.
        names: Further host names, over TLS.
        ca: File that keeps the certificate authority; None for a new one each time.
    """

    port: int = 0
    origins: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ca: Path | None = None

    @classmethod
    def of(
        cls, port: int, origins: list[str] | None, names: list[str] | None, ca: Path | None, *, proxy: bool
    ) -> Entrance:
        """The port, pages and names that the command line's options describe.

        Raises:
            OptionConflictError: They do not go together.
            harness.pages.AllowedOriginError: A value is not an origin.
        """
        from harness.pages import allowed_pages

        if proxy and names:
            raise OptionConflictError(
                "--tls-name does not go with --proxy, which serves the service's host names anyway"
            )
        if ca is not None and not (proxy or names):
            raise OptionConflictError("--ca needs --proxy or --tls-name: only these use a certificate authority")
        return cls(port=port, origins=allowed_pages(origins or ()), names=tuple(names or ()), ca=ca)

    @contextmanager
    def opened(self, upstream: str = "") -> Generator[OpenEntrance]:
        """The server's options and COMMAND's variables, valid while the block runs.

        Args:
            upstream: Base URL of the service that the server connects to; empty for a replay.

        Raises:
            harness.proxy.errors.ProxyError: A name cannot be served, or the authority's file cannot be used.
        """
        kept: dict[str, Any] = {"port": self.port, "allowed_origins": self.origins}
        if not self.names:
            yield OpenEntrance(options=kept)
            return
        from harness.proxy.client_env import trust_environment, trust_files
        from harness.proxy.named import named_server

        named = named_server(self.names, ca=self.ca, upstream=upstream)
        with trust_files(named.authority.pem) as files:
            kept |= {"tls": named.context, "allowed_hosts": self.names}
            yield OpenEntrance(options=kept, env=trust_environment(files), named=named, bundle=files.bundle)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEntrance:
    """An open entrance.

    Attributes:
        options: Keyword arguments of `harness.sessions.recording` and `replaying`.
        env: Variables for COMMAND: the certificates to trust.
        named: The server's further names; None without any.
        bundle: File of the certificates to trust; None without further names.
    """

    options: Mapping[str, Any]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    named: NamedServer | None = None
    bundle: Path | None = None

    def announce(self, port: int) -> None:
        """Print the further names of the server, and the certificates that clients have to trust."""
        if self.named is None:
            return
        for name in self.named.names:
            place = f"https://{name}" if port == 443 else f"https://{name}:{port}"
            say(f"also {place}, for clients whose hosts file maps {name} to 127.0.0.1", "bold")
        say(f"  trust {self.bundle} (SSL_CERT_FILE and similar variables); see docs/proxy.md", "dim")

"""How clients come to the local server of ``record`` and ``replay``: its port, its names, the pages that may use it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from harness.cli.command import OptionError
from harness.cli.console import say

if TYPE_CHECKING:
    from harness.proxy.named import NamedServer

AllowOrigin: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--allow-origin", help="A page of this origin may use the server, by CORS; may be repeated.",
                 metavar="ORIGIN"),
]  # fmt: skip
TlsName: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--tls-name", help="Speak https, and go by this host name too; may be repeated.", metavar="NAME"),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """How clients come.

    Attributes:
        port: To listen on; 0 takes a free one.
        origins: Of pages that may use the server.
        names: Further host names, over TLS.
        ca: Keeps the authority in this file.
    """

    port: int = 0
    origins: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ca: Path | None = None

    @classmethod
    def of(
        cls, port: int, origins: list[str] | None, names: list[str] | None, ca: Path | None, *, proxy: bool
    ) -> Entrance:
        """What the options say.

        Raises:
            OptionError: They do not go together.
            harness.pages.AllowedOriginError: An origin is none.
        """
        from harness.pages import allowed_pages

        if proxy and names:
            raise OptionError("--tls-name does not go with --proxy, which goes by the service's names anyway")
        if ca is not None and not (proxy or names):
            raise OptionError("--ca goes with --proxy or --tls-name")
        return cls(port=port, origins=allowed_pages(origins or ()), names=tuple(names or ()), ca=ca)

    @contextmanager
    def opened(self, upstream: str = "") -> Generator[Opened]:
        """The server's options, and what COMMAND has to know, for as long as the block runs.

        Args:
            upstream: Origin of the service that the server connects to, if it does.

        Raises:
            harness.proxy.errors.ProxyError: No server can go by that name, or the authority's file cannot be used.
        """
        kept: dict[str, Any] = {"port": self.port, "allowed_origins": self.origins}
        if not self.names:
            yield Opened(options=kept)
            return
        from harness.proxy.client_env import trust_environment, trust_files
        from harness.proxy.named import named_server

        named = named_server(self.names, ca=self.ca, upstream=upstream)
        with trust_files(named.authority.pem) as files:
            kept |= {"tls": named.context, "allowed_hosts": self.names}
            yield Opened(options=kept, env=trust_environment(files), named=named, bundle=files.bundle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An entrance that is open.

    Attributes:
        options: Keyword arguments of `harness.sessions.recording` and `replaying`.
        env: Variables for COMMAND: whom to trust.
        named: What the server goes by; None without further names.
        bundle: The authorities to trust; None without further names.
    """

    options: Mapping[str, Any]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    named: NamedServer | None = None
    bundle: Path | None = None

    def tell(self, port: int) -> None:
        """Say by which further names clients come, and whom they have to trust."""
        if self.named is None:
            return
        for name in self.named.names:
            place = f"https://{name}" if port == 443 else f"https://{name}:{port}"
            say(f"also {place}, for clients whose hosts file leads {name} to 127.0.0.1", "bold")
        say(f"  trust {self.bundle} (SSL_CERT_FILE and the like), docs/proxy.md says more", "dim")

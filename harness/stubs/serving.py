"""`stubbing`: stubs on a port, for a block."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Generator
from contextlib import contextmanager

from fake_server import Server, serve
from harness.pages import allowed_pages
from harness.profile import ServiceProfile
from harness.stubs.stubs import ANY_SERVICE, Stubs


class StubServer(Stubs):
    """Stubs, on a port.

    Attributes:
        server: The local server.
    """

    server: Server

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return self.server.url

    @property
    def ws_url(self) -> str:
        """The base URL for clients that open WebSockets: ``ws://127.0.0.1:PORT``."""
        return self.server.ws_url


@contextmanager
def stubbing(  # noqa: PLR0913  # the front door: keyword arguments with defaults
    *,
    profile: ServiceProfile = ANY_SERVICE,
    deadline: float | None = 5.0,
    ordered: bool = False,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    allowed_hosts: Collection[str] = (),
    allowed_origins: Collection[str] = (),
) -> Generator[StubServer]:
    """Answer clients by stubs, outside of pytest; at the end of the block `Stubs.check` is called.

    Args:
        profile: The service, whose secrets reports mask.
        deadline: Seconds that a socket waits for an expected message; None for ever.
        ordered: Whether stubs must be called in the order of their definition.
        host: Address of the local server.
        port: Its port; 0 for a free one.
        tls: Makes the local server speak https.
        allowed_hosts: Further host names by which clients may call it.
        allowed_origins: Origins of pages that may use it, by CORS; ``*`` for any.

    Raises:
        ReplayError: At the end, unless the block raises: something came that no stub expects, or did not come.
        HarnessError: An allowed origin is invalid.
        OSError: The port is in use.
    """
    stubs = StubServer(profile=profile, deadline=deadline, ordered=ordered)
    pages = allowed_pages(allowed_origins)
    front = serve(stubs.stage(), host=host, port=port, tls=tls, allowed_hosts=allowed_hosts, allowed_origins=pages)
    with front as server:
        stubs.server = server
        yield stubs
    stubs.check()

"""`Upstream`: who is recorded. The live service, a server of the user's, or a fake one that runs for one wire."""

from __future__ import annotations

from urllib.parse import urlsplit

from fake_server import Server
from harness.origins import is_loopback
from harness.pytest_plugin.config import WireConfig
from harness.pytest_plugin.config_values import FAKE
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.servers import Servers
from harness.redact.placeholders import FIRST_TOKEN
from harness.services.copilot import COPILOT
from provider.options import find_credentials
from provider.wire.errors import UsageError
from provider.wire.generations import DEFAULT_GENERATION


class Upstream:
    """Where a relay goes to.

    Attributes:
        url: Its origin.
        generation: Of a fake, else None.
        is_fake: Whether it is a fake of ours, to which no credentials of the user's go.

    Raises:
        WireFailure: There is no fake of that generation.
    """

    def __init__(self, config: WireConfig, servers: Servers) -> None:
        self._servers = servers
        self._server: Server | None = None
        self.generation: str | None = None
        said = config.upstream or COPILOT.upstream
        kind, _, generation = said.partition(":")
        self.is_fake = kind == FAKE
        if self.is_fake:
            self.generation = generation or config.generation or DEFAULT_GENERATION
            self._server = servers.start(self._fake(self.generation), allowed_origins=config.allowed_origins)
            self.url = self._server.url
            return
        parts = urlsplit(said)
        self.url = f"{parts.scheme}://{parts.netloc}"

    def token(self) -> str | None:
        """What the service is to get: the user's own token, but a fake of ours never; for a local server one will do.

        Raises:
            WireFailure: The user's is none.
        """
        try:
            own = None if self.is_fake else find_credentials(None).token
        except UsageError as error:
            raise WireFailure(f"config: {error}") from None
        return own or (FIRST_TOKEN if is_loopback(urlsplit(self.url).hostname) else None)

    def _fake(self, generation: str):  # noqa: ANN202
        from fake_server.script import Config, Script  # noqa: PLC0415  # only here

        try:
            return Script(Config(generation=generation, seed=1))
        except UsageError as error:
            raise WireFailure(f"config: upstream: {error}") from None

    def close(self) -> None:
        """Stop the fake."""
        server, self._server = self._server, None
        if server is not None:
            self._servers.stop(server)

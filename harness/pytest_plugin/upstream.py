"""`WireUpstream`: the service that a relay records: the live one, a server of the user's, or a fake for one wire."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fake_server import Server
from harness.origins import is_loopback
from harness.profile import ServiceProfile
from harness.pytest_plugin.config_values import FAKE
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.servers import Servers
from harness.pytest_plugin.services import service_of
from harness.redact.placeholders import FIRST_TOKEN
from harness.services.choice import default_service
from provider.options import given_credentials
from provider.wire.errors import UsageError
from provider.wire.generations import DEFAULT_GENERATION

if TYPE_CHECKING:
    from fake_server.script import Script


class WireUpstream:
    """The server that a relay connects to.

    Attributes:
        url: Its origin.
        generation: Protocol generation of a fake, else None.
        is_fake: Whether it is a fake of ours, which never receives the user's credentials.

    Raises:
        WireFailure: There is no fake of that generation, or no upstream.
    """

    def __init__(self, plan: Plan, servers: Servers) -> None:
        self._servers = servers
        self._server: Server | None = None
        self.generation: str | None = None
        config = plan.config
        target = config.upstream or service_of(plan, None).upstream
        if not target:
            raise WireFailure(f"config: the profile {config.profile} names no upstream: give --wire-upstream=URL")
        kind, _, generation = target.partition(":")
        self.is_fake = kind == FAKE
        if self.is_fake:
            self.generation = generation or config.generation or DEFAULT_GENERATION
            self._server = servers.start(
                _fake(self.generation), own_origins=default_service().origins, allowed_origins=config.allowed_origins
            )
            self.url = self._server.url
            return
        parts = urlsplit(target)
        self.url = f"{parts.scheme}://{parts.netloc}"

    def token(self, service: ServiceProfile) -> str | None:
        """Return the token to send: the user's own, but to a fake never; a local server gets a placeholder at least.

        Args:
            service: The upstream's profile; the user's own token goes only where the profile has a variable for it.

        Raises:
            WireFailure: The user's token is malformed.
        """
        try:
            own = None if self.is_fake or not service.token_variable else given_credentials(None).token
        except UsageError as error:
            raise WireFailure(f"config: {error}") from None
        return own or (FIRST_TOKEN if is_loopback(urlsplit(self.url).hostname) else None)

    def close(self) -> None:
        """Stop the fake service, if this upstream started one."""
        server, self._server = self._server, None
        if server is not None:
            self._servers.stop(server)


def _fake(generation: str) -> Script:
    """Return a fake service of a generation.

    Raises:
        WireFailure: There is no such generation.
    """
    from fake_server.script import Config, Script  # noqa: PLC0415  # only where a fake is recorded

    try:
        return Script(Config(generation=generation, seed=1))
    except UsageError as error:
        raise WireFailure(f"config: upstream: {error}") from None

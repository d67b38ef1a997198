"""`WireProxy`: a forward proxy to a wire, for clients with hard-coded hosts."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fake_server.stage import Answer, Request, Stage
from harness.proxy.authority import Authority
from harness.proxy.client_env import client_environment, trust_files
from harness.proxy.errors import ProxyError
from harness.proxy.gate import ProxyGate, ServedHosts
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.network_block import block_around
from harness.pytest_plugin.state import PluginState
from harness.pytest_plugin.wires import Wire
from harness.services.environment import placeholder_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class WireProxy:
    """A forward proxy in front of a wire.

    Attributes:
        url: ``http://user:password@127.0.0.1:PORT``; not in the repr.
        ca_file: PEM file with the certificate authorities to trust: the usual ones and the proxy's.
        env: Variables that lead a client through it, with the token as in `Wire.env`; not in the repr.
        hosts: The hosts that it answers for. It refuses all others.
    """

    url: str = field(repr=False)
    ca_file: Path
    env: Mapping[str, str] = field(repr=False)
    hosts: tuple[str, ...]


class _Borrowed:
    """Wraps a stage so that the server in front of it does not close the stage: the owner does that."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        return await self._stage.handle(request)

    async def close(self) -> None:
        """Do nothing: the stage's owner closes it."""


@contextmanager
def open_proxy(wire: Wire, state: PluginState) -> Generator[WireProxy]:
    """Open a proxy to a wire for the length of a block.

    Args:
        wire: The wire.
        state: Knows the other open wires, which stay reachable.

    Raises:
        WireFailure: No certificate authority can be made for the service's hosts.
    """
    service = wire.service
    further = () if wire.backend.doors is None else wire.backend.doors.origins
    origins = (service.upstream, *service.origins, wire.recorded_from, wire.plan.config.upstream or "", *further)
    try:
        named = ServedHosts(origins)
        authority = Authority.make(named.names)
    except ProxyError as error:
        raise WireFailure(f"config: wire_proxy: {error}") from error
    # Clients may also use the wire's own URL through the proxy: plain text, which needs no certificate.
    door = ProxyGate(ServedHosts((*origins, wire.url)), authority, lets_past=wire.plan.is_live)
    with ExitStack() as stack:
        files = stack.enter_context(trust_files(authority.pem))
        server = stack.enter_context(wire.entrance(_Borrowed(wire.tap), door))
        stack.enter_context(block_around(wire.plan, state))
        url = door.url(server.port)
        env = {**client_environment(url, files), **placeholder_environment(wire.token, service)}
        yield WireProxy(url=url, ca_file=files.bundle, env=env, hosts=named.names)
        problem = door.visitors.problem(named.names)
        wire.outcome.proxy_hint = "" if problem is None else str(problem)

"""Recording and replaying behind a forward proxy, as context managers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from fake_server.stage import Stage
from harness.cassette.model import Cassette
from harness.cassette.store import load
from harness.doors import named_upstreams
from harness.faults.stage import FaultRules
from harness.profile import ServiceProfile
from harness.proxy.authority import Authority
from harness.proxy.client_env import TrustFiles, client_environment, trust_files
from harness.proxy.gate import ProxyGate, ServedHosts
from harness.proxy.kept_authority import kept_authority
from harness.proxy.parents import Parents
from harness.proxy.tunnel import RouteLimits
from harness.proxy.visitors import Visitors
from harness.record.options import RecordingOptions
from harness.relay.about import describe_origin
from harness.replay.clock import Clock
from harness.replay.pace import Speed
from harness.replay.report import Report
from harness.replay.rules import PlayRules
from harness.services.choice import default_service, service_for
from harness.services.environment import placeholder_environment
from harness.sessions import RecordingServer, ReplayServer, recording, replaying
from provider.transport.types import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxied:
    """A proxy with a session behind it.

    Attributes:
        proxy_url: ``http://user:password@127.0.0.1:port``; not in the repr.
        address: ``http://127.0.0.1:port``: the proxy's URL without user and password, for people.
        ca_file: PEM file of the authorities to trust: the usual ones and the proxy's. Deleted when the block ends.
        env: Variables for a client's environment; see `client_environment`. Not in the repr.
        hosts: The service's hosts.
        visitors: Counts of requests and connections.
    """

    proxy_url: str = field(repr=False)
    address: str
    ca_file: Path
    env: Mapping[str, str] = field(repr=False)
    hosts: tuple[str, ...]
    visitors: Visitors = field(repr=False)

    def check(self) -> None:
        """Raise if no client reached the service; conclusive after the block has ended.

        Raises:
            DistrustError: Clients connected to the proxy, but did not trust its certificate.
            UnusedProxyError: No client connected to it.
        """
        problem = self.visitors.problem(self.hosts)
        if problem is not None:
            raise problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxiedRecording(Proxied):
    """A forward proxy that records what passes to and from the service."""

    running: RecordingServer = field(repr=False)

    @property
    def cassette(self) -> Cassette | None:
        """The recorded cassette; None until the recording ends, and if no request came."""
        return self.running.cassette


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxiedReplay(Proxied):
    """A forward proxy that answers requests to the service from a cassette."""

    running: ReplayServer = field(repr=False)

    def report(self) -> Report:
        """The exchanges played so far, and the mismatches."""
        return self.running.report()


@contextmanager
def proxied_recording(  # noqa: PLR0913  # the front gate: keyword arguments with defaults
    path: Path | str,
    upstream: str | None = None,
    *,
    profile: ServiceProfile | None = None,
    settings: Settings | None = None,
    impersonate: str | None = None,
    token: str | None = None,
    client: str = "",
    port: int = 0,
    ca: Path | None = None,
    allowed_origins: Collection[str] = (),
    upstreams: Mapping[str, str] | None = None,
    limits: RouteLimits | None = None,
    options: RecordingOptions | None = None,
    faults: FaultRules = (),
) -> Generator[ProxiedRecording]:
    """As `harness.sessions.recording`, but as a forward proxy, for clients without an option for the base URL.

    The proxy decrypts and records the hosts of the upstream and of the profile's origins, all of them as the upstream,
    and those of further upstreams, each as itself.
    It connects clients to other hosts without decrypting or recording anything. A session without a request to the
    service writes no cassette, and leaves an existing one unchanged.

    Args:
        path: The cassette to write.
        upstream: Base URL of the service; the profile's by default.
        profile: Names and secrets of the service; None as for `harness.sessions`.
        settings: How to connect to it. The environment's proxy is read now; later changes have no effect.
        impersonate: As for `harness.sessions.recording`.
        token: As for `harness.sessions.recording`.
        client: Name of the client, for the cassette's head.
        port: The proxy's port, on 127.0.0.1; 0 takes a free one.
        ca: File of the authority; see `kept_authority`. None for a new one.
        allowed_origins: As for `harness.sessions.recording`; other pages get the service's own CORS headers.
        upstreams: Further services of the session, name -> origin (``wss://gateway.example``). They never get the
            ``token``.
        limits: Timeouts of connections to other hosts.
        options: As for `harness.sessions.recording`.
        faults: As for `harness.sessions.recording`.

    Raises:
        ProxyError: No proxy can be opened for these hosts, or with that authority.
        HarnessError, OSError: As for `harness.sessions.recording`.
    """
    target = upstream or (profile or default_service()).upstream
    service = profile or service_for(describe_origin(target, settings))
    gate = _gate((target, *service.origins), ca, upstreams or {}, lets_past=True, limits=limits)
    with (
        trust_files(gate.authority.pem) as files,
        recording(
            path,
            target,
            profile=service,
            settings=partial(Parents().fixed, settings),
            impersonate=impersonate,
            token=token,
            client=client,
            port=port,
            allowed_origins=allowed_origins,
            gate=gate,
            upstreams=upstreams,
            keeps_empty=False,
            options=options,
            faults=faults,
        ) as running,
    ):
        url = gate.url(running.server.port)
        yield ProxiedRecording(
            env={**client_environment(url, files), **placeholder_environment(running.placeholder_token, service)},
            running=running,
            **_entrance(gate, running, files),
        )


@contextmanager
def proxied_replaying(  # noqa: PLR0913  # as above
    cassette: Path | str | Cassette,
    *,
    profile: ServiceProfile | None = None,
    speed: Speed = "instant",
    deadline: float | None = 5.0,
    rules: PlayRules | None = None,
    clock: Clock = "now",
    port: int = 0,
    ca: Path | None = None,
    allowed_origins: Collection[str] = (),
    faults: FaultRules = (),
    wrap: Callable[[Stage], Stage] = lambda stage: stage,
) -> Generator[ProxiedReplay]:
    """As `harness.sessions.replaying`, but as a forward proxy. Nothing leaves this machine: other hosts are refused.

    The cassette's origin and its further upstreams count as the service's, beside the profile's.

    Args:
        cassette: A file, or a loaded cassette.
        profile: Names and secrets of the service; None as for `harness.sessions`.
        speed: ``"instant"``, ``"recorded"``, or how many times as fast as recorded.
        deadline: Seconds that the client may take for each step.
        rules: Rules of matching.
        clock: As for `harness.sessions.replaying`.
        port: The proxy's port, on 127.0.0.1; 0 takes a free one.
        ca: As for `proxied_recording`.
        allowed_origins: As for `proxied_recording`.
        faults: As for `harness.sessions.replaying`.
        wrap: As for `harness.sessions.replaying`.

    Raises:
        ProxyError: No proxy can be opened for these hosts, or with that authority.
        HarnessError, OSError: As for `harness.sessions.replaying`.
    """
    loaded = cassette if isinstance(cassette, Cassette) else load(Path(cassette))
    service = profile or service_for(loaded.recorded.origin)
    origins = (service.upstream, *service.origins, loaded.recorded.origin)
    gate = _gate(origins, ca, loaded.recorded.upstreams, lets_past=False)
    with (
        trust_files(gate.authority.pem) as files,
        replaying(
            loaded,
            profile=service,
            speed=speed,
            deadline=deadline,
            rules=rules,
            clock=clock,
            port=port,
            allowed_origins=allowed_origins,
            gate=gate,
            faults=faults,
            wrap=wrap,
        ) as running,
    ):
        env = client_environment(gate.url(running.server.port), files)
        yield ProxiedReplay(env=env, running=running, **_entrance(gate, running, files))


def _entrance(gate: ProxyGate, running: RecordingServer | ReplayServer, files: TrustFiles) -> dict[str, Any]:
    """The attributes of `Proxied` that a recording and a replay make alike."""
    return {
        "proxy_url": gate.url(running.server.port),
        "address": running.url,
        "ca_file": files.bundle,
        "hosts": gate.hosts.names,
        "visitors": gate.visitors,
    }


def _gate(
    origins: Iterable[str],
    ca: Path | None,
    upstreams: Mapping[str, str],
    *,
    lets_past: bool,
    limits: RouteLimits | None = None,
) -> ProxyGate:
    hosts = ServedHosts((*origins, *named_upstreams(upstreams).values()))
    authority = Authority.make(hosts.names) if ca is None else kept_authority(ca, hosts.names)
    return ProxyGate(hosts, authority, lets_past=lets_past, limits=limits)

"""Recording and replaying as context managers: a server in a thread, with a relay or a player behind it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from fake_server import Server, serve
from fake_server.host.limits import Limits
from fake_server.host.tunnel import Gate
from fake_server.stage import Stage
from harness.cassette.model import Cassette, LeftOut
from harness.cassette.store import load
from harness.doors import Doors, named_upstreams
from harness.faults.stage import FaultRules, behind_faults
from harness.origins import is_loopback
from harness.pages import allowed_pages
from harness.profile import ServiceProfile
from harness.record.errors import KeptJournal
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.relay.about import describe_origin
from harness.relay.relay import Relay
from harness.relay.several import SeveralRelays, relays_for
from harness.relay.token_swap import TokenSwap
from harness.replay.clock import Clock
from harness.replay.pace import Speed
from harness.replay.player import Player
from harness.replay.report import Report
from harness.replay.rounds import Rounds, with_ends
from harness.replay.rules import PlayRules
from harness.services.choice import default_service, service_for
from harness.user_folders import state_directory
from provider.auth.origins import receives_credentials_of
from provider.clock import monotonic
from provider.transport.types import Settings


class RecordingServer:
    """A relay in front of a service.

    Attributes:
        url: The base URL for clients.
        upstreams: The base URLs of further upstreams, by name.
        cassette: The cassette; None until the recording is finished.
        placeholder_token: The placeholder token for clients; None if no token was given.
        left_out: Exchanges that were recorded, but that the cassette format cannot express.
        service: The profile in force.
    """

    def __init__(
        self,
        server: Server,
        relay: Relay | SeveralRelays,
        placeholder_token: str | None = None,
        recording: Recording | None = None,
        *,
        service: ServiceProfile | None = None,
        doors: Doors | None = None,
    ) -> None:
        self.server = server
        self.upstreams = doors.urls(server.url) if doors else {}
        self._relay = relay
        self.placeholder_token = placeholder_token
        self.service = service or default_service()
        self.url = server.url
        self.cassette: Cassette | None = None
        self.left_out: tuple[LeftOut, ...] = ()
        self._recording = recording

    @property
    def session(self) -> Recording:
        """The session that the relay is recording, while it grows."""
        assert self._recording is not None, "this server was made without a recording"
        return self._recording

    @property
    def unreached(self) -> list[str]:
        """Why the service could not be reached; one entry for each failed exchange."""
        return [] if self._recording is None else self._recording.unreached

    def interrupt(self) -> None:
        """Mark the recording as incomplete if an exchange is still open: the user ends it."""
        if self._recording is not None:
            self._recording.interrupt()

    @property
    def journal(self) -> KeptJournal | None:
        """The recording's journal; None if there is none, or none any more: the cassette is written."""
        return None if self._recording is None else self._recording.journal

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what the cassette does not show: `Relay.notes`, malformed requests, rejected clients."""
        unread = tuple(f"a request was refused ({count} times): {why}" for why, count in self.server.unread.items())
        return (*self._relay.notes, *unread, *_strangers(self.server))

    @property
    def lost(self) -> bool:
        """Whether file descriptors ran out, or a body was too large to be recorded; see `Relay.lost`."""
        return self._relay.lost


class ReplayServer:
    """A player, on a port.

    Attributes:
        url: The base URL for clients.
        upstreams: The base URLs of the cassette's further upstreams, by name.
        service: The profile in force.
    """

    def __init__(
        self, server: Server, player: Player | Rounds, service: ServiceProfile, doors: Doors | None = None
    ) -> None:
        self.server = server
        self.upstreams = doors.urls(server.url) if doors else {}
        self.service = service
        self.url = server.url
        self._player = player

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each client that the server rejected."""
        return _strangers(self.server)

    def report(self) -> Report:
        """What was replayed so far, and what differed."""
        return self._player.report()


def _strangers(server: Server) -> tuple[str, ...]:
    return tuple(f"not let in ({count} times): {who}" for who, count in server.strangers.items())


@contextmanager
def recording(  # noqa: PLR0913  # the front door: keyword arguments with defaults
    path: Path | str,
    upstream: str | None = None,
    *,
    profile: ServiceProfile | None = None,
    settings: Settings | Callable[[str], Settings] | None = None,
    impersonate: str | None = None,
    token: str | None = None,
    client: str = "",
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    allowed_hosts: Collection[str] = (),
    allowed_origins: Collection[str] = (),
    gate: Gate | None = None,
    upstreams: Mapping[str, str] | None = None,
    keeps_empty: bool = True,
    options: RecordingOptions | None = None,
    faults: FaultRules = (),
) -> Generator[RecordingServer]:
    """Record the session between a client, which uses the server's ``url``, and a service.

    The cassette is written when the block ends. After an error the journal is kept, and an existing cassette stays.

    Args:
        path: The cassette.
        upstream: Origin of the service; the profile's by default.
        profile: The service: its origins, and which values are secret. None for the one that `service_for` finds by
            the upstream's origin.
        settings: How to connect to the upstream; or a function that returns that for an upstream's origin.
        impersonate: Browser to impersonate (curl_cffi's names); by default the profile's for its own service, and the
            client's own headers for any other.
        token: The access token that the relay sends instead of `RecordingServer.placeholder_token`, so that clients
            need not have it. None forwards the clients' own credentials.
        client: Name of the client, for the cassette's head.
        host: Address of the local server.
        port: Its port; 0 for a free one.
        tls: Makes the local server speak https.
        allowed_hosts: Further host names by which clients may call the local server.
        allowed_origins: Origins of further pages that may use it (``http://localhost:5173``), by CORS. With a token,
            ``*`` and ``null`` are not permitted.
        gate: Makes the local server a forward proxy.
        keeps_empty: Whether a cassette is also written for a session without requests or without a reachable service.
        upstreams: Further services of the session, name -> origin (``wss://gateway.example``): each gets a local port,
            `RecordingServer.upstreams`, and its URLs in responses lead there. They never get the ``token``.
        options: How the session is recorded and saved; the cassette is locked from the start.
        faults: Fault rules, applied to what the client receives; the cassette has what the service sent.

    Raises:
        HarnessError: The upstream or an allowed origin is invalid or not permitted, another recording holds the
            cassette's lock, or the finished cassette holds a secret.
        OSError: The port is in use, or the file cannot be written.
    """
    pages = allowed_pages(allowed_origins, swaps_token=token is not None)
    target = upstream or (profile or default_service()).upstream
    chosen = (options or RecordingOptions()).locked()
    settings_for: Callable[[str], Settings | None] = settings if callable(settings) else lambda _: settings
    origin = describe_origin(target, settings_for(target))
    service = profile or service_for(origin)
    doors = Doors(named_upstreams(upstreams or {}, target), has_ports=gate is None)
    with Recording(
        path, service, by="relay", client=client, origin=origin, upstreams=doors.upstreams, options=chosen
    ) as take:
        swap = None if token is None else TokenSwap.of(token, take.redactor)
        relay = relays_for(target, service, take, doors, swap, settings=settings_for, impersonate=impersonate)
        front = _server(
            behind_faults(relay, faults), service, doors, _Entrance(host, port, tls, allowed_hosts, pages, gate)
        )
        with front as server, _trusted(server.url, target):
            doors.opened(server.port, server.more_ports)
            yield (running := RecordingServer(server, relay, swap and swap.shown, take, service=service, doors=doors))
            relay.settle()
            take.stop(at=monotonic())
        if not keeps_empty and not take.reached_service:
            take.discard()
            return
        running.cassette, running.left_out = take.finish(), take.left_out


@contextmanager
def replaying(  # noqa: PLR0913  # as above
    cassette: Path | str | Cassette,
    *,
    profile: ServiceProfile | None = None,
    speed: Speed = "instant",
    deadline: float | None = 5.0,
    rules: PlayRules | None = None,
    clock: Clock = "now",
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    allowed_hosts: Collection[str] = (),
    allowed_origins: Collection[str] = (),
    gate: Gate | None = None,
    faults: FaultRules = (),
    wrap: Callable[[Stage], Stage] = lambda stage: stage,
) -> Generator[ReplayServer]:
    """Respond to clients from a cassette; `ReplayServer.report` returns the result.

    Args:
        cassette: A file, or a cassette that is loaded.
        profile: The service: its origins, and which values are secret. None for the one that `service_for` finds by
            the cassette's origin.
        speed: ``"instant"``, ``"recorded"``, or how many times as fast as recorded.
        deadline: Seconds to wait for a message of the client.
        rules: What is compared, ignored and bound.
        clock: ``"now"`` moves times that were in the future when recorded, so that they are as far in the future now;
            ``"recorded"`` moves no times.
        host: Address of the local server.
        port: Its port; 0 for a free one.
        tls: Makes the local server speak https.
        allowed_hosts: Further host names by which clients may call the local server.
        allowed_origins: Origins of further pages that may use it, by CORS; ``*`` for any. They need not be those of
            the recording.
        gate: Makes the local server a forward proxy.
        faults: Fault rules, applied to what the client receives.
        wrap: Returns the stage that answers in place of the player, for example one that observes it.

    Raises:
        HarnessError: The cassette cannot be read, or an origin is invalid.
        OSError: The port is in use.
    """
    pages = allowed_pages(allowed_origins)
    loaded = cassette if isinstance(cassette, Cassette) else load(Path(cassette))
    service = profile or service_for(loaded.recorded.origin)
    doors = Doors(loaded.recorded.upstreams, has_ports=gate is None)

    def play(played: Cassette) -> Player:
        return Player(played, service, speed=speed, deadline=deadline, rules=rules, clock=clock, doors=doors)

    player = Rounds(partial(play, with_ends(loaded))) if rules is not None and rules.loops else play(loaded)
    front = _server(
        wrap(behind_faults(player, faults)), service, doors, _Entrance(host, port, tls, allowed_hosts, pages, gate)
    )
    with front as server:
        doors.opened(server.port, server.more_ports)
        yield ReplayServer(server, player, service, doors)


class _Entrance(NamedTuple):
    """The arguments of `fake_server.serve` that say how clients reach the server: address, TLS, hosts, proxy."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    allowed_hosts: Collection[str]
    allowed_origins: Collection[str]
    gate: Gate | None


def _server(stage: Stage, service: ServiceProfile, doors: Doors, entrance: _Entrance) -> Server:
    """The server of a session: with a further port for each further upstream."""
    own, limits = (*service.origins, *doors.origins), Limits(spool=state_directory())
    return serve(stage, own_origins=own, more_ports=doors.more_ports, limits=limits, **entrance._asdict())


def _trusted(url: str, upstream: str) -> AbstractContextManager[None]:
    """Let clients of this process send the recording server the credentials stored for the service behind it."""
    return receives_credentials_of(url, upstream) if is_loopback(urlsplit(url).hostname) else nullcontext()

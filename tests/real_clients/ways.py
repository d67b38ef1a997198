"""The ways by which a client that cannot be told where to go comes to us, and to nobody else."""

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fake_server import serve
from harness.proxy.sessions import proxied_recording, proxied_replaying
from harness.sessions import recording, replaying
from tests.real_clients.namespace import HOST, settle, trust
from tests.real_clients.service import ORIGIN


@dataclass(frozen=True)
class Entrance:
    """What a client finds.

    Attributes:
        authorities: PEM file of who is to be trusted.
        environment: Variables of its own.
        server: The player, while a session is played.
    """

    authorities: str
    environment: dict[str, str]
    server: object = None


class Namespaces:
    """The service's name leads to us, in a namespace of its own; see `tests.real_clients.namespace`."""

    name = "namespaces"

    def __init__(self, certified, folder, bundles):
        settle(folder)
        authorities = Path(folder) / "authorities.pem"
        authorities.write_bytes(certified.authority)
        trust(authorities, bundles)
        self._bundle = str(authorities)
        self._place = {"port": 443, "tls": certified.context, "allowed_hosts": (HOST,)}

    def closed_to(self, client):
        """Why that client cannot come; None if it can."""

    @contextlib.contextmanager
    def serving(self, stage, *, strict):
        """Let clients come to that stage."""
        with serve(stage, own_origins=(ORIGIN,), strict=strict, **self._place):
            yield self._entrance()

    @contextlib.contextmanager
    def recording(self, path, upstream):
        """The same to the relay."""
        with recording(path, upstream, **self._place):
            yield self._entrance()

    @contextlib.contextmanager
    def replaying(self, path):
        """The same to the player."""
        with replaying(path, **self._place) as server:
            yield self._entrance(server)

    def _entrance(self, server=None):
        trusted = {"SSL_CERT_FILE": self._bundle, "NODE_EXTRA_CA_CERTS": self._bundle}
        return Entrance(self._bundle, trusted, server)


class Door:
    """The environment names a forward proxy, and we stand behind it: docs/proxy.md. For users who are not root."""

    name = "door"

    def closed_to(self, client):
        """Why that client cannot come; None if it can."""
        return client.no_door or None

    @contextlib.contextmanager
    def serving(self, stage, *, strict):
        """Let clients come to that stage, by the relay."""
        with (
            tempfile.TemporaryDirectory() as folder,
            serve(stage, strict=strict) as server,
            self.recording(Path(folder) / "unused.yaml", server.url) as entrance,
        ):
            yield entrance

    @contextlib.contextmanager
    def recording(self, path, upstream):
        """The same to the relay, for the recording's sake."""
        with proxied_recording(path, upstream) as session:
            yield _at(session)

    @contextlib.contextmanager
    def replaying(self, path):
        """The same to the player."""
        with proxied_replaying(path) as session:
            yield _at(session, session)


def _at(session, server=None):
    return Entrance(str(session.ca_file), dict(session.env), server)

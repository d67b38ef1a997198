"""`ServerSettings`: what all connections of a server share."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

from fake_server.host.connections import Failures
from fake_server.host.keepalive import Keepalive
from fake_server.host.limits import Limits
from fake_server.host.pages import Pages
from fake_server.host.policy import AccessPolicy, HandshakePolicy
from fake_server.host.tunnel import Gate
from fake_server.host.websocket import SocketSettings
from fake_server.stage import Accept


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The settings and checks that all connections of a server share."""

    access: AccessPolicy
    limits: Limits
    failures: Failures
    pages: Pages = field(default_factory=Pages)
    identity: ssl.SSLContext | None = None
    gate: Gate | None = None
    handshake: HandshakePolicy = field(default_factory=HandshakePolicy)
    keepalive: Keepalive = field(default_factory=Keepalive)

    def socket_settings(self, accept: Accept) -> SocketSettings:
        """The settings of a socket that the stage accepted."""
        return SocketSettings(
            linger=self.limits.linger if accept.linger else 0.0,
            check_text=self.handshake.strict,
            keepalive=self.keepalive,
            answer_pings=not accept.answers_pings,
            answer_close=not accept.answers_close,
        )

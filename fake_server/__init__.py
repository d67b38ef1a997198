"""A local server for clients: the host (REST and WebSocket on one port), and the fake Copilot that it serves.

PYTEST_DONT_REWRITE
"""

from fake_server.host.limits import Limits
from fake_server.host.listener import ServerStartError
from fake_server.host.server import Server, serve
from fake_server.host.tls import Certificate, CertificateError
from fake_server.stage import (
    Accept,
    Answer,
    BrokenBodyError,
    Drop,
    Request,
    Response,
    Socket,
    Stage,
    Stall,
)

__all__ = [
    "Accept",
    "Answer",
    "BrokenBodyError",
    "Certificate",
    "CertificateError",
    "Drop",
    "Limits",
    "Request",
    "Response",
    "Server",
    "ServerStartError",
    "Socket",
    "Stage",
    "Stall",
    "serve",
]

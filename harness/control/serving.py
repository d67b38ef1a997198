"""`controlling`: the control service on a port of loopback, for a block."""

from __future__ import annotations

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from fake_server import Server, serve
from harness.control.folder import CassetteFolder
from harness.control.stage import ControlStage


class ControlServer:
    """The control service, on a port.

    Attributes:
        url: Its secret URL: any program that knows it may begin tests with the folder's cassettes.
    """

    def __init__(self, server: Server, stage: ControlStage, secret: str) -> None:
        self._stage = stage
        self.url = f"{server.url}/{secret}"

    def __repr__(self) -> str:
        return "<ControlServer>"

    @property
    def failed(self) -> tuple[str, ...]:
        """The reports of the tests that have ended and whose traffic differed from the cassette."""
        return self._stage.failed


@contextmanager
def controlling(folder: Path | str, *, upstream: str | None = None, port: int = 0) -> Generator[ControlServer]:
    """Let test suites in any language begin and end recorded sessions.

    The service listens on loopback only. It refuses clients that do not know its secret path, that call it by another
    host name, and web pages (by their Origin).

    Args:
        folder: The only folder whose cassettes tests may use.
        upstream: The service to record; None where nothing may be recorded.
        port: 0 for a free one.

    Raises:
        ControlError: ``folder`` is not a directory.
        OSError: The port is in use.
    """
    secret = secrets.token_urlsafe(32)
    stage = ControlStage(CassetteFolder(Path(folder)), upstream, secret)
    with serve(stage, host="127.0.0.1", port=port) as server:
        yield ControlServer(server, stage, secret)

"""A stage that is watched does to a connection what it does unwatched."""

from __future__ import annotations

import contextlib
import http.client
import ssl

import pytest

from fake_server import serve
from fake_server.stage import Answer, Request, Response
from harness.faults import Faults
from harness.sweep.watching import WatchedStage


class Shop:
    async def handle(self, request: Request) -> Answer:
        return Response(200, (), b"open")

    async def close(self) -> None:
        """Holds nothing."""


def test_faults_of_tls_strike_a_watched_stage():
    watched = WatchedStage(Faults(Shop(), ["certificate expired at connection 1"]))
    with serve(watched, tls=True) as server:
        context = ssl.create_default_context(cadata=server.authority_pem.decode())
        connection = http.client.HTTPSConnection("localhost", server.port, timeout=5, context=context)
        with contextlib.closing(connection), pytest.raises(ssl.SSLCertVerificationError, match="has expired"):
            connection.request("GET", "/")

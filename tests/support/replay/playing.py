"""A player behind the real host, and clients of it that share no code with it."""

from __future__ import annotations

import http.client
from contextlib import contextmanager

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from fake_server.host.server import serve
from harness.replay.player import Player
from tests.support.cassettes.builders import PROFILE, cassette


@contextmanager
def playing(*exchanges, profile=PROFILE, origin="https://demo.example", order="exchange", deadline=3.0, **options):
    player = Player(cassette(*exchanges, origin=origin, order=order), profile, deadline=deadline, **options)
    with serve(player) as server:
        server.player = player
        yield server


def fetch(server, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
    try:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def chat(server, target: str = "/chat"):
    return connect(server.ws_url + target, open_timeout=5, close_timeout=5, compression=None)


def rest_of(client) -> tuple[list[str | bytes], int | None, str]:
    """Everything until the connection ends, and how it ended."""
    came: list[str | bytes] = []
    while True:
        try:
            came.append(client.recv(timeout=5))
        except ConnectionClosed as error:
            return came, error.rcvd.code if error.rcvd else None, error.rcvd.reason if error.rcvd else ""

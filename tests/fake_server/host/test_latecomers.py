"""Clients that come while the server closes."""

from __future__ import annotations

import contextlib
import gc
import socket
import sys
import threading

from fake_server import serve
from fake_server.stage import Response
from tests.support.servers.stages import answering

ROUNDS, CLIENTS, EARLY = 60, 30, 5


def come(address: tuple[str, int], here: list[socket.socket], some: threading.Event) -> None:
    """Connect again and again; ``some`` is set once the first ones are here."""
    for number in range(CLIENTS):
        client = socket.socket()
        client.settimeout(5)
        here.append(client)
        with contextlib.suppress(OSError):
            client.connect(address)
        if number == EARLY:
            some.set()


def test_no_socket_is_lost_of_clients_that_come_while_the_server_closes(monkeypatch):
    lost: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: lost.append(repr(told.exc_value)))
    for _ in range(ROUNDS):
        clients: list[socket.socket] = []
        some = threading.Event()
        with serve(answering(Response())) as server:
            coming = threading.Thread(target=come, args=((server.host, server.port), clients, some))
            coming.start()
            assert some.wait(5)
        coming.join(10)
        for client in clients:
            client.close()
    gc.collect()
    assert lost == []

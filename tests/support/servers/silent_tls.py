"""A service over TLS that accepts one WebSocket and takes part in nothing after that."""

from __future__ import annotations

import socket
import ssl
import threading

from websockets.utils import accept_key

_PATIENCE = 20.0
_KEY = b"sec-websocket-key: "


def accept_and_fall_silent(listener: socket.socket, context: ssl.SSLContext, is_over: threading.Event) -> None:
    """Accept one WebSocket, and read nothing more: not the end of the client's TLS session either.

    Connections before it, of a recorder that asks whether this is a fake, are ended.
    """
    key: bytes | None = None
    while key is None:
        plain, _ = listener.accept()
        with context.wrap_socket(plain, server_side=True) as connection:
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += connection.recv(4096)
            keys = [line[len(_KEY) :] for line in asked.split(b"\r\n") if line.lower().startswith(_KEY)]
            if keys:
                key = keys[0]
                head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                accepted = accept_key(key.decode()).encode()
                connection.sendall(head + b"Sec-WebSocket-Accept: " + accepted + b"\r\n\r\n")
                is_over.wait(_PATIENCE)

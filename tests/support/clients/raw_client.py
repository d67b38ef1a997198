"""A client of plain sockets: bytes out, bytes in. Shares nothing with the host."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
MASK = b"abcd"


def dial(server: Any, *, buffer: int | None = None) -> socket.socket:
    """A connection whose waits end after 5 s; ``buffer`` is what the kernel takes in before the client reads, in bytes."""
    connection = socket.socket(socket.AF_INET6 if ":" in server.host else socket.AF_INET)
    if buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.settimeout(5)
    connection.connect((server.host, server.port))
    return connection


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side's FIN."""
    received = bytearray()
    while chunk := connection.recv(65536):
        received += chunk
    return bytes(received)


def read_until(connection: socket.socket, end: bytes) -> bytes:
    """Everything up to and with ``end``."""
    received = b""
    while not received.endswith(end):
        chunk = connection.recv(1)
        assert chunk, received
        received += chunk
    return received


def exchange(server: Any, data: bytes) -> bytes:
    """Send bytes; everything that the server sends until it ends the connection."""
    with dial(server) as connection:
        connection.sendall(data)
        return read_all(connection)


def send_in_pieces(connection: socket.socket, data: bytes, cuts: list[int]) -> None:
    """Send the bytes, cut at the given places."""
    start = 0
    for end in [*sorted({cut for cut in cuts if cut < len(data)}), len(data)]:
        connection.sendall(data[start:end])
        start = end


def upgrade_request(connection: str = "Upgrade") -> bytes:
    return (
        f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: {connection}\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def upgraded(server: Any, *, buffer: int | None = None) -> socket.socket:
    """A connection after the 101; what the stage sends is still unread. ``buffer`` as for `dial`."""
    connection = dial(server, buffer=buffer)
    connection.sendall(upgrade_request())
    assert read_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
    return connection


def masked(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    """A frame as a client sends it."""
    first = (0x80 if fin else 0) | opcode
    size = len(payload)
    head = bytes((first, 0x80 | size)) if size < 126 else struct.pack("!BBH", first, 0xFE, size)
    return head + MASK + bytes(byte ^ MASK[index % 4] for index, byte in enumerate(payload))


def reset(connection: socket.socket) -> None:
    """End it by RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_below(client: socket.socket) -> bytes:
    """Everything until the FIN, below TLS: Python's ssl tells some resets as a FIN."""
    with socket.socket(fileno=os.dup(client.fileno())) as below:
        below.settimeout(5)
        return read_all(below)


def send_until_stuck(connection: socket.socket, data: bytes, limit: int, patience: float = 0.3) -> int:
    """Send the bytes over and over, until the other side has not read for so long, or has read all up to the limit."""
    connection.settimeout(patience)
    sent = 0
    try:
        while sent < limit:
            sent += connection.send(data[sent % len(data) :])
    except TimeoutError:
        pass
    return sent

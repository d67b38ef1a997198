"""A server that counts who connects, exactly: a connection of its own, made last, shows that all earlier ones were seen.

A listening socket hands out connections in the order of their arrival, so once the marker has been accepted, whatever
came before has been, too.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import socket
import threading

from harness.netblock import exempted

_PATIENCE = 10.0  # s
_WEBSOCKET = re.compile(rb"sec-websocket-key: *(\S+)", re.IGNORECASE)
_REDIRECT = re.compile(rb"\S+ \S*/to/(\d+) ")
_CLOSE = b"\x88\x02\x03\xe8"  # a close frame, code 1000


class CountingListener:
    """Answers HTTP with ``ok``, ``/to/PORT`` with a redirect to there, and WebSockets with a handshake and a close."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.host = host
        self.requests = 0
        self._tcp = socket.create_server((host, 0), family=family, backlog=128)
        self.port: int = self._tcp.getsockname()[1]
        self._udp = socket.socket(family, socket.SOCK_DGRAM)
        self._udp.bind((host, 0))
        self._udp.settimeout(_PATIENCE)
        self.udp_port: int = self._udp.getsockname()[1]
        self._seen: list[int] = []
        self._markers: set[int] = set()
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/"

    def connections(self) -> int:
        """How many connections were made until now, markers aside."""
        with exempted(), socket.create_connection((self.host, self.port), timeout=_PATIENCE) as marker:
            own = marker.getsockname()[1]
            with self._changed:
                assert self._changed.wait_for(lambda: own in self._seen, _PATIENCE)
                self._seen.remove(own)
                return len(self._seen)

    def datagrams(self) -> int:
        """How many datagrams came since the last question."""
        with exempted(), socket.socket(self._udp.family, socket.SOCK_DGRAM) as marker:
            marker.sendto(b"marker", (self.host, self.udp_port))
        count = 0
        while self._udp.recv(100) != b"marker":
            count += 1
        return count

    def close(self) -> None:
        """Stop, and wait for the threads; `requests` is final then."""
        with contextlib.suppress(OSError):
            self._tcp.shutdown(socket.SHUT_RDWR)
        self._tcp.close()
        self._threads[0].join(_PATIENCE)
        with self._changed:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RD)
        for thread in self._threads:
            thread.join(_PATIENCE)
        self._udp.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self._tcp.accept()
            except OSError:
                return
            with self._changed:
                self._seen.append(peer[1])
                self._open.add(connection)
                self._changed.notify_all()
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_PATIENCE)
            while request := _head(connection):
                with self._changed:
                    self.requests += 1
                connection.sendall(_answer(request))
                if _WEBSOCKET.search(request):
                    connection.recv(100)
                    break
        with self._changed:
            self._open.discard(connection)


def _head(connection: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        more = connection.recv(4096)
        if not more or len(read) > 65536:
            return b""
        read += more
    return read


def _answer(request: bytes) -> bytes:
    key = _WEBSOCKET.search(request)
    if key is not None:
        digest = hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        head = (
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: "
        )
        return head + base64.b64encode(digest) + b"\r\n\r\n" + _CLOSE
    target = _REDIRECT.match(request)
    if target is not None:
        return b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:%s/\r\ncontent-length: 0\r\n\r\n" % target[1]
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok"

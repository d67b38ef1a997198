"""A caller of plain sockets that keeps every byte the server sends: HTTP heads and bodies, WebSocket frames, ends."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

_MASK = b"mask"
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
_PATIENCE = 20.0
_TEXT, _CLOSE = 1, 8
_NAME = re.compile(rb'\{"event":"(\w+)"')


class UnexpectedError(Exception):
    """The server said something else than the play expects, or nothing in time."""


@dataclass(frozen=True)
class Part:
    """What came on one connection.

    Attributes:
        label: What was asked.
        heard: Every byte, in order.
        end: ``eof`` or ``reset``.
    """

    label: str
    heard: bytes = field(repr=False)
    end: str


@dataclass
class Tap:
    """One caller.

    Attributes:
        address: Where the server is.
        headers: What this caller sends with every request.
        parts: What came, connection by connection.
    """

    address: tuple[str, int]
    headers: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def call(self, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
        """One request on a connection of its own; underscores in header names stand for hyphens."""
        with Line(self.address) as line:
            line.send(self._head(method, target, {"connection": "close", **_fields(headers)}, body) + body)
            line.read_rest()
            self.parts.append(Part(f"{method} {target}", bytes(line.heard), line.end))
            return Answer(bytes(line.heard))

    def upgrade(self, target: str, **headers: str) -> Chat:
        """A chat socket; whether it was let in, `Chat.open` tells."""
        handshake = {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13"}
        line = Line(self.address)
        try:
            line.send(self._head("GET", target, {**handshake, "sec-websocket-key": _KEY, **_fields(headers)}))
            return Chat(self, target, line)
        except BaseException:
            line.close()
            raise

    def _head(self, method: str, target: str, more: dict[str, str], body: bytes = b"") -> bytes:
        # The server's own URLs are made of this Host, so that they name no port.
        fields = {"host": "localhost", **self.headers, **more}
        if body or method == "POST":
            fields["content-length"] = str(len(body))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        return "\r\n".join(lines).encode()

    def digest(self) -> str:
        """SHA-256 of all that came, as hexadecimal digits."""
        total = hashlib.sha256()
        for part in self.parts:
            for piece in (part.label.encode(), part.heard, part.end.encode()):
                total.update(struct.pack(">Q", len(piece)) + piece)
        return total.hexdigest()

    def shown(self) -> bytes:
        """All that came, to be read by people and by diff."""
        return b"".join(b"=== %s\n%s\n=== %s\n\n" % (p.label.encode(), p.heard, p.end.encode()) for p in self.parts)


def _fields(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


class Answer:
    """An HTTP answer, as far as a play needs it to go on."""

    def __init__(self, heard: bytes) -> None:
        self._head, _, self._body = heard.partition(b"\r\n\r\n")

    def json(self) -> Any:
        """The body."""
        try:
            return json.loads(self._body)
        except ValueError as error:
            raise UnexpectedError(f"no JSON, but {self._head!r} {self._body[:200]!r}") from error

    def cookies(self) -> str:
        """What a browser would send back."""
        given = re.findall(rb"(?im)^set-cookie: ([^;\r\n]+)", self._head)
        return "; ".join(cookie.decode() for cookie in given)


class Line:
    """One connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.heard = bytearray()
        self.end = ""
        self._socket = socket.create_connection(address, timeout=_PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def send(self, sent: bytes) -> None:
        self._socket.sendall(sent)

    def say_no_more(self) -> None:
        """A connection on which an upgrade was refused would be kept for other requests."""
        with suppress(OSError):  # what became of it is found by reading
            self._socket.shutdown(socket.SHUT_WR)

    def read_more(self) -> bool:
        """Read what there is; False at the end."""
        if not self.end:
            try:
                more = self._socket.recv(65536)
            except ConnectionResetError:
                self.end = "reset"
            except TimeoutError as error:
                raise UnexpectedError(f"nothing more after {bytes(self.heard[-300:])!r}") from error
            else:
                self.heard += more
                self.end = "" if more else "eof"
        return not self.end

    def read_rest(self) -> None:
        while self.read_more():
            pass


class Chat:
    """A chat socket, opened or refused.

    Attributes:
        open: Whether it can be talked to.
        names: The events that came, by name; empty for what is none.
    """

    def __init__(self, tap: Tap, target: str, line: Line) -> None:
        self._tap = tap
        self._target = target
        self._line = line
        while b"\r\n\r\n" not in line.heard and line.read_more():
            pass
        self._at = line.heard.find(b"\r\n\r\n") + 4
        self.open = line.heard.startswith(b"HTTP/1.1 101 ")
        self.names: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self.open:
                self._send(_CLOSE, struct.pack(">H", 1000))
            else:
                self._line.say_no_more()
            self._line.read_rest()
        finally:
            self._line.close()
        self._tap.parts.append(Part(f"socket {self._target}", bytes(self._line.heard), self._line.end))

    def say(self, message: str) -> None:
        """Send a text message."""
        self._send(_TEXT, message.encode())

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        head = bytes((0x80 | opcode, 0x80 | size)) if size < 126 else struct.pack(">BBH", 0x80 | opcode, 0xFE, size)
        masked = bytes(byte ^ _MASK[index % 4] for index, byte in enumerate(payload))
        try:
            self._line.send(head + _MASK + masked)
        except OSError:
            self.open = False  # the server has ended it; what it said before is still to be read

    def hear(self) -> bytes | None:
        """The next text message, whole; None at the end, which a close frame is, too."""
        message = b""
        while self.open:
            frame = self._frame()
            if frame is None or frame[1] == _CLOSE:
                self._end(frame)
                return None
            is_last, _, payload = frame
            message += payload
            if is_last:
                found = _NAME.match(message)
                self.names.append(found[1].decode() if found else "")
                return message
        return None

    def _end(self, close: tuple[bool, int, bytes] | None) -> None:
        if close is not None:
            self._send(_CLOSE, close[2][:2])
        self.open = False

    def _frame(self) -> tuple[bool, int, bytes] | None:
        if not self._has(2):
            return None
        first, size = self._line.heard[self._at], self._line.heard[self._at + 1]
        extended = {126: 2, 127: 8}.get(size, 0)
        if not self._has(2 + extended):
            return None
        begin = self._at + 2
        if extended:
            size = int.from_bytes(self._line.heard[begin : begin + extended], "big")
        begin += extended
        if not self._has(begin - self._at + size):
            return None
        self._at = begin + size
        return bool(first & 0x80), first & 0x0F, bytes(self._line.heard[begin : self._at])

    def _has(self, size: int) -> bool:
        while len(self._line.heard) < self._at + size:
            if not self._line.read_more():
                return False
        return True

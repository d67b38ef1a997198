"""Reads a TLS ClientHello as it stood on the wire, and names it as JA4 and JA3 do.

The fields are those of RFC 8446 §4.1.2. JA4 follows FoxIO's public description of it (TLS client fingerprint), JA3
Salesforce's; values that are there as GREASE (RFC 8701) are left out of both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SERVER_NAME: Final = 0
GROUPS: Final = 10
POINT_FORMATS: Final = 11
SIGNATURE_ALGORITHMS: Final = 13
ALPN: Final = 16
PRE_SHARED_KEY: Final = 41
SUPPORTED_VERSIONS: Final = 43

_HANDSHAKE_RECORD: Final = 22
_CLIENT_HELLO: Final = 1
_RECORD_HEAD: Final = 5
_MESSAGE_HEAD: Final = 4
_LONGEST: Final = 1 << 16
_NO_HASH: Final = "0" * 12
_VERSION_NAMES: Final = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}


class ClientHelloError(ValueError):
    """The bytes are no ClientHello, or it contradicts itself."""


class _Reader:
    """Fields of a message, one after the other; none beyond its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, size: int) -> bytes:
        if size > len(self._data):
            raise ClientHelloError(f"{size} bytes were announced, {len(self._data)} are there")
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> bytes:
        """Bytes behind a length of that size."""
        return self.take(self.number(size))

    @property
    def more(self) -> bool:
        return bool(self._data)


@dataclass(frozen=True)
class ClientHello:
    """What a client says first, in its order, GREASE included.

    Attributes:
        version: The version in the old place; newer clients say 1.2 there and the truth in an extension.
        ciphers: Cipher suites.
        extensions: Types and bodies.
    """

    version: int
    ciphers: tuple[int, ...]
    extensions: tuple[tuple[int, bytes], ...]

    @property
    def extension_types(self) -> tuple[int, ...]:
        return tuple(kind for kind, _ in self.extensions)

    def body(self, kind: int) -> bytes | None:
        return next((body for each, body in self.extensions if each == kind), None)

    def numbers(self, kind: int, *, prefix: int, size: int = 2) -> tuple[int, ...]:
        """The numbers in an extension that is one list of them; none if it is not there."""
        body = self.body(kind)
        return () if body is None else _numbers(_Reader(body).vector(prefix), size)

    @property
    def groups(self) -> tuple[int, ...]:
        return self.numbers(GROUPS, prefix=2)

    @property
    def signature_algorithms(self) -> tuple[int, ...]:
        return self.numbers(SIGNATURE_ALGORITHMS, prefix=2)

    @property
    def alpn(self) -> tuple[str, ...]:
        """The protocols that are offered; of several, the first is liked best."""
        body = self.body(ALPN)
        if body is None:
            return ()
        names, found = _Reader(_Reader(body).vector(2)), []
        while names.more:
            found.append(names.vector(1).decode("latin-1"))
        return tuple(found)

    @property
    def best_version(self) -> int:
        offered = without_grease(self.numbers(SUPPORTED_VERSIONS, prefix=1))
        return max(offered, default=self.version)

    @property
    def has_grease(self) -> bool:
        return any(map(is_grease, (*self.ciphers, *self.extension_types)))

    @property
    def ja4(self) -> str:
        """The fingerprint, of a client over TCP. The order of ciphers and extensions does not count in it."""
        ciphers, extensions = without_grease(self.ciphers), without_grease(self.extension_types)
        name = "i" if self.body(SERVER_NAME) is None else "d"
        counts = f"{min(len(ciphers), 99):02}{min(len(extensions), 99):02}"
        head = f"t{_VERSION_NAMES.get(self.best_version, '00')}{name}{counts}{_ends_of(self.alpn)}"
        return f"{head}_{_short_hash(_hex(sorted(ciphers)))}_{self._ja4_extensions(extensions)}"

    def _ja4_extensions(self, extensions: tuple[int, ...]) -> str:
        counted = _hex(sorted(kind for kind in extensions if kind not in (SERVER_NAME, ALPN)))
        algorithms = _hex(without_grease(self.signature_algorithms))
        return _short_hash(f"{counted}_{algorithms}" if counted and algorithms else counted)

    @property
    def ja3(self) -> str:
        """The text whose MD5 is the JA3 fingerprint. Chrome's changes with each connection: it shuffles extensions."""
        points = self.numbers(POINT_FORMATS, prefix=1, size=1)
        lists = (self.ciphers, self.extension_types, self.groups)
        return ",".join(
            (str(self.version), *("-".join(map(str, without_grease(one))) for one in lists), "-".join(map(str, points)))
        )


def client_hello(wire: bytes) -> ClientHello | None:
    """The ClientHello at the beginning of a connection's bytes; None while it is not whole.

    Raises:
        ClientHelloError: It is none.
    """
    message = _handshake_message(wire)
    return None if message is None else _parse(message)


def without_grease(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(value for value in values if not is_grease(value))


def is_grease(value: int) -> bool:
    """RFC 8701: 0x0A0A, 0x1A1A, .. 0xFAFA."""
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


def _handshake_message(wire: bytes) -> bytes | None:
    """The first handshake message, put together from the records that hold it."""
    content = b""
    while True:
        if len(content) >= _MESSAGE_HEAD:
            if content[0] != _CLIENT_HELLO:
                raise ClientHelloError("the first message is no ClientHello")
            size = int.from_bytes(content[1:_MESSAGE_HEAD])
            if size > _LONGEST:
                raise ClientHelloError(f"a ClientHello of {size} bytes")
            if len(content) >= _MESSAGE_HEAD + size:
                return content[_MESSAGE_HEAD : _MESSAGE_HEAD + size]
        if wire and wire[0] != _HANDSHAKE_RECORD:
            raise ClientHelloError("the first record is no handshake")
        end = _RECORD_HEAD + int.from_bytes(wire[3:_RECORD_HEAD])
        if len(wire) < max(end, _RECORD_HEAD + 1):
            return None
        content, wire = content + wire[_RECORD_HEAD:end], wire[end:]


def _parse(message: bytes) -> ClientHello:
    reader = _Reader(message)
    version = reader.number(2)
    reader.take(32)  # random
    reader.vector(1)  # session id
    ciphers = _numbers(reader.vector(2), 2)
    reader.vector(1)  # compression methods
    extensions: list[tuple[int, bytes]] = []
    if reader.more:
        rest = _Reader(reader.vector(2))
        while rest.more:
            extensions.append((rest.number(2), rest.vector(2)))
    if reader.more:
        raise ClientHelloError("bytes follow the extensions")
    return ClientHello(version, ciphers, tuple(extensions))


def _numbers(data: bytes, size: int) -> tuple[int, ...]:
    if len(data) % size:
        raise ClientHelloError("a list of numbers has half a one at its end")
    return tuple(int.from_bytes(data[at : at + size]) for at in range(0, len(data), size))


def _ends_of(alpn: tuple[str, ...]) -> str:
    """First and last character of the first protocol; of its hexadecimal form, if they are no letters or digits."""
    if not alpn or not alpn[0]:
        return "00"
    first = alpn[0]
    plain = all(end.isascii() and end.isalnum() for end in (first[0], first[-1]))
    text = first if plain else first.encode("latin-1").hex()
    return text[0] + text[-1]


def _hex(values: Iterable[int]) -> str:
    return ",".join(f"{value:04x}" for value in values)


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else _NO_HASH

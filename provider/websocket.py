"""WebSocket messages (RFC 6455) and HTTP header lists, as client, servers and recorder share them."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header fields in order: names in lower case, values as latin-1 text, repeated fields kept."""

MAX_MESSAGE_BYTES: Final = 32 * 1024 * 1024
"""Default limit for a whole message, sent or received: a generated image has 250-600 KB (docs/protocol.md §4.4)."""

MAX_MESSAGE_FRAMES: Final = 250_000
"""Most frames of a message: empty frames would never reach a limit of bytes."""


class Opcode(enum.IntEnum):
    """Opcodes of RFC 6455 §5.2, without the continuation: messages here are whole."""

    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


BINARY: Final = int(Opcode.BINARY)
"""The last opcode of data: what is compared for each message, at a fifth of the cost of the enum's member."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """One whole WebSocket message, or one control frame.

    Attributes:
        opcode: Its kind.
        data: The payload, undecoded. For ``CLOSE``: two bytes of code and the reason, or nothing.
        frames: Payload size of each frame of a message in several frames; else empty.
    """

    opcode: Opcode
    data: bytes
    frames: tuple[int, ...] = ()


class Ended(msgspec.Struct, frozen=True):
    """The end of a connection.

    Attributes:
        how: ``"close"`` (a close frame), ``"eof"`` (FIN without one) or ``"reset"`` (RST or a broken stream).
        code: The close frame's code, or None without a code or a close frame.
        reason: The close frame's reason.
    """

    how: str
    code: int | None = None
    reason: str = ""


def header(headers: Headers, name: str) -> str | None:
    """Return the value of the first field with a lower-case name, or None."""
    return next((value for key, value in headers if key == name), None)


def header_values(headers: Headers, name: str) -> list[str]:
    """Return the values of all fields with a lower-case name, in order."""
    return [value for key, value in headers if key == name]


def make_headers(fields: Iterable[tuple[str, str]]) -> Headers:
    """Return a header list with lower-case names."""
    return tuple((name.lower(), value) for name, value in fields)


def encode_close(code: int | None, reason: str = "") -> bytes:
    """Return the payload of a close frame; the reason is cut to the 123 bytes of RFC 6455 §5.5, between characters."""
    if code is None:
        return b""
    return code.to_bytes(2, "big") + reason.encode("utf-8", "replace")[:123].decode("utf-8", "ignore").encode()


def decode_close(payload: bytes) -> Ended:
    """Return code and reason of a close frame; a broken payload gives None or replaced characters, never an error."""
    if len(payload) < 2:
        return Ended("close")
    return Ended("close", int.from_bytes(payload[:2], "big"), payload[2:].decode("utf-8", "replace"))


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, which RFC 6455 requires of text messages (§8.1) and close reasons (§5.5.1)."""
    if data.isascii():  # most messages, at a tenth of the cost of decoding
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True

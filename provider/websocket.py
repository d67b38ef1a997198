"""A WebSocket message, and HTTP header lists: the two values that every shell shares. No Copilot in here."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header fields in order of appearance; names in lower case, values latin-1 text, repeats kept."""

MAX_MESSAGE_BYTES: Final = 32 * 1024 * 1024
"""Default limit for one whole message, both ways: a generated image is 250-600 KB (docs/protocol.md §4.4)."""


class Opcode(enum.IntEnum):
    """RFC 6455 §5.2, without the continuation: messages here are whole."""

    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class Message(msgspec.Struct, frozen=True, gc=False):
    """One whole WebSocket message, or one control frame.

    Attributes:
        opcode: What it is.
        data: The payload, undecoded. For ``CLOSE``: two bytes of code and the reason, or nothing.
        frames: Payload size of each frame if the message came, or is to go, in several; else empty.
    """

    opcode: Opcode
    data: bytes
    frames: tuple[int, ...] = ()


class Ended(msgspec.Struct, frozen=True):
    """How a connection ended.

    Attributes:
        how: ``"close"`` (a close frame), ``"eof"`` (FIN without one) or ``"reset"`` (RST or a broken stream).
        code: The close frame's code, or None if it had none or there was no frame.
        reason: The close frame's reason.
    """

    how: str
    code: int | None = None
    reason: str = ""


def header(headers: Headers, name: str) -> str | None:
    """The first field of that lower-case name, or None."""
    return next((value for key, value in headers if key == name), None)


def header_values(headers: Headers, name: str) -> list[str]:
    """All fields of that lower-case name, in order."""
    return [value for key, value in headers if key == name]


def make_headers(fields: Iterable[tuple[str, str]]) -> Headers:
    """A header list with the names in lower case."""
    return tuple((name.lower(), value) for name, value in fields)


def encode_close(code: int | None, reason: str = "") -> bytes:
    """The payload of a close frame; the reason is cut, between characters, to the 123 bytes of RFC 6455 §5.5."""
    if code is None:
        return b""
    return code.to_bytes(2, "big") + reason.encode("utf-8", "replace")[:123].decode("utf-8", "ignore").encode()


def decode_close(payload: bytes) -> Ended:
    """Code and reason of a close frame's payload; broken payloads give None or replaced characters, never an error."""
    if len(payload) < 2:
        return Ended("close")
    return Ended("close", int.from_bytes(payload[:2], "big"), payload[2:].decode("utf-8", "replace"))

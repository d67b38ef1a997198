"""`PacketField` and `Framed`: a message of a binary protocol, taken apart into named values with their offsets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class PacketField:
    """A value at ``data[start:end]``.

    Attributes:
        name: As the protocol's standard calls it, in snake case: ``password``, ``client_id``.
        value: Decoded.
        is_secret: Whether the protocol uses this field for credentials.
        is_chosen: Whether the sender's library chooses the value, anew in each run, and it means nothing but itself.
    """

    name: str
    start: int
    end: int
    value: str | int = field(repr=False)
    is_secret: bool = False
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of a message.

    Attributes:
        kind: Its type, as the standard names it: ``PUBLISH``.
        start: Offset of its first byte in the message.
        end: Offset behind its last one.
        fields: Its values, in the order of their bytes.
        is_reply: Whether the packet replies to one of the other side, and repeats that one's packet id.
    """

    kind: str
    start: int
    end: int
    fields: tuple[PacketField, ...]
    is_reply: bool = False


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A text or byte string of a binary format: its head with its length, and its content at ``start:end``."""

    head: int
    start: int
    end: int


BLOB: Final = "payload"
"""Name of the field that holds an application's own data, such as the payload of a PUBLISH."""


def as_text(data: bytes) -> str:
    """Decode bytes as UTF-8, or as latin-1 if they are not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")

"""`encode_message`: a message as the frames of a server (RFC 6455 §5.2).

A replay encodes every line that it sends; `fake_server.host.frames` encodes frames of any kind, also forbidden ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

FrameKind: TypeAlias = Literal["text", "binary", "ping", "pong"]

_OPCODES: Final[Mapping[FrameKind, int]] = {"text": 1, "binary": 2, "ping": 9, "pong": 10}
_FIN: Final = 0x80
_SHORT: Final = {opcode: tuple(bytes((_FIN | opcode, size)) for size in range(126)) for opcode in _OPCODES.values()}
"""Headers of unfragmented frames below 126 bytes, which are nearly all frames of a chat."""


def _frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


def encode_message(kind: FrameKind, payload: bytes, sizes: Sequence[int] = ()) -> bytes:
    """One message as the bytes of a server's frames (RFC 6455 §5.2).

    Args:
        kind: Decides the opcode.
        payload: The whole payload.
        sizes: Payload size of each frame of a fragmented message; ignored if they do not make up the payload.
    """
    opcode = _OPCODES[kind]
    if len(sizes) > 1 and sum(sizes) == len(payload):
        return b"".join(_fragments(opcode, payload, sizes))
    if len(payload) < 126:
        return _SHORT[opcode][len(payload)] + payload
    return _frame(_FIN | opcode, payload)


def _fragments(opcode: int, payload: bytes, sizes: Sequence[int]) -> list[bytes]:
    frames: list[bytes] = []
    start, last = 0, len(sizes) - 1
    for i, size in enumerate(sizes):
        first = (opcode if i == 0 else 0) | (_FIN if i == last else 0)
        frames.append(_frame(first, payload[start : start + size]))
        start += size
    return frames

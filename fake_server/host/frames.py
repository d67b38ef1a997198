"""Frames as a server writes them (RFC 6455 §5.2): never masked."""

from __future__ import annotations

from provider.wire.message import Message


def encode_frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """One frame."""
    first = (0x80 if final else 0) | opcode
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


def encode_message(message: Message) -> bytes:
    """A message as one frame, or as the frames it names."""
    if not message.frames:
        return encode_frame(message.opcode, message.data)
    encoded: list[bytes] = []
    start = 0
    last = len(message.frames) - 1
    for index, size in enumerate(message.frames):
        end = len(message.data) if index == last else start + size
        opcode = message.opcode if index == 0 else 0
        encoded.append(encode_frame(opcode, message.data[start:end], final=index == last))
        start = end
    return b"".join(encoded)

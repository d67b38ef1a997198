"""Draw PNG for finished images and JPEG for previews, without a library. Equal names give equal bytes."""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import Final

_CELLS: Final = 8
_PALETTE: Final = 3
_MOST_STORED: Final = 0xFFFF
"""Bytes of one stored block (RFC 1951 §3.2.4)."""

_TYPES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


def image_type(content: bytes) -> str:
    """The content type of a picture, by its first bytes."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for head, kind in _TYPES if content.startswith(head)), "application/octet-stream")


def draw_png(name: str, width: int) -> bytes:
    """Draw a square PNG of ``width`` pixels: a mirrored pattern of two colours, derived from the name."""
    digest = hashlib.sha256(name.encode()).digest()
    ink, paper = digest[:3], bytes(255 - value // 3 for value in digest[3:6])
    rows = (_row(digest[8 + y * _CELLS // width], width) for y in range(width))
    header = struct.pack(">IIBBBBB", width, width, 1, _PALETTE, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", paper + ink),
            _chunk(b"IDAT", _stored(b"".join(rows))),
            _chunk(b"IEND", b""),
        )
    )


def _row(pattern: int, width: int) -> bytes:
    """A row of one-bit pixels after its filter byte (0: none)."""
    cells = (x * _CELLS // width for x in range(width))
    bits = "".join(str(pattern >> min(cell, _CELLS - 1 - cell) & 1) for cell in cells)
    size = (width + 7) // 8
    return b"\0" + int(bits.ljust(size * 8, "0"), 2).to_bytes(size, "big")


def _stored(content: bytes) -> bytes:
    """A zlib stream (RFC 1950) of stored blocks: the output of compressors differs between machines."""
    blocks: list[bytes] = []
    for start in range(0, len(content), _MOST_STORED):
        block = content[start : start + _MOST_STORED]
        is_last = start + len(block) == len(content)
        blocks += (struct.pack("<BHH", is_last, len(block), len(block) ^ 0xFFFF), block)
    return b"\x78\x01" + b"".join(blocks) + struct.pack(">I", zlib.adler32(content))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


# A baseline JPEG of one component. Each block has one grey: a DC code of four bits, then "end of block".
_SIZES: Final = 12
_DC_TABLE: Final = b"\x00" + bytes([0, 0, 0, _SIZES] + [0] * 12) + bytes(range(_SIZES))
_AC_TABLE: Final = b"\x10" + bytes([1] + [0] * 15) + b"\x00"
_QUANTISATION: Final = b"\x00" + bytes([8] * 64)  # the DC coefficient is 8 times the mean: one step is one grey
_COMMENT_ROOM: Final = 0xFFFF - 2


def draw_jpeg(name: str, least_bytes: int = 0) -> bytes:
    """Draw a small grey JPEG, derived from the name; comments fill it to ``least_bytes``."""
    digest = hashlib.sha256(name.encode()).digest()
    side = 4
    scan = _scan([digest[index] for index in range(side * side)])
    frame = struct.pack(">BHHBBBB", 8, side * 8, side * 8, 1, 1, 0x11, 0)
    image = b"".join(
        (
            _segment(0xDB, _QUANTISATION),
            _segment(0xC0, frame),
            _segment(0xC4, _DC_TABLE),
            _segment(0xC4, _AC_TABLE),
            _segment(0xDA, bytes([1, 1, 0x00, 0, 63, 0])),
            scan,
            b"\xff\xd9",
        )
    )
    start = b"\xff\xd8" + _segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
    return start + _comments(digest, least_bytes - len(start) - len(image)) + image


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _comments(digest: bytes, size: int) -> bytes:
    """Comment segments of at least ``size`` bytes."""
    text = digest.hex().encode()
    segments: list[bytes] = []
    while size > 0:
        room = min(_COMMENT_ROOM, max(size - 4, 0))
        segments.append(_segment(0xFE, (text * (room // len(text) + 1))[:room]))
        size -= room + 4
    return b"".join(segments)


def _scan(greys: list[int]) -> bytes:
    """The entropy-coded blocks: each its difference from the previous one (ITU T.81 §F.1.2.1), then end of block."""
    bits: list[str] = []
    before = 128
    for grey in greys:
        difference, before = grey - before, grey
        size = abs(difference).bit_length()
        value = difference if difference > 0 else difference + (1 << size) - 1
        bits.append(f"{size:04b}" + (f"{value:0{size}b}" if size else "") + "0")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    packed = int(text, 2).to_bytes(len(text) // 8, "big")
    return packed.replace(b"\xff", b"\xff\x00")

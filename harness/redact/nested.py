"""JSON and XML that a text contains as base64 or hexadecimal: decoded, and encoded again in the same way."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from harness.redact.detect.patterns import is_text
from harness.redact.detect.printable_runs import printable_runs
from harness.redact.detect.signs import Signs

# How `{"`, `{ "`, `[{`, `["`, a line break after the brace, `<?xml` and `<saml` begin in base64.
_BASE64: Final = re.compile(
    rb"(?<![A-Za-z0-9+/_=-])(?:eyJ|eyA|ew[o0]|W3s|WyJ|PD94|PHNh|PFJl)[A-Za-z0-9+/_-]{17,}={0,2}"
)
_BASE64_SIGNS: Final = frozenset({b"eyJ", b"eyA", b"ewo", b"ew0", b"W3s", b"WyJ", b"PD94", b"PHNh", b"PFJl"})
_HEX: Final = re.compile(rb"(?<![0-9A-Za-z])(?:7b22|7b20|7b0a|5b7b|5b22|3c3f|3c73)(?:[0-9a-f]{2}){8,}", re.IGNORECASE)
_HEX_SIGNS: Final = frozenset(
    spelt
    for start in (b"7b22", b"7b20", b"7b0a", b"7B0a", b"5b7b", b"5b7B", b"5b22", b"3c3f", b"3c3F", b"3c73")
    for spelt in (start, start.swapcase())
)
NESTED_SIGNS: Final = _BASE64_SIGNS | _HEX_SIGNS
"""Data with an encoded text contains one of them."""


@dataclass(frozen=True, slots=True)
class Nested:
    """A text that another text contains in encoded form.

    Attributes:
        start: Offset of its encoded form in the outer text.
        end: Offset behind that form.
        data: Its decoded bytes.
        encode: Encodes changed bytes in the same way.
    """

    start: int
    end: int
    data: bytes = field(repr=False)
    encode: Callable[[bytes], bytes]


def _decoded(text: bytes) -> bytes | None:
    plain = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _encoder(text: bytes) -> Callable[[bytes], bytes]:
    alphabet = b"-_" if b"-" in text or b"_" in text else None
    padded = text.endswith(b"=") or len(text) % 4 == 0

    def encode(data: bytes) -> bytes:
        coded = base64.b64encode(data, alphabet)
        return coded if padded else coded.rstrip(b"=")

    return encode


def _hex_encoder(text: bytes) -> Callable[[bytes], bytes]:
    upper = any(letter in text for letter in b"ABCDEF")
    return lambda data: data.hex().upper().encode() if upper else data.hex().encode()


def nested(data: bytes, signs: Signs | None = None) -> Iterator[Nested]:
    """The encoded texts that the data contains.

    Args:
        data: The bytes.
        signs: The signs in them; None to look in any case.
    """
    is_base64 = signs is None or not signs.fixed.isdisjoint(_BASE64_SIGNS)
    is_hex = signs is None or not signs.fixed.isdisjoint(_HEX_SIGNS)
    runs = printable_runs(data, text=data.isascii()) if is_base64 or is_hex else ()
    if is_base64:
        for found in chain.from_iterable(_BASE64.finditer(data, *run) for run in runs):
            plain = _decoded(found.group())
            if plain is not None and is_text(plain):
                yield Nested(*found.span(), plain, _encoder(found.group()))
    if is_hex:
        for found in chain.from_iterable(_HEX.finditer(data, *run) for run in runs):
            plain = bytes.fromhex(found.group().decode("ascii"))
            if is_text(plain):
                yield Nested(*found.span(), plain, _hex_encoder(found.group()))


# ---------------------------------------------------------------- parts of multipart bodies
_FIRST: Final = re.compile(rb"(?:[^\r\n]{0,200}\r?\n){0,4}?(--[^\r\n]{1,70})\r?\n[A-Za-z-]{1,60}:")
_MOST: Final = 1000


def multipart_spans(data: bytes) -> list[tuple[int, int]]:
    """Start and end of each part, with its head; empty unless the bytes are a multipart body of two parts or more."""
    first = _FIRST.match(data)
    if first is None:
        return []
    delimiter = first[1]
    spans: list[tuple[int, int]] = []
    at = first.end(1)
    while len(spans) < _MOST:
        end = data.find(b"\n" + delimiter, at)
        if end < 0:
            break
        spans.append((at, end - (data[end - 1 : end] == b"\r")))
        at = end + 1 + len(delimiter)
    else:
        return []
    return spans if len(spans) > 1 else []

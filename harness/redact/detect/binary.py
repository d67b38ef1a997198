"""Secrets behind their names in binary messages: MessagePack and CBOR, in which a length precedes each text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.redact.byte_search import fixed_search
from harness.redact.detect.hits import Hit, Lookup, ruled

_ENDINGS: Final = (
    b"key", b"token", b"secret", b"signature", b"credential", b"pass", b"pwd", b"session", b"csrf", b"xsrf", b"otp",
    b"assertion", b"hmac", b"jwt", b"bearer", b"code", b"appid", b"sig", b"auth", b"ticket", b"sessid", b"cookie",
    b"verifier", b"response",
)  # fmt: skip
"""In lower case. Every name with a rule ends with one of them, or shortly after it."""
_NAME: Final = re.compile(rb"[A-Za-z_][\w.-]*", re.ASCII)
_LONGEST_NAME: Final = 60
_SHORT: Final = ((0xA0, 0x1F), (0x60, 0x17))
"""Type byte of a short text, and the most it can hold: MessagePack's fixstr, CBOR's text."""
_LONG_TEXT: Final = frozenset({0xD9, 0x78})
_LONG: Final = {0xD9: 1, 0xDA: 2, 0xC4: 1, 0xC5: 2, 0x78: 1, 0x79: 2, 0x58: 1, 0x59: 2}
"""Type byte -> bytes of the length behind it, most significant first."""


def text_at(data: bytes, at: int) -> tuple[int, int] | None:
    """Start and end of the text or byte string whose head stands at an offset."""
    if at >= len(data):
        return None
    head = data[at]
    if size_bytes := _LONG.get(head):
        start = at + 1 + size_bytes
        end = start + int.from_bytes(data[at + 1 : start], "big")
    else:
        for base, most in (*_SHORT, (0x40, 0x17)):
            if base <= head <= base + most:
                start, end = at + 1, at + 1 + head - base
                break
        else:
            return None
    return (start, end) if end <= len(data) else None


def _names(data: bytes, end: int) -> Iterator[bytes]:
    """Every text that ends at an offset by its head's length. Letters can look like heads, so there may be several."""
    for size in range(2, min(_LONGEST_NAME, end - 1) + 1):
        before = data[end - size - 1]
        if before == 0x60 + size or before == 0xA0 + size:  # the inner loop: spelled out for speed
            fits = size <= _SHORT[before < 0xA0][1]
        else:
            fits = before == size and end - size > 1 and data[end - size - 2] in _LONG_TEXT
        if fits and _NAME.fullmatch(data, end - size, end):
            yield data[end - size : end]


def binary_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Values behind secret names."""
    # A regular expression takes ten times as long for a picture, whose random bytes hold some of the signs.
    for _, _, sign_end in fixed_search(_ENDINGS).leftmost(data.lower()):
        # A name ends with the sign or shortly after it, as the length in its head says.
        for end in range(sign_end, min(sign_end + 7, len(data))):
            value = text_at(data, end)
            names = _names(data, end) if value is not None else ()
            rule = next(filter(None, map(lookup.find, names)), None)
            if value is not None and rule is not None:
                yield from ruled(rule, data, *value)
                break

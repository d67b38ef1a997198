"""Forms of a value that no `views.Coding` takes off, as the bytes to be sought."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeAlias

Swap: TypeAlias = Callable[[bytes, int, bytes], tuple[int, int, bytes]]
"""``(data, position, standin)`` -> which span of the data is to be replaced, and by what."""

_FIRST: Final = (0, 2, 3)
"""Which base64 character of a group is the first that depends on nothing before a value that begins at byte 0, 1, 2."""

_ALPHABET: Final = re.compile(rb"[A-Za-z0-9+/_-]*={0,2}")


@dataclass(frozen=True, slots=True)
class Needle:
    """One form of one value.

    Attributes:
        form: Its name, for findings.
        sought: The bytes to be sought.
        swap: How an occurrence is replaced.
        size: How many bytes the value has.
    """

    form: str
    sought: bytes = field(repr=False)
    swap: Swap
    size: int = 0


def _swap_plain(size: int, data: bytes, at: int, standin: bytes) -> tuple[int, int, bytes]:
    start = at
    while start and data[start - 1] == 0x5C:
        start -= 1
    # An odd backslash makes the first byte part of an escape, or does not belong to the value: it goes either way,
    # so that JSON stays JSON.
    return at - (at - start) % 2, at + size, standin


def _plain(value: bytes) -> Iterator[Needle]:
    yield Needle("plain", value, partial(_swap_plain, len(value)))


def _plus(value: bytes) -> Iterator[Needle]:
    if b" " in value:
        yield Needle("form", value.replace(b" ", b"+"), partial(_swap_plain, len(value)))


def _swap_base64(
    value: bytes,
    offset: int,
    sought: bytes,
    data: bytes,
    at: int,
    standin: bytes,
) -> tuple[int, int, bytes]:
    begin, upto = at - _FIRST[offset], at + len(sought)
    if begin >= 0:
        rest = _ALPHABET.match(data, upto, upto + -(upto - begin) % 4)
        end = rest.end() if rest else upto
        old = _decode(data[begin:end])
        if old is not None and old[offset : offset + len(value)] == value:
            # Of the same length modulo three, so that what follows keeps its alignment.
            fitting = standin + b"-" * ((len(value) - len(standin)) % 3)
            new = old[:offset] + fitting + old[offset + len(value) :]
            return begin, end, _encode(new, like=data[begin:end])
    return at, upto, base64.b64encode(standin).rstrip(b"=")


def _decode(text: bytes) -> bytes | None:
    padded = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(padded + b"=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _encode(plain: bytes, *, like: bytes) -> bytes:
    coded = base64.b64encode(plain, b"-_" if b"-" in like or b"_" in like else None)
    return coded if like.endswith(b"=") or not len(like) % 4 else coded.rstrip(b"=")


def _base64(value: bytes) -> Iterator[Needle]:
    for offset in range(3):
        end = 8 * (offset + len(value)) // 6
        coded = base64.b64encode(bytes(offset) + value)[_FIRST[offset] : end]
        for sought in dict.fromkeys((coded, coded.translate(bytes.maketrans(b"+/", b"-_")))):
            yield Needle("base64", sought, partial(_swap_base64, value, offset, sought))


def _swap_hex(size: int, data: bytes, at: int, standin: bytes) -> tuple[int, int, bytes]:
    upper = data[at : at + size].upper() == data[at : at + size]
    coded = standin.hex().encode()
    return at, at + size, coded.upper() if upper else coded


def _hex(value: bytes) -> Iterator[Needle]:
    coded = value.hex().encode()
    for sought in dict.fromkeys((coded, coded.upper())):
        yield Needle("hex", sought, partial(_swap_hex, len(sought)))


FORMS: Final = (_plain, _plus, _base64, _hex)
"""Every form. A further one is one more function that yields needles."""


def needles(value: bytes) -> tuple[Needle, ...]:
    """All that is to be sought for a value, in each view of the data."""
    return tuple(replace(needle, size=len(value)) for form in FORMS for needle in form(value))

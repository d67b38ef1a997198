"""Stand-ins: what stands where a secret stood.

Each carries the marker ``wiretape`` (digits only: its letters on a telephone's keys), by which people, lint and scan
know it; is of the kind and shape that a client expects; and has so little entropy, and so little of a real
credential's look, that public scanners stay silent.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Final

MARKER: Final = b"wiretape"
FIRST_TOKEN: Final = "wiretape-token-1"  # noqa: S105  # what a cassette has in the place of the first token it met
_DIGITS: Final = b"94738273"  # w i r e t a p e on a telephone's keys


def _part(text: bytes) -> bytes:
    return base64.urlsafe_b64encode(text).rstrip(b"=")


# A blank before the JSON keeps `eyJ`, by which scanners know a JWT, away; decoders do not mind it. The other blanks
# keep the entropy low. 4102444800 is the year 2100: a client that looks finds it valid.
JWT_HEAD: Final = _part(b' {"typ":"JWT"}') + b"." + _part(b" " * 181 + b'{"exp":4102444800}')
JWE_HEAD: Final = _part(b" " * 119 + b'{"typ":"JWE"}') + b"." + b".".join([MARKER] * 3)


def _named(kind: bytes) -> Callable[[int], bytes]:
    return lambda number: MARKER + b"-%s-%d" % (kind, number)


def _basic(number: int) -> bytes:
    return base64.b64encode(MARKER + b":" + _named(b"token")(number))


_MAKERS: Final[Mapping[str, Callable[[int], bytes]]] = {
    "token": _named(b"token"),
    "cookie": _named(b"cookie"),
    "id": _named(b"id"),
    "text": _named(b"text"),
    "time": _named(b"time"),
    "uuid": lambda number: _DIGITS + b"-0000-4000-8000-%012d" % number,
    "email": lambda number: _named(b"email")(number) + b"@example.com",
    "number": lambda number: _DIGITS + b"%d" % number,
    "jwt": lambda number: JWT_HEAD + b"." + _named(b"token")(number),
    "jwe": lambda number: JWE_HEAD + b"." + _named(b"token")(number),
    "basic": _basic,
}
"""Kind -> its n-th stand-in. Letters, digits and ``-._@=`` only: none of them needs an escape in JSON."""

# Trailing dashes: the length was made to fit into base64.
_NAMED: Final = rb"wiretape-(token|cookie|id|text|time|email)-(\d{1,9})(?:@example\.com)?-{0,2}"
_STANDIN: Final = re.compile(
    rb"(?:(?:%s|%s)\.)?%s|94738273(?:-0000-4000-8000-)?\d{1,12}" % (re.escape(JWT_HEAD), re.escape(JWE_HEAD), _NAMED),
)
_SHAPES: Final = (
    (re.compile(rb"eyJ[\w-]*\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+", re.ASCII), "jwe"),
    (re.compile(rb"eyJ[\w-]*\.[\w-]+\.[\w-]*", re.ASCII), "jwt"),
    (re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"), "uuid"),
    (re.compile(rb"[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"), "email"),
)
"""Looks that a stand-in takes over, whatever the kind of its place."""

_FAMILY: Final = tuple(re.sub(rb"\d+", b"0", make(1)) for make in _MAKERS.values())


def _plain(value: bytes) -> bytes:
    if not value.startswith(b"d2lyZXRhcGU6"):
        return value
    try:
        return base64.b64decode(value, validate=True).removeprefix(MARKER + b":")
    except binascii.Error:
        return value


def is_standin(value: bytes) -> bool:
    """Whether a value is one of ours."""
    return _STANDIN.fullmatch(_plain(value)) is not None


def ends_in_standin(value: bytes) -> bool:
    """Whether one of ours is the end of a value: what a pattern finds if an escape stands before it."""
    return any(found.end() == len(value) for found in _STANDIN.finditer(value))


def would_damage(value: bytes) -> bool:
    """Whether a value occurs within stand-ins, so that hunting it would replace pieces of them."""
    return any(re.sub(rb"\d+", b"0", value) in member for member in _FAMILY)


def standins_in(data: bytes) -> Iterator[tuple[str, int]]:
    """Kind and number of each numbered stand-in that occurs in the data."""
    if MARKER in data:
        for found in re.finditer(_NAMED, data):
            yield found.group(1).decode("ascii"), int(found.group(2))


class Standins:
    """Makes stand-ins: of each kind the first, the second.. never one that is taken."""

    def __init__(self, first_number: int = 1) -> None:
        self._numbers = defaultdict[str, Iterator[int]](lambda: itertools.count(first_number))
        self._taken: set[tuple[str, int]] = set()

    def take(self, kind: str, number: int) -> None:
        """Never make this one: it was met in traffic, and stands for something there."""
        self._taken.add((kind, number))

    def make(self, value: bytes, kind: str) -> bytes:
        """A new stand-in, of that kind unless the value's look says another."""
        shape = next((shape for look, shape in _SHAPES if look.fullmatch(value)), kind)
        family = "token" if shape in {"jwt", "jwe", "basic"} else shape
        number = next(number for number in self._numbers[family] if (family, number) not in self._taken)
        return _MAKERS[shape](number)

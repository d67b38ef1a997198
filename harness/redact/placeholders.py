"""Placeholders: what replaces secrets.

Each carries the marker ``wiretape``, by which people, lint and scan recognise it (a placeholder of digits carries the
digits of those letters on a telephone's keys). It has the kind and shape that a client expects. Its entropy is so low,
and its look so unlike a real credential, that public secret scanners stay silent.
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
FIRST_TOKEN: Final = "wiretape-token-1"  # noqa: S105  # what replaces the first token of a cassette
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
"""Kind -> maker of its n-th placeholder. Letters, digits and ``-._@=`` only: none of them needs an escape in JSON."""

# Trailing dashes: the length was made to fit into base64, or into a binary message whose length has to stay.
_NAMED: Final = rb"wiretape-(token|cookie|id|text|time|email)-(\d{1,9})(?:@example\.com)?-*"
_SHORT_KINDS: Final = {"token": b"t", "cookie": b"c", "id": b"i", "text": b"x", "time": b"m", "email": b"e"}
_SHORT: Final = rb"wtp[tcixme](?=[-\d]{4})-*\d{1,9}"
"""Placeholders for binary messages, where the length must stay and is too short for the marker."""
LEAST_FITTED: Final = 8
"""Bytes from which on a placeholder fits; shorter values are filled with dashes."""
_MOST_DIGITS: Final = 9
_LEAST_ROOM: Final = 4
"""Least number of dashes and digits in such a short placeholder."""
_DIGITAL: Final = rb"94738273(?:-0000-4000-8000-)?\d{1,12}"
_PLACEHOLDER: Final = re.compile(
    rb"(?:(?:%s|%s)\.)?%s|%s|%s" % (re.escape(JWT_HEAD), re.escape(JWE_HEAD), _NAMED, _SHORT, _DIGITAL),
)
_BASIC_START: Final = b"d2lyZXRhcGU6"  # base64 of `wiretape:`
_ANY: Final = re.compile(
    rb"(?P<jwt>%s\.)?(?P<jwe>%s\.)?wiretape-(?P<named>token|cookie|id|text|time|email)-\d{1,9}(?:@example\.com)?-*"
    rb"|(?P<short>%s)|(?P<basic>%s[A-Za-z0-9+/]{4,64}={0,2})|(?P<uuid>94738273-0000-4000-8000-\d{12})"
    rb"|(?P<number>94738273\d{1,12})" % (re.escape(JWT_HEAD), re.escape(JWE_HEAD), _SHORT, _BASIC_START)
)
_SIGNS: Final = (MARKER, b"wtp", _BASIC_START, _DIGITS)
"""Byte sequences, one of which every placeholder holds."""
_SHAPES: Final = (
    (re.compile(rb"eyJ[\w-]*\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+", re.ASCII), "jwe"),
    (re.compile(rb"eyJ[\w-]*\.[\w-]+\.[\w-]*", re.ASCII), "jwt"),
    (re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"), "uuid"),
    (re.compile(rb"[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"), "email"),
)
"""Looks of values that decide about the placeholder's kind, whatever the kind of the place."""

_FAMILY: Final = tuple(re.sub(rb"\d+", b"0", make(1)) for make in _MAKERS.values())


def _plain(value: bytes) -> bytes:
    if not value.startswith(_BASIC_START):
        return value
    try:
        return base64.b64decode(value, validate=True).removeprefix(MARKER + b":")
    except binascii.Error:
        return value


def is_placeholder(value: bytes) -> bool:
    """Whether a value is a placeholder, and nothing else."""
    return _PLACEHOLDER.fullmatch(_plain(value)) is not None


def would_damage(value: bytes) -> bool:
    """Whether a value occurs within placeholders, so that searching for it would replace parts of them."""
    return any(re.sub(rb"\d+", b"0", value) in member for member in _FAMILY)


def numbered_placeholders(data: bytes) -> Iterator[tuple[str, int]]:
    """Kind and number of each numbered placeholder that occurs in the data."""
    if MARKER in data:
        for found in re.finditer(_NAMED, data):
            yield found.group(1).decode("ascii"), int(found.group(2))


def placeholders_in(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of each placeholder in a text, in order; the kinds are those of `PlaceholderMaker.make`."""
    if not any(sign in data for sign in _SIGNS):
        return
    for found in _ANY.finditer(data):
        yield found.start(), found.end(), _kind_of(found)


def _kind_of(found: re.Match[bytes]) -> str:
    group = found.lastgroup or ""
    if group == "named":
        return "jwt" if found["jwt"] else "jwe" if found["jwe"] else found["named"].decode("ascii")
    if group == "short":
        letter = found["short"][3:4]
        return next(kind for kind, short in _SHORT_KINDS.items() if short == letter)
    return group


def fit(placeholder: bytes, size: int) -> bytes:
    """A placeholder of a given length in bytes, for binary messages that store the lengths of their parts.

    From 8 bytes on the result is recognised as a placeholder; a shorter one is all dashes.
    """
    if len(placeholder) == size:
        return placeholder
    kind, number = _kind_and_number(placeholder)
    plain = MARKER + b"-%s-" % kind
    if len(plain) + len(number) <= size:
        room = size - len(plain)
        # A few zeros, or many dashes: one or two dashes could belong to the text that follows.
        return plain + number.rjust(room, b"0") if room <= _MOST_DIGITS else (plain + number).ljust(size, b"-")
    start = b"wtp" + _SHORT_KINDS[kind.decode("ascii")]
    room = size - len(start)
    if room < _LEAST_ROOM or len(number) > room:
        return b"-" * size if room < _LEAST_ROOM else start + number[-room:]
    return start + number.rjust(room, b"-")


def _kind_and_number(placeholder: bytes) -> tuple[bytes, bytes]:
    plain = _plain(placeholder)
    if named := next(re.finditer(_NAMED, plain), None):
        return named[1], named[2]
    digits = re.search(rb"\d+$", plain.removeprefix(_DIGITS))
    return b"id", b"%d" % int(digits.group() if digits else b"1")


class PlaceholderMaker:
    """Makes placeholders, numbered by kind; never one that is reserved."""

    def __init__(self, first_number: int = 1) -> None:
        self._numbers = defaultdict[str, Iterator[int]](lambda: itertools.count(first_number))
        self._taken: set[tuple[str, int]] = set()

    def take(self, kind: str, number: int) -> None:
        """Reserve a placeholder: it occurred in the traffic, where it replaces something else."""
        self._taken.add((kind, number))

    def make(self, value: bytes, kind: str) -> bytes:
        """A new placeholder: of that kind, unless the value's look requires another."""
        shape = next((shape for look, shape in _SHAPES if look.fullmatch(value)), kind)
        family = "token" if shape in {"jwt", "jwe", "basic"} else shape
        number = next(number for number in self._numbers[family] if (family, number) not in self._taken)
        return _MAKERS[shape](number)

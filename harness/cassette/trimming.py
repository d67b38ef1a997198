"""Selects which exchanges of a cassette stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from harness.cassette.model import Call, Cassette, Exchange

_NUMBERS: Final = re.compile(r"#(\d{1,6})(?:-(\d{1,6}))?")


def trimmed(cassette: Cassette, *, only: Sequence[str] = (), without: Sequence[str] = ()) -> Cassette:
    """The cassette with the exchanges that match one of ``only`` (all, if it is empty), and none of ``without``.

    A pattern is a number as `wiretape show` prints it (``#3``, ``#3-7``), or a glob of the target's path (``/v1/*``),
    or a glob of the method and the target (``GET /v1/*?page=*``, ``socket *``). Everything else stays as it is.
    """
    kept = tuple(
        each
        for number, each in enumerate(cassette.exchanges)
        if (not only or _matches(each, number, only)) and not _matches(each, number, without)
    )
    return msgspec.structs.replace(cassette, exchanges=kept)


def name_of(exchange: Exchange) -> str:
    """Method, or ``socket``, and target."""
    return f"{exchange.method if isinstance(exchange, Call) else 'socket'} {exchange.target}"


def unmatched(cassette: Cassette, patterns: Iterable[str]) -> list[str]:
    """Patterns that match no exchange, probably misspelt."""
    return [
        each
        for each in patterns
        if not any(_matches(exchange, number, [each]) for number, exchange in enumerate(cassette.exchanges))
    ]


def _matches(exchange: Exchange, number: int, patterns: Iterable[str]) -> bool:
    return any(_fits(exchange, number, each) for each in patterns)


def _fits(exchange: Exchange, number: int, pattern: str) -> bool:
    if numbers := _NUMBERS.fullmatch(pattern):
        return int(numbers[1]) <= number <= int(numbers[2] or numbers[1])
    if " " in pattern:
        return fnmatchcase(name_of(exchange), pattern)
    return fnmatchcase(exchange.target.partition("?")[0], pattern)

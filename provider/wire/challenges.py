"""The challenges that a program can answer: what the right answer is (docs/protocol.md §4.7). No human check is one."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Final

_ASK_EVERY: Final = 4096
MAX_DIFFICULTY: Final = 22
"""Bits; more than a page's worker would take a while for (§4.7: 1 to about 11 were seen)."""


def hashcash_parts(parameter: str) -> tuple[str, int]:
    """Seed and difficulty in bits of a ``hashcash`` parameter: ``seed:difficulty``, split at the last colon.

    Raises:
        ValueError: It is no such parameter, or its difficulty is out of bounds.
    """
    seed, colon, bits = parameter.rpartition(":")
    if not colon or not bits.isascii() or not bits.isdigit() or not 0 <= int(bits) <= MAX_DIFFICULTY:
        raise ValueError("the hashcash parameter is not seed:difficulty within bounds")
    return seed, int(bits)


def fits_hashcash(parameter: str, token: str) -> bool:
    """Whether SHA-256 of seed and token, as ASCII, begins with as many zero bits as are asked for."""
    seed, bits = hashcash_parts(parameter)
    return _is_number(token) and _zero_bits(seed + token, bits)


def fits_hashcash_digits(parameter: str, token: str) -> bool:
    """The same as one other source reads it: hex digits of zero, behind parameter, colon and token (§7)."""
    _, digits = hashcash_parts(parameter)
    return _is_number(token) and _zero_bits(f"{parameter}:{token}", 4 * digits)


def _is_number(token: str) -> bool:
    return token.isascii() and token.isdigit() and len(token) <= 20


def _zero_bits(text: str, bits: int) -> bool:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") >> (256 - bits) == 0


def solve_hashcash(parameter: str, may_go_on: Callable[[], bool] = lambda: True) -> str | None:
    """The smallest number that fits. Takes 2**difficulty hashes on average: not for an event loop.

    Args:
        parameter: ``seed:difficulty``.
        may_go_on: Asked now and then; None is the answer when it says no.

    Raises:
        ValueError: The parameter is none, or its difficulty is out of bounds.
    """
    seed, bits = hashcash_parts(parameter)
    start = hashlib.sha256(seed.encode())
    number = 0
    while True:
        attempt = start.copy()
        attempt.update(str(number).encode())
        if int.from_bytes(attempt.digest(), "big") >> (256 - bits) == 0:
            return str(number)
        number += 1
        if not number % _ASK_EVERY and not may_go_on():
            return None


def solve_copilot(parameter: str | float) -> str:
    """The answer to a ``copilot`` challenge: floor(((a**3 / 100 + 25 a) mod 22) + 0.5).

    Raises:
        ValueError: The parameter is no finite number.
    """
    a = float(parameter)
    if not math.isfinite(a) or abs(a) > 1e9:
        raise ValueError("the copilot parameter is no number within bounds")
    return str(math.floor(math.fmod(a**3 / 100 + 25 * a, 22) + 0.5))

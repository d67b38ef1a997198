"""Answers to the challenges that a program may solve (docs/protocol.md §4.7); checks for humans are not answered."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Final

_CHECK_EVERY: Final = 4096
MAX_DIFFICULTY: Final = 22
"""Bits. The service was seen to require 1 to about 11 (§4.7); more than 22 would take a page too long."""


def hashcash_parts(parameter: str) -> tuple[str, int]:
    """Split a ``hashcash`` parameter ``seed:difficulty`` at its last colon; the difficulty is in bits.

    Raises:
        ValueError: It has another form, or its difficulty is out of bounds.
    """
    seed, colon, bits = parameter.rpartition(":")
    if not colon or not bits.isascii() or not bits.isdigit() or not 0 <= int(bits) <= MAX_DIFFICULTY:
        raise ValueError(
            "the parameter of the service's challenge `hashcash` is not SEED:DIFFICULTY with a difficulty from 0 "
            f"to {MAX_DIFFICULTY} bits"
        )
    return seed, int(bits)


def fits_hashcash(parameter: str, token: str) -> bool:
    """Whether SHA-256 of seed and token, as ASCII, begins with the required number of zero bits."""
    seed, bits = hashcash_parts(parameter)
    return _is_number(token) and _zero_bits(seed + token, bits)


def fits_hashcash_digits(parameter: str, token: str) -> bool:
    """`fits_hashcash` as another source describes it: zero hex digits, over parameter, colon and token (§7)."""
    _, digits = hashcash_parts(parameter)
    return _is_number(token) and _zero_bits(f"{parameter}:{token}", 4 * digits)


def _is_number(token: str) -> bool:
    return token.isascii() and token.isdigit() and len(token) <= 20


def _zero_bits(text: str, bits: int) -> bool:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") >> (256 - bits) == 0


def solve_hashcash(parameter: str, may_go_on: Callable[[], bool] = lambda: True) -> str | None:
    """Find the smallest number that fits, in 2**difficulty hashes on average: never in an event loop's thread.

    Args:
        parameter: ``seed:difficulty``.
        may_go_on: Called every `_CHECK_EVERY` hashes; the result is None when it returns False.

    Raises:
        ValueError: The parameter has another form, or its difficulty is out of bounds.
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
        if not number % _CHECK_EVERY and not may_go_on():
            return None


def solve_copilot(parameter: str | float) -> str:
    """Compute the answer to a ``copilot`` challenge: floor(((a**3 / 100 + 25 a) mod 22) + 0.5).

    Raises:
        ValueError: The parameter is not a finite number within bounds.
    """
    a = float(parameter)
    if not math.isfinite(a) or abs(a) > 1e9:
        raise ValueError("the parameter of the service's challenge `copilot` is not a number from -1e9 to 1e9")
    return str(math.floor(math.fmod(a**3 / 100 + 25 * a, 22) + 0.5))

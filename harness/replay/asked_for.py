"""What a client asks for: values that choose the response, however random they look."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from harness.redact.detect.personal import is_iban

_CODE: Final = re.compile(r"(?=.*[0-9])[A-Z0-9]{11,25}")
"""A number of a car, of an article, of a tax payer. Programs that make random values use small letters as well, or 26
characters and more (a ULID, base32)."""
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_PLUS_CODE: Final = re.compile(r"[2-9CFGHJMPQRVWX]{8}\+[2-9CFGHJMPQRVWX]{2,3}")
"""A place on earth: https://github.com/google/open-location-code."""
_ETHEREUM: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_BITCOIN: Final = re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{25,33}")
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32: Final = re.compile(r"(bc|tb|ltc)1([02-9ac-hj-np-z]{38,59})")
_BECH32_DIGITS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_STEPS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_SUMS: Final = frozenset({1, 0x2BC830A3})
"""What the checksum of Bech32 and that of Bech32m are, if it is right (BIP 173, BIP 350)."""
_CONTENT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HEX: Final = frozenset("0123456789ABCDEF")


def is_business_number(value: str) -> bool:
    """Whether a value reads like the number of an account, an article or a person, which somebody else gave out.

    Hexadecimal digits are none: programs make such ids.
    """
    if not {*value} <= _HEX and _CODE.fullmatch(value):
        return True
    if _PLUS_CODE.fullmatch(value) is not None or is_wallet(value):
        return True
    return _IBAN.fullmatch(value) is not None and is_iban(value.encode())


def is_wallet(value: str) -> bool:
    """Whether a value is an address of Ethereum or, by its checksum, one of Bitcoin: it names whose money is meant."""
    if _ETHEREUM.fullmatch(value) is not None:
        return True
    if _BITCOIN.fullmatch(value) is not None:
        return _is_base58_check(value)
    segwit = _BECH32.fullmatch(value)
    return segwit is not None and _is_bech32(segwit[1], segwit[2])


def _is_base58_check(value: str) -> bool:
    number = 0
    for character in value:
        number = 58 * number + _BASE58.index(character)
    if number >= 1 << 200:
        return False
    decoded = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(decoded[:-4]).digest()).digest()[:4] == decoded[-4:]


def _is_bech32(prefix: str, digits: str) -> bool:
    found = 1
    for each in (*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *map(_BECH32_DIGITS.index, digits)):
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ each
        for step, factor in enumerate(_BECH32_STEPS):
            found ^= factor if top >> step & 1 else 0
    return found in _BECH32_SUMS


def is_content_name(value: str) -> bool:
    """Whether a value is as long as a SHA-1 or SHA-256 in hexadecimal digits, such as the name of a commit."""
    return _CONTENT.fullmatch(value) is not None

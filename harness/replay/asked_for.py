"""What a client asks for: values that choose the response, however random they look."""

from __future__ import annotations

import re
from typing import Final

from harness.redact.detect.personal import is_iban

_CODE: Final = re.compile(r"(?=.*[0-9])[A-Z0-9]{11,25}")
"""A number of a car, of an article, of a tax payer. Programs that make random values use small letters as well, or 26
characters and more (a ULID, base32)."""
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_CONTENT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HEX: Final = frozenset("0123456789ABCDEF")


def is_business_number(value: str) -> bool:
    """Whether a value reads like the number of an account, an article or a person, which somebody else gave out.

    Hexadecimal digits are none: programs make such ids.
    """
    if not {*value} <= _HEX and _CODE.fullmatch(value):
        return True
    return _IBAN.fullmatch(value) is not None and is_iban(value.encode())


def is_content_name(value: str) -> bool:
    """Whether a value is as long as a SHA-1 or SHA-256 in hexadecimal digits, such as the name of a commit."""
    return _CONTENT.fullmatch(value) is not None

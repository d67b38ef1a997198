"""Which secret values are searched for, and replaced wherever they occur, not only in their own field.

``_EDGE_V=1`` is a cookie, and so was ``en-US``; searching for such values would spoil a recording and protect nothing.
So a value is searchable if it is long and varied enough, and does not look like something that people write or
programs configure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from harness.redact.detect.name_score import pair_score
from harness.redact.placeholders import would_damage

_LEAST: Final[Mapping[str, tuple[int, int]]] = {"cookie": (12, 6), "text": (12, 6), "email": (6, 3)}
"""Kind -> least length and least number of different bytes. Cookies are often settings, so they need more."""

_DEFAULT: Final = (8, 5)

_ORDINARY: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rb"(?:[A-Za-z]{1,15}[\s/_,;.-]+)*[A-Za-z]{1,15}",  # words, time zones, locales, names of fields, hosts
        rb"https?://[\w.:-]+(?:/[A-Za-z_.-]*)*",  # pages
        rb"[+-]?\d{1,15}(?:\.\d+)?",  # counts, times, sizes
        rb"\d{4}-\d\d-\d\d(?:[T ][\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?",  # dates
        rb"[A-Z][A-Za-z]*/[\d.]+(?: .*)?",  # Mozilla/5.0 ..
        rb"(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?",  # addresses
    )
)


def is_searchable(value: bytes, kind: str) -> bool:
    """Whether a secret value of that kind is long and varied enough to be replaced outside its own field, too."""
    length, variety = _LEAST.get(kind, _DEFAULT)
    if len(value) < length or len(set(value)) < variety:
        return False
    if kind != "email" and any(look.fullmatch(value) for look in _ORDINARY):
        return False
    return not would_damage(value)


# ---------------------------------------------------------------- values under names that any service may use
_LEAST_GENERIC: Final = 8
_LEAST_RANDOM: Final = 20
_SPLIT: Final = re.compile(rb"[^A-Za-z0-9]+")
_UNFILLED: Final = re.compile(
    rb"[$:%#@]\{?[A-Za-z_]|.*(?:\*{3}|x{5}|X{5}|\{\{|\}\}|\.\.\.|[<>\s\x00-\x1f])|\[|[\"'(]|https?://[^?]*$", re.DOTALL
)
"""Template variables, masked values, prose, URLs of pages."""
_CAMEL: Final = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_WORD: Final = re.compile(
    rb"[A-Za-z]{0,2}\d{1,8}[A-Za-z]{0,2}|[A-Za-z]{1,15}\d{1,4}|\d{1,4}[A-Za-z]{1,3}|.{1,3}", re.DOTALL
)
"""Pieces of names and versions: ``v2``, ``gpt4``, ``4o``, ``20240718``."""
_LEAST_PART: Final = 3
_FEW_PARTS: Final = 3
_PASSPHRASE: Final = re.compile(rb"[A-Za-z0-9]{2,20}(?:[ ._-][A-Za-z0-9]{2,20}){3,20}")
_CLASSES: Final = tuple(re.compile(look) for look in (rb"[a-z]", rb"[A-Z]", rb"[0-9]", rb"[^A-Za-z0-9\s._:/-]"))
_LARGEST_SHARE: Final = 0.55


def _is_word(piece: bytes) -> bool:
    """Whether a piece of a value, between separators, looks like a word or a version number, and not random."""
    if _WORD.fullmatch(piece):
        return True
    if not piece.isalpha():
        return False
    parts = _CAMEL.findall(piece)
    short = sum(len(part) < _LEAST_PART for part in parts)
    # `WBkDbrlutsnlUmukUKDb` is random: in a name, few words have only one or two letters.
    return len(piece) / max(1, len(parts)) >= _LEAST_PART and not (short > 1 and len(parts) > _FEW_PARTS)


def random_length(value: bytes) -> int:
    """The number of bytes of a value that look random."""
    return sum(len(piece) for piece in _SPLIT.split(value) if piece and not _is_word(piece))


def is_strong(value: bytes) -> bool:
    """Whether a value is long and varied enough for a credential, and is not recognized as something else.

    At least eight bytes that look random; not a word, name, version, template or URL.
    """
    if len(value) < _LEAST_GENERIC or len(set(value)) < _LEAST_VARIETY or _UNFILLED.match(value):
        return False
    return not any(look.fullmatch(value) for look in _ORDINARY) and random_length(value) >= _LEAST_GENERIC


_LEAST_VARIETY: Final = 5


def is_random(value: bytes) -> bool:
    """Whether a value is one random text of at least 64 bits: for names that also have other uses."""
    if len(value) < _LEAST_RANDOM and not (len(value) >= _LEAST_HEX and _HEX.fullmatch(value)):
        return False
    return _is_one_random_text(value)


def _is_one_random_text(value: bytes) -> bool:
    if is_strong(value) and random_length(value) >= _LARGEST_SHARE * len(value) and not _WORDS_FIRST.match(value):
        return True
    return _is_scrambled(value)


def _is_scrambled(value: bytes) -> bool:
    """Whether a value of base64's letters reads like no name, although ``-`` and ``_`` cut it into short pieces.

    Of the tokens of `secrets.token_urlsafe(24)` the pieces alone miss one in 80, both together one in 1,000; of 14,000
    names in TypeScript declarations 9 pass, which are tables of letters.
    """
    if _BASE64URL.fullmatch(value) is None or _WORDS_FIRST.match(value):
        return False
    if not all(look.search(value) for look in _CLASSES[:3]):
        return False
    text = value.decode()
    # `-` and `_` score 0: they say nothing about what stands between them.
    scores = [score for score in map(pair_score, text, text[1:]) if score]
    return len(scores) >= _FEWEST_PAIRS and sum(scores) / len(scores) < _MOST_NAMELIKE


_BASE64URL: Final = re.compile(rb"[A-Za-z0-9_-]{16,}")
_MOST_NAMELIKE: Final = -0.5
_FEWEST_PAIRS: Final = 10


def is_code(value: bytes) -> bool:
    """Whether a value is one random text with room for 64 bits: shorter codes are countries, errors, vouchers."""
    hexadecimal = _HEX.fullmatch(value) is not None
    alphabet = 16 if hexadecimal else sum(size for look, size in _ALPHABETS if look.search(value))
    return len(value) * math.log2(max(alphabet, 2)) >= _LEAST_BITS and _is_one_random_text(value)


_LEAST_BITS: Final = 64
_ALPHABETS: Final = tuple(zip(_CLASSES, (26, 26, 10, 4), strict=True))
_LEAST_HEX: Final = 16
_HEX: Final = re.compile(rb"[0-9a-fA-F]+")
_WORDS_FIRST: Final = re.compile(rb"(?:(?:[A-Z]?[a-z]{2,14}|[A-Z]{3,15})[-_./]){2}|[./]")
"""Cache keys and file keys, which begin with words."""


def is_password(value: bytes) -> bool:
    """Whether a value may be a password: one word of letters and other characters, not a name or a version."""
    if len(value) < _LEAST_GENERIC or len(set(value)) < _LEAST_VARIETY or _UNFILLED.match(value):
        return False
    classes = sum(look.search(value) is not None for look in _CLASSES)
    return classes >= 2 and not value.isalpha() and not any(look.fullmatch(value) for look in _ORDINARY)


def is_passphrase(value: bytes) -> bool:
    """Whether a value may be a password, or a passphrase of four words or more."""
    return is_password(value) or _PASSPHRASE.fullmatch(value) is not None

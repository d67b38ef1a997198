"""`name_score`: how much a text reads like a name or a word, rather than like random characters."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_COMMON: Final = frozenset(
    map(
        "".join,
        zip(
            *[
                iter(
                    "thheineranrendonenatouedhatooritishiesngasstTEMESELEVEALARICRAROLIRIIONEMADECOCETITAUSURLAETELNANO"
                    "PEAIGEILCACHACCTECEMEAOMOPLOSOSISSDILLTRHOUNUTOTIDPRPOVIADAMAPAGEYKEUENSNTRSRTLSTSCKSHIROLOSOWPLBO"
                    "BEBUSUUIULUMUP".lower()
                )
            ]
            * 2,
            strict=True,
        ),
    )
)
"""Pairs of letters that make up most of English, and of the names in programs."""


def name_score(text: str) -> float:
    """How much a text reads like a name or a word: 1 at most; random letters have about -0.8."""
    return sum(map(pair_score, text, text[1:])) / max(1, len(text) - 1)


@lru_cache(maxsize=8192)
def pair_score(one: str, other: str) -> float:
    """How much two neighbouring characters count for a name; letters that are frequent in English count for one."""
    kinds = character_kind(one), character_kind(other)
    if "-" in kinds or kinds == ("9", "9"):
        return 0.0
    if kinds[0] == kinds[1] or kinds == ("A", "a"):
        return 1.0 if (one + other).lower() in _COMMON else -1.1
    return -1.0


@lru_cache(maxsize=512)
def character_kind(character: str) -> str:
    """``9`` for a digit, ``A`` and ``a`` for letters, ``-`` for any other character."""
    if character.isdigit():
        return "9"
    return ("A" if character.isupper() else "a") if character.isalpha() else "-"

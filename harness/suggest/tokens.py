"""`IssuedValues`: the values that a service issued in two takes, so that a client's use of them counts as equal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+(?:[.:+][A-Za-z0-9_-]+)*")
_MOST: Final = 4000
"""Tokens of a payload. Longer ones of unequal length are not compared."""
_LONGEST: Final = 1_000_000


def tokens_of(text: str) -> list[str]:
    """The words, numbers, ids and times of a text."""
    return _TOKEN.findall(text)


class IssuedValues:
    """Pairs of values that the service issued at corresponding places of two takes, in the order of the session.

    A value that the client made, and that the service only repeats, is not one of them.
    """

    def __init__(self) -> None:
        self._issued: set[tuple[str, str]] = set()
        self._made: set[tuple[str, str]] = set()

    def received(self, recorded: bytes, actual: bytes) -> None:
        """Note what the service sent, in the first and in the other take."""
        for one, other in _differing(recorded.decode("latin-1"), actual.decode("latin-1")):
            pair = one[0], other[0]
            if pair not in self._made:
                self._issued.add(pair)

    def sent(self, recorded: bytes, actual: bytes) -> bytes:
        """What the client of the other take would have sent, if it had received what the service sent in the first.

        Args:
            recorded: What the client sent in the first take.
            actual: What it sent in the other one.
        """
        text = actual.decode("latin-1")
        pieces: list[str] = []
        end = 0
        for one, other in _differing(recorded.decode("latin-1"), text):
            if (one[0], other[0]) in self._issued:
                pieces += [text[end : other.start()], one[0]]
                end = other.end()
            else:
                self._made.add((one[0], other[0]))
        return "".join([*pieces, text[end:]]).encode("latin-1")


def _differing(recorded: str, actual: str) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """The tokens in which two texts of one form differ, as pairs."""
    if recorded == actual or max(len(recorded), len(actual)) > _LONGEST:
        return
    ours, theirs = list(_TOKEN.finditer(recorded)), list(_TOKEN.finditer(actual))
    if len(ours) == len(theirs):
        yield from ((one, other) for one, other in zip(ours, theirs, strict=True) if one[0] != other[0])
        return
    if max(len(ours), len(theirs)) > _MOST:
        return
    words = [[each[0] for each in side] for side in (ours, theirs)]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, *words, autojunk=False).get_opcodes():
        if tag == "replace" and i2 - i1 == j2 - j1:
            yield from zip(ours[i1:i2], theirs[j1:j2], strict=True)

"""Tokens that were made to expire, by a test, a prompt or a button: from then on they are refused."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

_MOST: Final = 4000


@dataclass(slots=True)
class _Met:
    key: str
    over: bool = False


class Expiry:
    """Which tokens are over, of the last 4000 that came; by their digests, so that no secret is kept.

    A token that never came before is not over: so whoever signs in again is let in.
    """

    def __init__(self) -> None:
        self._met: OrderedDict[str, _Met] = OrderedDict()

    def meet(self, token: str, key: str) -> bool:
        """Note whose token has come; whether it is over."""
        digest = _digest(token)
        met = self._met.setdefault(digest, _Met(key))
        met.key = key
        self._met.move_to_end(digest)
        while len(self._met) > _MOST:
            self._met.popitem(last=False)
        return met.over

    def end(self, token: str) -> int:
        """Let one token expire, whether it came before or not; how many that are."""
        met = self._met.setdefault(_digest(token), _Met(""))
        return _end([met])

    def end_all(self, key: str | None = None) -> int:
        """Let all tokens expire that came so far, or those of one caller; how many that are."""
        return _end([met for met in list(self._met.values()) if key is None or met.key == key])


def _end(ending: list[_Met]) -> int:
    fresh = [met for met in ending if not met.over]
    for met in fresh:
        met.over = True
    return len(fresh)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()

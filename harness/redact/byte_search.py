"""Searching data for many byte strings at once.

With the package `ahocorasick_rs` (the extra ``fast``) one pass finds all of them. Without it each of them takes a pass
of its own: slower, with the same results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, TypeAlias

try:
    _library: Any = import_module("ahocorasick_rs")
except ImportError:  # no wheel for this platform, or the extra is not installed
    _library = None

Match: TypeAlias = tuple[int, int, int]
"""Index of the string, start and end of its occurrence."""
Find: TypeAlias = Callable[[bytes], Sequence[Match]]
"""Finds all occurrences in data, overlapping ones too, in any order."""

MAX_CHUNK: Final = 1 << 16
"""Bytes that are searched in one call: a hostile body of many matches must not fill the memory with them."""


def automaton(strings: Sequence[bytes], *, is_fixed: bool = False) -> Find:
    """A search by an Aho-Corasick automaton: a larger, faster one for strings that never change."""
    kinds = _library.Implementation
    kind = kinds.DFA if is_fixed else kinds.ContiguousNFA
    find = _library.BytesAhoCorasick(strings, implementation=kind).find_matches_as_indexes
    # Most data holds none of the strings, which a search that stops at each match finds out in half the time.
    return lambda data: find(data, overlapping=True) if find(data) else ()


def one_by_one(strings: Sequence[bytes], *, is_fixed: bool = False) -> Find:
    """A search for one string after the other."""
    del is_fixed
    numbered = tuple(enumerate(strings))

    def find(data: bytes) -> Sequence[Match]:
        return [match for index, string in numbered if string in data for match in _occurrences(index, string, data)]

    return find


def _occurrences(index: int, string: bytes, data: bytes) -> Iterator[Match]:
    at = data.find(string)
    while at >= 0:
        yield index, at, at + len(string)
        at = data.find(string, at + 1)


METHOD = one_by_one if _library is None else automaton
"""How the searches of this process work that are built from now on."""


class ByteSearch:
    """A search for byte strings, none of which is empty.

    Args:
        strings: What to search for.
        is_fixed: Whether it is built once and used for long, so that its speed counts and not the time to build it.

    Attributes:
        strings: As given.
        find: Finds all occurrences in data of at most `MAX_CHUNK` bytes.
    """

    def __init__(self, strings: Iterable[bytes], *, is_fixed: bool = False) -> None:
        self.strings = tuple(strings)
        self.find = METHOD(self.strings, is_fixed=is_fixed)
        self._overlap = max(map(len, self.strings), default=1) - 1

    def each(self, data: bytes) -> Iterator[Match]:
        """Each occurrence in any data, in any order; some come twice."""
        for at in range(0, len(data), MAX_CHUNK):
            for index, start, end in self.find(data[at : at + MAX_CHUNK + self._overlap]):
                yield index, at + start, at + end

    def occurs_in(self, data: bytes) -> bool:
        """Whether one of the strings occurs in any data."""
        return next(self.each(data), None) is not None


@lru_cache(16)
def fixed_search(strings: tuple[bytes, ...]) -> ByteSearch:
    """A search for strings that never change, built once."""
    return ByteSearch(strings, is_fixed=True)

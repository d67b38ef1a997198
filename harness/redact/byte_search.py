"""Searching data for many byte strings at once.

With the package `ahocorasick_rs` (the extra ``fast``) one quick pass finds all of them. Without it a regular expression
finds those that never change, and each of the others takes a pass of its own: slower, with the same results.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from operator import itemgetter
from typing import Any, Final, TypeAlias

try:
    _library: Any = import_module("ahocorasick_rs")
except ImportError:  # no wheel for this platform, or the extra is not installed
    _library = None

Match: TypeAlias = tuple[int, int, int]
"""Index of the string, start and end of its occurrence."""
Find: TypeAlias = Callable[[bytes], Sequence[Match]]
"""Finds all occurrences in data, overlapping ones too, in any order."""

_Tree: TypeAlias = "dict[int, _Tree]"

_INDEX: Final = itemgetter(0)
MAX_CHUNK: Final = 1 << 16
"""Bytes that are searched in one call: a hostile body of many matches must not fill the memory with them."""


def automaton(strings: Sequence[bytes], *, is_fixed: bool = False) -> Find:
    """Return a search for the strings by an Aho-Corasick automaton; a fixed one is slower to build and faster."""
    kinds = _library.Implementation
    kind = kinds.DFA if is_fixed else kinds.ContiguousNFA
    find = _library.BytesAhoCorasick(strings, implementation=kind).find_matches_as_indexes
    # Most data holds none of the strings, which a search that stops at each match finds out in half the time.
    return lambda data: find(data, overlapping=True) if find(data) else ()


def one_by_one(strings: Sequence[bytes], *, is_fixed: bool = False) -> Find:
    """A search for one string after the other; for strings that never change, by one regular expression."""
    if is_fixed and strings:
        return _by_expression(strings)
    numbered = tuple(enumerate(strings))

    def find(data: bytes) -> Sequence[Match]:
        return [match for index, string in numbered if string in data for match in _occurrences(index, string, data)]

    return find


def _by_expression(strings: Sequence[bytes]) -> Find:
    known, beginning = set(strings), defaultdict[bytes, list[tuple[int, bytes]]](list)
    for index, string in enumerate(strings):
        shortest = next(string[:size] for size in range(1, len(string) + 1) if string[:size] in known)
        beginning[shortest].append((index, string))
    # A lookahead, since occurrences may overlap.
    look = re.compile(b"(?=(%s))" % _spelt(_tree(beginning)))

    def find(data: bytes) -> Sequence[Match]:
        return [
            (index, at.start(), at.start() + len(string))
            for at in look.finditer(data)
            for index, string in beginning[at[1]]
            if data.startswith(string, at.start())
        ]

    return find


def _tree(strings: Iterable[bytes]) -> _Tree:
    root: _Tree = {}
    for string in strings:
        node = root
        for byte in string:
            node = node.setdefault(byte, {})
    return root


def _spelt(node: _Tree) -> bytes:
    branches = [re.escape(bytes([byte])) + _spelt(inner) for byte, inner in sorted(node.items())]
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")" if branches else b""


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
        """Yield each occurrence of the strings in data of any size, in any order; some occurrences come twice."""
        for at in range(0, len(data), MAX_CHUNK):
            for index, start, end in self.find(data[at : at + MAX_CHUNK + self._overlap]):
                yield index, at + start, at + end

    def indexes(self, data: bytes) -> set[int]:
        """The indexes of the strings that occur in any data: faster than `each` where some of them occur often."""
        found = set[int]()
        for at in range(0, len(data), MAX_CHUNK):
            found.update(map(_INDEX, self.find(data[at : at + MAX_CHUNK + self._overlap])))
        return found

    def leftmost(self, data: bytes) -> Iterator[Match]:
        """The occurrences in any data that `re.finditer` finds for an alternation of the strings, in its order.

        Of those that begin at one place it is the string given first; the next one begins behind its end.
        """
        upto = 0
        for at in range(0, len(data), MAX_CHUNK):
            found = self.find(data[at : at + MAX_CHUNK + self._overlap])
            # What begins in the overlap is found again with the next chunk.
            for start, index, end in sorted((start, index, end) for index, start, end in found if start < MAX_CHUNK):
                if at + start >= upto:
                    upto = at + end
                    yield index, at + start, upto

    def occurs_in(self, data: bytes) -> bool:
        """Whether one of the strings occurs in any data."""
        return next(self.each(data), None) is not None


def fixed_search(strings: tuple[bytes, ...]) -> ByteSearch:
    """A search for strings that never change, built once."""
    return _fixed_search(strings, METHOD)


@lru_cache(32)
def _fixed_search(strings: tuple[bytes, ...], _method: object) -> ByteSearch:
    return ByteSearch(strings, is_fixed=True)

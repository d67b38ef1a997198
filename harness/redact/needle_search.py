"""`NeedleSearch`: finds the known secrets of a session in data, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from harness.redact.byte_search import MAX_CHUNK, ByteSearch, Match
from harness.redact.vault import Needle, Secret, Vault

Occurrence: TypeAlias = tuple[Secret, Needle, int]
"""A secret, its needle that occurs, and the offset at which it does."""

_LONGEST: Final = 48
"""Of a longer needle only the end is searched for at first, as a large automaton takes long to build. The end, since
tokens of one kind begin alike."""
_GROWTH: Final = 4
"""A group is merged with new secrets if it is at most so many times as large."""


class NeedleSearch:
    """Searches for the needles of a vault's secrets, including those that the vault learns later.

    New secrets are added as a group of their own, which is merged with earlier groups of about its size. So learning
    one more secret costs little, and a search is one pass for each of a few groups.

    Args:
        vault: The secrets.
        since: The vault's generation after which secrets were learned; see `Vault.searched`.
    """

    def __init__(self, vault: Vault, since: int = 0) -> None:
        self._vault = vault
        self._since = self._generation = since
        self._groups: list[_Group] = []

    def occurrences(self, data: bytes, until: int | None = None) -> Sequence[Occurrence]:
        """Every occurrence in the order in which the secrets were learned, then by needle and offset.

        Args:
            data: The bytes, as they are.
            until: The generation up to which the secrets were learned; None for all.
        """
        if self._generation != self._vault.generation:
            self._catch_up()
        found: list[Occurrence] = []
        for group in self._groups:
            matches = group.search.find(data) if len(data) <= MAX_CHUNK else {*group.search.each(data)}
            if matches:
                found += group.whole(data, matches)
        return found if until is None else [one for one in found if one[0].generation <= until]

    def needles(self) -> Iterator[Needle]:
        """The strings to search for: each secret in every spelling."""
        yield from (needle for secret in self._vault.searched(self._since) for needle in secret.needles)

    def _catch_up(self) -> None:
        new = [(secret, needle) for secret in self._vault.searched(self._generation) for needle in secret.needles]
        self._generation = self._vault.generation
        while new and self._groups and len(self._groups[-1].rows) <= _GROWTH * len(new):
            new = [*self._groups.pop().rows, *new]
        if new:
            self._groups.append(_Group(new))


class _Group:
    """Needles that are searched for together."""

    def __init__(self, rows: Sequence[tuple[Secret, Needle]]) -> None:
        self.rows = rows
        self.search = ByteSearch(needle.sought[-_LONGEST:] for _, needle in rows)

    def whole(self, data: bytes, matches: Iterable[Match]) -> Iterator[Occurrence]:
        """Yield the occurrences of whole needles, given where in the data the needles' last bytes were found."""
        for index, _, end in sorted(matches):
            secret, needle = self.rows[index]
            start = end - len(needle.sought)
            if start >= 0 and (len(needle.sought) <= _LONGEST or data.startswith(needle.sought, start)):
                yield secret, needle, start

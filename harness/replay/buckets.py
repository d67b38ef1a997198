"""`Bucket`: the exchanges of one method and path, indexed by signature."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import cached_property
from typing import Final

from harness.match.request import ParsedRequest
from harness.match.telling_headers import telling
from harness.replay.entries import ReplayEntry, masked_request

MOST_COMPARED: Final = 60
"""How many exchanges a report compares with a request."""
_MANY: Final = 16
"""From this number of exchanges on, the index by signature is used."""


class Row:
    """Exchanges in file order. `unplayed` does not check the played ones at the front again."""

    def __init__(self) -> None:
        self.entries: list[ReplayEntry] = []
        self._head = 0

    def rewind(self) -> None:
        """Let `unplayed` start at the first exchange again, because a played exchange became unplayed."""
        self._head = 0

    def unplayed(self) -> Iterator[ReplayEntry]:
        """The exchanges that were not played for any client."""
        while self._head < len(self.entries) and self.entries[self._head].played:
            self._head += 1
        return (entry for entry in self._from_head() if not entry.played)

    def _from_head(self) -> Iterator[ReplayEntry]:
        for i in range(self._head, len(self.entries)):
            yield self.entries[i]


class Bucket(Row):
    """Exchanges of one method and path; where they are many, an index finds them by signature."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[Hashable, Row] | None = None
        self._alike: dict[str, Row] | None = None

    def rewind(self) -> None:
        """Start at the first exchange again, because a played exchange became unplayed; see `Row.rewind`."""
        super().rewind()
        for row in (*(self._rows or {}).values(), *(self._alike or {}).values()):
            row.rewind()

    def likely(self, sign: Callable[[ParsedRequest], Hashable], request: ParsedRequest) -> Iterator[ReplayEntry]:
        """The unplayed exchanges of the same signature; none where there are few: no index is made then."""
        if len(self.entries) < _MANY:
            return iter(())
        if self._rows is None:
            self._rows = {}
            for entry in self.entries:
                self._rows.setdefault(sign(entry.request), Row()).entries.append(entry)
        row = self._rows.get(sign(request))
        return iter(()) if row is None else row.unplayed()

    def alike(self, request: ParsedRequest) -> Iterator[ReplayEntry]:
        """The unplayed exchanges that differ in generated values at most; all unplayed ones where there are few."""
        if len(self.entries) < _MANY:
            return self.unplayed()
        if self._alike is None:
            self._alike = {}
            for entry in self.entries:
                self._alike.setdefault(entry.masked_request, Row()).entries.append(entry)
        row = self._alike.get(masked_request(request))
        return self.unplayed() if row is None else row.unplayed()

    @cached_property
    def is_told_by_headers(self) -> bool:
        """Whether the requests of exchanges differ in a header that may tell them apart."""
        return bool(telling([entry.request for entry in self.entries]))

    @cached_property
    def all_said(self) -> int | None:
        """A hash of what each of the sockets' clients sent; None if they differ."""
        said = {entry.said for entry in self.entries}
        return said.pop() if len(said) == 1 else None

    def compared(self) -> list[ReplayEntry]:
        """The exchanges that a report compares: the first unplayed ones, and the last played ones."""
        left = [entry for _, entry in zip(range(MOST_COMPARED), self.unplayed(), strict=False)]
        played = [
            entry for entry in self.entries[max(0, self._head - MOST_COMPARED) :][: 2 * MOST_COMPARED] if entry.played
        ]
        return left + played

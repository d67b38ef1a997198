"""`Bucket`: the exchanges of one method and path, by what tells them apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import cached_property
from typing import Final

from harness.match.deciding import CONDITIONS, preferences
from harness.match.request import ParsedRequest
from harness.replay.entries import ReplayEntry, masked_request

MOST_COMPARED: Final = 60
"""So many exchanges a report compares with what came."""
_MANY: Final = 16
"""From so many equal paths on a request is looked up by its signature first."""


class Row:
    """Entries in file order; those played from the front cost nothing."""

    def __init__(self) -> None:
        self.entries: list[ReplayEntry] = []
        self._head = 0

    def rewind(self) -> None:
        """Start over, as if nothing had been played."""
        self._head = 0

    def unplayed(self) -> Iterator[ReplayEntry]:
        """Those that no client got yet."""
        while self._head < len(self.entries) and self.entries[self._head].played:
            self._head += 1
        return (entry for entry in self._from_head() if not entry.played)

    def _from_head(self) -> Iterator[ReplayEntry]:
        for i in range(self._head, len(self.entries)):
            yield self.entries[i]


class Bucket(Row):
    """Entries of one method and path; where they are many, also found by their signature."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[Hashable, Row] | None = None
        self._alike: dict[str, Row] | None = None

    def rewind(self) -> None:
        """See `Row.rewind`."""
        super().rewind()
        for row in (*(self._rows or {}).values(), *(self._alike or {}).values()):
            row.rewind()

    def likely(self, sign: Callable[[ParsedRequest], Hashable], request: ParsedRequest) -> Iterator[ReplayEntry]:
        """The unplayed entries of the same signature; none if there are few entries anyway."""
        if len(self.entries) < _MANY:
            return iter(())
        if self._rows is None:
            self._rows = {}
            for entry in self.entries:
                self._rows.setdefault(sign(entry.request), Row()).entries.append(entry)
        row = self._rows.get(sign(request))
        return iter(()) if row is None else row.unplayed()

    def alike(self, request: ParsedRequest) -> Iterator[ReplayEntry]:
        """The unplayed entries that differ in generated values at most; all unplayed ones if there are few."""
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
        """Whether entries differ in a header that decides which of them is meant."""
        names = {name for entry in self.entries for name in (*CONDITIONS, *preferences(entry.response_headers))}
        return any(len({entry.request.header(name) for entry in self.entries}) > 1 for name in names)

    def compared(self) -> list[ReplayEntry]:
        """Those that a report compares: some from the front of what is left, and the last that were played."""
        left = [entry for _, entry in zip(range(MOST_COMPARED), self.unplayed(), strict=False)]
        played = [
            entry for entry in self.entries[max(0, self._head - MOST_COMPARED) :][: 2 * MOST_COMPARED] if entry.played
        ]
        return left + played

"""`Catalogue`: the exchanges of a cassette, found by what a client asks for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain
from typing import Final, TypeAlias

from harness.cassette.model import Cassette, Exchange, RequestPart, SocketExchange
from harness.match.asked import Asked
from harness.match.diff import Rules, difference, match
from harness.match.mask import Mask
from harness.match.places import Place, Places
from harness.match.signature import signature
from harness.match.volatile import STAND_IN, Bindings
from harness.replay.origins import Origins
from harness.replay.problems import Nearest, Other
from harness.replay.tape import Tape

SOCKET: Final = "SOCKET"
"""The method under which upgrades are compared."""
_MOST_COMPARED: Final = 60
_MOST_SHOWN: Final = 6
_MANY: Final = 16
"""From so many equal paths on a request is looked up by its signature first."""

Key: TypeAlias = tuple[str, str, tuple[str, ...]]


def request_body(request: RequestPart) -> bytes:
    """The body that a client sent, streamed or not."""
    return request.body.data if request.stream is None else b"".join(line.data for line in request.stream)


def as_asked(exchange: Exchange) -> Asked:
    """What a recorded client asked for."""
    if isinstance(exchange, SocketExchange):
        return Asked(SOCKET, exchange.target, exchange.request.headers)
    return Asked(exchange.method, exchange.target, exchange.request.headers, request_body(exchange.request))


@dataclass(slots=True, eq=False)
class Entry:
    """One exchange, and whether it was played.

    Attributes:
        index: Its place in the cassette, from 0.
        exchange: The exchange.
        asked: What its client asked for.
        tape: Its messages, if it is an accepted socket.
        label: Its name in reports.
        played: Nobody else may have it.
    """

    index: int
    exchange: Exchange
    asked: Asked
    tape: Tape | None
    label: str
    played: bool = False


class _Row:
    """Entries in file order; those played from the front cost nothing."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._head = 0

    def rewind(self) -> None:
        self._head = 0

    def unplayed(self) -> Iterator[Entry]:
        while self._head < len(self.entries) and self.entries[self._head].played:
            self._head += 1
        return (entry for entry in self._from_head() if not entry.played)

    def _from_head(self) -> Iterator[Entry]:
        for i in range(self._head, len(self.entries)):
            yield self.entries[i]


class _Bucket(_Row):
    """Entries of one method and path; where they are many, also found by their signature."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[Hashable, _Row] | None = None

    def rewind(self) -> None:
        super().rewind()
        for row in (self._rows or {}).values():
            row.rewind()

    def likely(self, sign: Callable[[Asked], Hashable], asked: Asked) -> Iterator[Entry]:
        """The unplayed entries of the same signature; none if there are few entries anyway."""
        if len(self.entries) < _MANY:
            return iter(())
        if self._rows is None:
            self._rows = {}
            for entry in self.entries:
                self._rows.setdefault(sign(entry.asked), _Row()).entries.append(entry)
        row = self._rows.get(sign(asked))
        return iter(()) if row is None else row.unplayed()

    def compared(self) -> list[Entry]:
        """Those that a report compares: some from the front of what is left, and the last that were played."""
        left = [entry for _, entry in zip(range(_MOST_COMPARED), self.unplayed(), strict=False)]
        played = [
            entry for entry in self.entries[max(0, self._head - _MOST_COMPARED) :][: 2 * _MOST_COMPARED] if entry.played
        ]
        return left + played


class Catalogue:
    """The exchanges of one cassette.

    Args:
        cassette: The cassette.
        places: Where secrets and volatile values stand.
        mask: Learns the recorded secrets.
        origins: Those of the service.
        is_keyed: Whether only exchanges of equal method and path can match.
        is_signed: Whether requests that match have equal signatures.

    Attributes:
        entries: All, in file order.
        volatile: Recorded values at places that are bound when a client's value stands in for them.
        origins: The absolute origins that exchanges go to, apart from the session's own.
    """

    def __init__(
        self,
        cassette: Cassette,
        places: Places,
        mask: Mask,
        origins: Origins,
        *,
        is_keyed: bool = True,
        is_signed: bool = True,
    ) -> None:
        self.entries = [_entry(i, exchange, mask) for i, exchange in enumerate(cassette.exchanges)]
        self._is_keyed = is_keyed
        self._is_signed = is_signed
        self.origins = frozenset(entry.asked.origin for entry in self.entries) - {""}
        self._buckets: dict[Key, _Bucket] = {}
        for entry in self.entries:
            self._buckets.setdefault(self._key(entry.asked), _Bucket()).entries.append(entry)
        placed = [found for entry in self.entries for found in _placed(entry, places)]
        self.volatile = frozenset(value for place, value in placed if not place.secret and value)
        self.held = self.volatile | {value for place, value in placed if place.secret and STAND_IN in value}
        for entry in self.entries:
            mask.learn_headers(entry.asked.headers)
            if entry.tape is not None:
                entry.tape.mark(self.held, origins)
        mask.learn(value for place, value in placed if place.secret)

    def rewind(self) -> None:
        """Nothing was played yet."""
        for entry in self.entries:
            entry.played = False
        for bucket in self._buckets.values():
            bucket.rewind()

    def unplayed(self, asked: Asked, bindings: Bindings) -> Iterator[Entry]:
        """What might answer: equal in method and path, not played yet, in file order."""
        bucket = self._bucket(asked, bindings)
        return iter(()) if bucket is None else bucket.unplayed()

    def first(self, asked: Asked, rules: Rules, bindings: Bindings) -> tuple[Entry, Bindings] | None:
        """The first unplayed entry that matches, with what that binds."""
        bucket = self._bucket(asked, bindings)
        if bucket is None:
            return None

        def sign(each: Asked) -> Hashable:
            return signature(each, rules.places, lambda text: text in self.held or bindings.recorded(text) is not None)

        likely = bucket.likely(sign, asked) if self._is_signed else ()
        for entry in chain(likely, bucket.unplayed()):
            trial = match(entry.asked, asked, rules, bindings)
            if trial is not None:
                return entry, trial
        return None

    def played(self, asked: Asked, rules: Rules, bindings: Bindings) -> Entry | None:
        """An entry that would have matched, had it not been played."""
        bucket = self._bucket(asked, bindings)
        for entry in bucket.compared() if bucket is not None else ():
            if entry.played and match(entry.asked, asked, rules, bindings) is not None:
                return entry
        return None

    def nearest(self, asked: Asked, rules: Rules, bindings: Bindings) -> tuple[Nearest | None, tuple[Other, ...]]:
        """The entry that is most like what was asked for, with its differences; and what the others differ in."""
        ranked: list[tuple[int, int, Nearest]] = []
        for i, entry in enumerate(self._alike(asked, bindings)):
            found = difference(entry.asked, asked, rules, bindings)
            weight = sum(_WEIGHTS.get(each.field, 1) for each in found)
            ranked.append((weight, i, Nearest(entry.label, tuple(found), entry.played)))
        ranked.sort(key=lambda each: each[:2])
        if not ranked:
            return None, ()
        return ranked[0][2], tuple(Other(near.exchange, _why(near)) for _, _, near in ranked[1 : 1 + _MOST_SHOWN])

    def _alike(self, asked: Asked, bindings: Bindings) -> Sequence[Entry]:
        bucket = self._bucket(asked, bindings)
        if bucket is not None:
            return bucket.compared()
        path = asked.path
        ranks = {
            key: SequenceMatcher(None, "/".join(key[2])[:200], path[:200], autojunk=False).ratio()
            for key in list(self._buckets)[:500]
        }
        best = sorted(ranks, key=lambda key: ranks[key], reverse=True)[:_MOST_SHOWN]
        return [entry for key in best for entry in self._buckets[key].compared()][:_MOST_COMPARED]

    def again(self, asked: Asked, rules: Rules, bindings: Bindings) -> tuple[Entry, Bindings] | None:
        """Of those that match and were played the last in the file, with what that binds."""
        bucket = self._bucket(asked, bindings)
        for entry in reversed(bucket.entries if bucket is not None else ()):
            trial = match(entry.asked, asked, rules, bindings) if entry.played else None
            if trial is not None:
                return entry, trial
        return None

    def _key(self, asked: Asked) -> Key:
        if self._is_keyed:
            return asked.method, asked.origin, asked.segments
        return (SOCKET if asked.method == SOCKET else "", "", ())

    def _bucket(self, asked: Asked, bindings: Bindings) -> _Bucket | None:
        found = self._buckets.get(self._key(asked))
        if found is not None:
            return found
        recorded = tuple(bindings.recorded(segment) or segment for segment in asked.segments)
        return self._buckets.get((asked.method, asked.origin, recorded))


_WEIGHTS: Final = {"method": 20, "path": 20, "origin": 20}


def _entry(index: int, exchange: Exchange, mask: Mask) -> Entry:
    asked = as_asked(exchange)
    tape = None
    if isinstance(exchange, SocketExchange) and exchange.response is not None and exchange.response.status == 101:
        tape = Tape(exchange)
    return Entry(index, exchange, asked, tape, f"exchange {index + 1}: {shown(asked, mask)}")


def shown(asked: Asked, mask: Mask) -> str:
    """A request in one line, without its secrets; a socket without its query, which is long and says little."""
    if asked.method == SOCKET:
        return f"socket {mask.text(asked.target.partition('?')[0][:2000])[:300]}"
    return f"{asked.method} {mask.text(asked.target[:2000])[:300]}"


def _placed(entry: Entry, places: Places) -> Iterator[tuple[Place, str]]:
    yield from entry.asked.placed(places)
    for said in entry.tape.said if entry.tape is not None else ():
        yield from said.placed(places)


def _why(near: Nearest) -> str:
    if not near.differences:
        return "already played"
    fields = ", ".join(each.field for each in near.differences[:4])
    more = f" and {len(near.differences) - 4} more" if len(near.differences) > 4 else ""
    return f"differs in {fields}{more}" + (", and already played" if near.played else "")

"""`Catalogue`: the exchanges of a cassette, found by what a client asks for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from itertools import chain, islice
from typing import Final, TypeAlias

from harness.cassette.model import Cassette, Exchange, SocketExchange
from harness.match.bindings import STAND_IN, Bindings
from harness.match.compare import Rules, difference, match
from harness.match.generated import generated_in
from harness.match.lenience import Lenience
from harness.match.mask import Mask
from harness.match.named_places import NamedPlaces
from harness.match.placeholders import captured, may_hold
from harness.match.places import Place, Places
from harness.match.request import ParsedRequest
from harness.match.signature import Free, signature
from harness.origins import Origins
from harness.replay.buckets import MOST_COMPARED, Bucket
from harness.replay.choosing import ChosenExchange, by_preference
from harness.replay.entries import SOCKET, ReplayEntry, as_asked
from harness.replay.evidence import ValueEvidence
from harness.replay.issued import Issued
from harness.replay.problems import Nearest, Other
from harness.replay.tape import Tape

_MOST_SHOWN: Final = 6
MOST_FITTING: Final = 64
"""Of the exchanges that fit a request so many are weighed against each other."""

Key: TypeAlias = tuple[str, str, tuple[str, ...]]
Fitting: TypeAlias = list[tuple[ReplayEntry, Bindings]]
LenienceOf: TypeAlias = Callable[[ReplayEntry], Lenience]


class Catalogue:
    """The exchanges of one cassette.

    Args:
        cassette: The cassette.
        places: Where secrets and volatile values stand.
        mask: Learns the recorded secrets.
        origins: Those of the service.
        is_keyed: Whether only exchanges of equal method and path can match.
        is_signed: Whether requests that match have equal signatures.
        named: The places that the user named: paths that differ there only are alike.

    Attributes:
        entries: All, in file order.
        volatile: Recorded values at places that are bound when a client's value stands in for them.
        origins: The absolute origins that exchanges go to, apart from the session's own.
        issued: The values that the service named.
        evidence: What the cassette says of a value.
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
        named: NamedPlaces | None = None,
    ) -> None:
        self._named = named
        self.entries = [_entry(i, exchange, mask) for i, exchange in enumerate(cassette.exchanges)]
        _share_heartbeats(self.entries)
        self.issued = Issued(self.entries)
        self.evidence = ValueEvidence(cassette, self.entries)
        self._is_keyed = is_keyed
        self._is_signed = is_signed
        self.origins = frozenset(entry.asked.origin for entry in self.entries) - {""}
        self._buckets: dict[Key, Bucket] = {}
        for entry in self.entries:
            self._buckets.setdefault(self._key(entry.asked), Bucket()).entries.append(entry)
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

    def unplay(self, entry: ReplayEntry) -> None:
        """Another exchange was played in this one's place: it may be played yet."""
        for bucket in self._buckets.values():
            if entry in bucket.entries:
                bucket.rewind()

    def unplayed(self, asked: ParsedRequest, bindings: Bindings) -> Iterator[ReplayEntry]:
        """What might answer: equal in method and path, not played yet, in file order."""
        for bucket in self._buckets_for(asked, bindings):
            yield from bucket.unplayed()

    def first(self, asked: ParsedRequest, rules: Rules, bindings: Bindings) -> ChosenExchange | None:
        """The unplayed entry that matches exactly, with what that binds; of several that which the headers mean."""
        for bucket in self._buckets_for(asked, bindings):
            fitting = islice(self._fitting_in(bucket, asked, rules, bindings), MOST_FITTING)
            if not bucket.is_told_by_headers:
                found = next(fitting, None)
                if found is not None:
                    return ChosenExchange(*found)
                continue
            every = sorted({entry.index: (entry, trial) for entry, trial in fitting}.items())
            if every:
                return by_preference([found for _, found in every], asked, rules.named)
        return None

    def _fitting_in(
        self, bucket: Bucket, asked: ParsedRequest, rules: Rules, bindings: Bindings
    ) -> Iterator[tuple[ReplayEntry, Bindings]]:
        free = Free(
            places=rules.places,
            value=lambda text: text in self.held or bindings.recorded(text) is not None,
            named=rules.named,
        )

        def sign(each: ParsedRequest) -> Hashable:
            return signature(each, free)

        likely = bucket.likely(sign, asked) if self._is_signed else ()
        for entry in chain(likely, bucket.unplayed()):
            trial = match(entry.asked, asked, rules, bindings)
            if trial is not None:
                yield entry, trial

    def lenient(self, asked: ParsedRequest, rules: Rules, bindings: Bindings, lenience_of: LenienceOf) -> Fitting:
        """The unplayed entries that differ in what their lenience accepts only, in file order; not more than 64."""
        fitting: Fitting = []
        for bucket in self._like_buckets(asked, bindings):
            for entry in bucket.alike(asked):
                trial = match(entry.asked, asked, rules, bindings, lenience_of(entry))
                if trial is not None:
                    fitting.append((entry, trial))
                    if len(fitting) == MOST_FITTING:
                        return sorted(fitting, key=lambda found: found[0].index)
        return sorted(fitting, key=lambda found: found[0].index)

    def played(self, asked: ParsedRequest, rules: Rules, bindings: Bindings) -> ReplayEntry | None:
        """An entry that would have matched, had it not been played."""
        for entry in chain.from_iterable(bucket.compared() for bucket in self._buckets_for(asked, bindings)):
            if entry.played and match(entry.asked, asked, rules, bindings) is not None:
                return entry
        return None

    def nearest(
        self, asked: ParsedRequest, rules: Rules, bindings: Bindings
    ) -> tuple[Nearest | None, tuple[Other, ...]]:
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

    def _alike(self, asked: ParsedRequest, bindings: Bindings) -> Sequence[ReplayEntry]:
        same = [entry for bucket in self._like_buckets(asked, bindings) for entry in bucket.compared()]
        if same:
            return same[:MOST_COMPARED]
        path = asked.path
        ranks = {
            key: SequenceMatcher(None, "/".join(key[2])[:200], path[:200], autojunk=False).ratio()
            for key in list(self._buckets)[:500]
        }
        best = sorted(ranks, key=lambda key: ranks[key], reverse=True)[:_MOST_SHOWN]
        return [entry for key in best for entry in self._buckets[key].compared()][:MOST_COMPARED]

    def again(
        self, asked: ParsedRequest, rules: Rules, bindings: Bindings, lenience_of: LenienceOf | None = None
    ) -> tuple[ReplayEntry, Bindings] | None:
        """Of those that match and were played the last in the file, with what that binds.

        Args:
            asked: What came.
            rules: By what to compare.
            bindings: What is bound.
            lenience_of: What else may differ.
        """
        find = self._buckets_for if lenience_of is None else self._like_buckets
        every = [entry for bucket in find(asked, bindings) for entry in bucket.entries if entry.played]
        for entry in sorted(every, key=lambda each: each.index, reverse=True):
            lenience = None if lenience_of is None else lenience_of(entry)
            trial = match(entry.asked, asked, rules, bindings, lenience)
            if trial is not None:
                return entry, trial
        return None

    def _key(self, asked: ParsedRequest) -> Key:
        if self._is_keyed:
            return asked.method, asked.origin, self._freed(asked.segments)
        return (SOCKET if asked.method == SOCKET else "", "", ())

    def _freed(self, segments: tuple[str, ...]) -> tuple[str, ...]:
        """The segments of a path, without those that stand at places which the user named."""
        named = self._named
        if named is None:
            return segments
        # The first one is what stands before the leading slash: nothing.
        return tuple("" if at and named.frees(f"path[{at - 1}]") else each for at, each in enumerate(segments))

    def _buckets_for(self, asked: ParsedRequest, bindings: Bindings) -> list[Bucket]:
        """The entries whose path is this one: as it stands, by what is bound, or by placeholders in it."""
        keys = [self._key(asked)]
        if self._is_keyed:
            came = method, origin, segments = asked.method, asked.origin, self._freed(asked.segments)
            recorded = tuple(bindings.recorded(segment) or segment for segment in segments)
            keys = [(method, origin, recorded), *keys]
            keys += [key for key in self._keys_with_placeholders if _is_like(key, came)]
        return [self._buckets[key] for key in dict.fromkeys(keys) if key in self._buckets]

    def _like_buckets(self, asked: ParsedRequest, bindings: Bindings) -> list[Bucket]:
        """Those, and the entries whose path differs in generated or issued values only."""
        found = self._buckets_for(asked, bindings)
        if not self._is_keyed:
            return found
        same_length = self._keys_by_length.get((asked.method, asked.origin, len(asked.segments)), ())
        segments = self._freed(asked.segments)
        more = [self._buckets[key] for key in same_length if self._may_be(key[2], segments)]
        return list(dict.fromkeys([*found, *more]))

    def _may_be(self, recorded: tuple[str, ...], actual: tuple[str, ...]) -> bool:
        return all(
            one == other
            or self.issued.knows(one)
            or next(generated_in(one), None) is not None
            or (may_hold(one) and bool(captured(one, other)))
            for one, other in zip(recorded, actual, strict=True)
        )

    def untold(self, entry: ReplayEntry, asked: ParsedRequest, bindings: Bindings) -> list[ReplayEntry]:
        """The unplayed entries that a request fits as well but for placeholders, and that have other answers."""
        alike = (each for each in islice(self.unplayed(asked, bindings), MOST_FITTING) if each is not entry)
        return [
            each
            for each in alike
            if each.masked_request == entry.masked_request and each.masked_answer != entry.masked_answer
        ]

    @cached_property
    def _keys_by_length(self) -> dict[tuple[str, str, int], list[Key]]:
        found: dict[tuple[str, str, int], list[Key]] = {}
        for key in self._buckets:
            found.setdefault((key[0], key[1], len(key[2])), []).append(key)
        return found

    @cached_property
    def _keys_with_placeholders(self) -> list[Key]:
        return [key for key in self._buckets if any(may_hold(segment) for segment in key[2])]


def _is_like(key: Key, came: Key) -> bool:
    """Whether a path with placeholders fits the one that came."""
    if key[:2] != came[:2] or len(key[2]) != len(came[2]):
        return False
    return all(one == other or captured(one, other) for one, other in zip(key[2], came[2], strict=True))


_WEIGHTS: Final = {"method": 20, "path": 20, "origin": 20}


def _entry(index: int, exchange: Exchange, mask: Mask) -> ReplayEntry:
    asked = as_asked(exchange)
    tape = None
    if isinstance(exchange, SocketExchange) and exchange.response is not None and exchange.response.status == 101:
        tape = Tape(exchange)
    return ReplayEntry(index, exchange, asked, tape, mask)


def _share_heartbeats(entries: Sequence[ReplayEntry]) -> None:
    """What answers heartbeats on one socket does so on the others, where there were too few to tell."""
    tapes = [entry.tape.heartbeats for entry in entries if entry.tape is not None and entry.tape.heartbeats.replies]
    known = frozenset(pair for heartbeats in tapes for pair in heartbeats.learnt)
    if not known:
        return
    for entry in entries:
        if entry.tape is not None and entry.tape.heartbeats.has_unanswered:
            assert isinstance(entry.exchange, SocketExchange)
            entry.tape = Tape(entry.exchange, known)


def _placed(entry: ReplayEntry, places: Places) -> Iterator[tuple[Place, str]]:
    yield from entry.asked.placed(places)
    for said in entry.tape.said if entry.tape is not None else ():
        yield from said.placed(places)


def _why(near: Nearest) -> str:
    if not near.differences:
        return "already played"
    fields = ", ".join(each.field for each in near.differences[:4])
    more = f" and {len(near.differences) - 4} more" if len(near.differences) > 4 else ""
    return f"differs in {fields}{more}" + (", and already played" if near.played else "")

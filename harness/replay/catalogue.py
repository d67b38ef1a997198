"""`Catalogue`: the exchanges of a cassette, found by an actual request."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterator, Mapping
from itertools import chain, islice
from types import MappingProxyType
from typing import Final, TypeAlias

from harness.cassette.model import Cassette
from harness.match.bindings import PLACEHOLDER_MARK, Bindings
from harness.match.compare import Rules, match
from harness.match.lenience import Lenience
from harness.match.request import ParsedRequest
from harness.match.signature import Free, signature
from harness.origins import Origins
from harness.replay.buckets import Bucket
from harness.replay.cassette_entries import entries_of, placed_values
from harness.replay.choosing import ChosenExchange, by_headers
from harness.replay.entries import ReplayEntry
from harness.replay.evidence import ValueEvidence
from harness.replay.issued import Issued
from harness.replay.nearest import nearest
from harness.replay.path_index import PathIndex
from harness.replay.problems import Nearest, Other
from harness.replay.resuming import line_after
from harness.replay.socket_reading import SocketReading

MOST_FITTING: Final = 64
"""Of the exchanges that match a request so many are weighed against each other."""

Matched: TypeAlias = tuple[ReplayEntry, Bindings]
"""An exchange that matches a request, and what the match binds."""
LenienceOf: TypeAlias = Callable[[ReplayEntry], Lenience]


class Catalogue:
    """The exchanges of one cassette.

    Args:
        cassette: The cassette.
        rules: How the session compares; their mask learns the recorded secrets.
        origins: Those of the service.

    Attributes:
        entries: All, in file order.
        held: Recorded values that may have to be replaced in what is sent: those at volatile places, and placeholders.
        origins: The absolute origins that exchanges go to, apart from the session's own.
        issued: The values that the service issued.
        evidence: Finds where single values occur in the cassette.
    """

    def __init__(self, cassette: Cassette, rules: Rules, origins: Origins) -> None:
        mask = rules.mask
        self.entries = entries_of(cassette, mask, SocketReading.of(rules.places.profile))
        self.issued = Issued(self.entries)
        self.evidence = ValueEvidence(cassette, self.entries)
        self.origins = frozenset(entry.request.origin for entry in self.entries) - {""}
        # Only with the default do requests that match have equal signatures.
        self._is_signed = rules.match_on.is_default
        self._index = PathIndex(self.entries, self.issued, is_keyed=rules.match_on.is_keyed, named=rules.named)
        placed = [found for entry in self.entries for found in placed_values(entry, rules.places)]
        volatile = frozenset(value for place, value in placed if not place.secret and value)
        self.held = volatile | {value for place, value in placed if place.secret and PLACEHOLDER_MARK in value}
        for entry in self.entries:
            mask.learn_headers(entry.request.headers)
            if entry.tape is not None:
                entry.tape.mark(self.held, origins)
        mask.learn(value for place, value in placed if place.secret)

    def unplay(self, entry: ReplayEntry) -> None:
        """Make an exchange available again, because another one was played in its place."""
        self._index.rewind(entry)

    def unplayed(self, request: ParsedRequest, bindings: Bindings) -> Iterator[ReplayEntry]:
        """The unplayed exchanges of equal method and path, in file order."""
        for bucket in self._index.exact(request, bindings):
            yield from bucket.unplayed()

    def says_one_thing(self, request: ParsedRequest, bindings: Bindings) -> bool:
        """Whether the clients of all sockets of equal path sent the same messages."""
        said = {bucket.all_said for bucket in self._index.exact(request, bindings)}
        return len(said) <= 1 and None not in said

    def first(self, request: ParsedRequest, rules: Rules, bindings: Bindings) -> ChosenExchange | None:
        """The unplayed exchange that matches exactly; of several the one that the request's headers choose."""
        for bucket in self._index.exact(request, bindings):
            fitting = islice(self._fitting_in(bucket, request, rules, bindings), MOST_FITTING)
            if not bucket.is_told_by_headers:
                found = next(fitting, None)
                if found is not None:
                    return ChosenExchange(*found)
                continue
            chosen = by_headers(fitting, request, rules.named)
            if chosen is not None:
                return chosen
        return None

    def _fitting_in(
        self, bucket: Bucket, request: ParsedRequest, rules: Rules, bindings: Bindings
    ) -> Iterator[Matched]:
        free = Free(
            places=rules.places,
            value=lambda text: text in self.held or bindings.recorded(text) is not None,
            named=rules.named,
        )

        def sign(each: ParsedRequest) -> Hashable:
            return signature(each, free)

        likely = bucket.likely(sign, request) if self._is_signed else ()
        for entry in chain(likely, bucket.unplayed()):
            trial = match(entry.request, request, rules, bindings)
            if trial is not None:
                yield entry, trial

    def lenient(
        self,
        request: ParsedRequest,
        rules: Rules,
        bindings: Bindings,
        lenience_of: LenienceOf,
        exact: Mapping[int, Matched] = MappingProxyType({}),
        known: Container[int] = (),
    ) -> list[Matched]:
        """The unplayed exchanges whose differences their lenience accepts, in file order; at most `MOST_FITTING`.

        Args:
            request: The request.
            rules: How to compare.
            bindings: Those of the session; unchanged.
            lenience_of: Makes the lenience towards an exchange.
            exact: Those that match exactly, by index: they need no lenience, so they are not compared again.
            known: Indices of exchanges to leave out.
        """
        fitting: dict[int, Matched] = {}
        for entry in self._alike(request, bindings, fitting):
            if entry.index in known:
                continue
            fits = exact.get(entry.index)
            trial = fits[1] if fits else match(entry.request, request, rules, bindings, lenience_of(entry))
            if trial is not None:
                fitting[entry.index] = (entry, trial)
                if len(fitting) == MOST_FITTING:
                    break
        return [fitting[index] for index in sorted(fitting)]

    def _alike(
        self, request: ParsedRequest, bindings: Bindings, fitting: Mapping[int, Matched]
    ) -> Iterator[ReplayEntry]:
        """The unplayed exchanges that may match a request, each once.

        After those whose text is alike the others follow, unless one of ``fitting`` lets the client keep its ids: once
        ids changed places, texts alike may mean different clients.
        """
        for bucket in self._index.alike(request, bindings):
            tried: set[int] = set()
            for entry in bucket.alike(request):
                tried.add(entry.index)
                yield entry
            if not any(not trial.swaps for _, trial in fitting.values()):
                yield from (entry for entry in bucket.unplayed() if entry.index not in tried)

    def played(self, request: ParsedRequest, rules: Rules, bindings: Bindings) -> ReplayEntry | None:
        """An exchange that matches a request, but was played already; None if there is none."""
        for entry in chain.from_iterable(bucket.compared() for bucket in self._index.exact(request, bindings)):
            if entry.played and match(entry.request, request, rules, bindings) is not None:
                return entry
        return None

    def nearest(
        self, request: ParsedRequest, rules: Rules, bindings: Bindings
    ) -> tuple[Nearest | None, tuple[Other, ...]]:
        """The exchange that is most like a request, with its differences; see `harness.replay.nearest.nearest`."""
        return nearest(self._index, request, rules, bindings)

    def again(
        self, request: ParsedRequest, rules: Rules, bindings: Bindings, lenience_of: LenienceOf | None = None
    ) -> Matched | None:
        """The last played exchange in the file that matches; None if there is none.

        Args:
            request: The actual request.
            rules: How to compare.
            bindings: What is bound in the session.
            lenience_of: What else may differ.
        """
        find = self._index.exact if lenience_of is None else self._index.alike
        every = [entry for bucket in find(request, bindings) for entry in bucket.entries if entry.played]
        for entry in sorted(every, key=lambda each: each.index, reverse=True):
            lenience = None if lenience_of is None else lenience_of(entry)
            trial = match(entry.request, request, rules, bindings, lenience)
            if trial is not None:
                return entry, trial
        return None

    def resumed(
        self, request: ParsedRequest, rules: Rules, bindings: Bindings, event_id: str
    ) -> tuple[ReplayEntry, Bindings, int] | None:
        """A played stream of events that a request asks to go on behind the event with that id.

        Services send the rest of a POST's stream in response to a GET, too (the Model Context Protocol does).

        Returns:
            The exchange, what the match binds, and the number of the line behind the event; of several the exchange
            that is the last in the file. None if there is none.
        """
        for entry in reversed(self.entries):
            start = line_after(entry.exchange, event_id) if entry.played else None
            if start is None:
                continue
            trial = match(entry.request, request, rules, bindings)
            if trial is None and entry.request.method == "POST" and entry.request.target == request.target:
                trial = bindings.copy()
            if trial is not None:
                return entry, trial, start
        return None

    def untold(self, entry: ReplayEntry, request: ParsedRequest, bindings: Bindings) -> list[ReplayEntry]:
        """The unplayed exchanges with the entry's request, placeholders apart, but with another response."""
        alike = (each for each in islice(self.unplayed(request, bindings), MOST_FITTING) if each is not entry)
        return [
            each
            for each in alike
            if each.masked_request == entry.masked_request and each.masked_response != entry.masked_response
        ]

"""Combines a new take with an existing cassette: `append` and `replace_matching`. No I/O.

The exchanges of a take keep their order, and follow all existing exchanges. So the same takes in the same order give
the same cassette; takes that finish in another order give the same exchanges at other times.

Placeholders stay as they are, although two takes may use the same one for different secrets: replaying binds each
placeholder to the client's last value, and the scan recognises placeholders by their look. Generated ids stay, too,
since whoever generates them makes them unique.
"""

from __future__ import annotations

import contextlib
import heapq
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from harness.cassette.model import LIMITS, Call, Cassette, Exchange, Line, Recorded
from harness.match.large_bodies import compared_body
from harness.match.named_places import NamedPlace, NamedPlaces, PlaceError
from harness.match.places import Places
from harness.match.request import ParsedMessage, ParsedRequest
from harness.match.signature import Free, signature
from harness.origins import is_loopback
from harness.profile import ServiceProfile
from harness.record.errors import MergeError

GAP: Final = 1_000_000
"""Microseconds between the end of the existing exchanges and the beginning of the added ones."""
_FREE: Final = "\0"


def append(old: Cassette, new: Cassette) -> Cassette:
    """The exchanges of the old cassette, then those of the new take.

    Raises:
        MergeError: They come from different services, or exceed the limits of a cassette together.
    """
    if not new.exchanges:
        return old
    return _joined(old, new, (*old.exchanges, *_after(old.exchanges, new.exchanges)))


def replace_matching(old: Cassette, new: Cassette, profile: ServiceProfile, free: Iterable[str] = ()) -> Cassette:
    """The old cassette; exchanges of the take replace those with the same request, and the others follow at the end.

    An exchange replaces the first one that is not replaced yet and that has the same request and, on a socket, the same
    messages of the client. Values may differ at the profile's places and at those that the heads name; generated ids
    may differ anywhere.

    Args:
        old: The existing cassette.
        new: The take.
        profile: The service.
        free: Further places whose values do not distinguish requests, as options write them.

    Raises:
        MergeError: As in `append`; exchanges that were replaced do not count.
    """
    if not new.exchanges:
        return old
    named = _named(old, new, free)
    asked_old, asked_new = _Asking(old, profile, named), _Asking(new, profile, named)
    open_slots: dict[Hashable, list[int]] = {}
    for index, each in enumerate(old.exchanges):
        open_slots.setdefault(asked_old.key(each), []).append(index)
    slots: list[Exchange] = list(old.exchanges)
    replaced: set[int] = set()
    rest: list[Exchange] = []
    for each in new.exchanges:
        indices = open_slots.get(asked_new.key(each))
        if indices:
            index = indices.pop(0)
            replaced.add(index)
            slots[index] = msgspec.structs.replace(each, at=old.exchanges[index].at)
        else:
            rest.append(each)
    if len(replaced) == len(old.exchanges):
        # Nothing of the old cassette remains but what people wrote into its head.
        return msgspec.structs.replace(new, order=old.order, **_users_own(old, new))
    kept = _spread(old.exchanges, slots) if old.order == "session" else slots
    return _joined(old, new, (*kept, *_after(kept, rest)))


def alike(cassette: Cassette, profile: ServiceProfile) -> tuple[int, ...]:
    """For each exchange the index of the first one with the same request, as `replace_matching` compares."""
    asking, first = _Asking(cassette, profile, _named(cassette, cassette)), dict[Hashable, int]()
    return tuple(first.setdefault(asking.key(each), index) for index, each in enumerate(cassette.exchanges))


def asked_in(old: Cassette, new: Cassette, profile: ServiceProfile, free: Iterable[str] = ()) -> Cassette:
    """The old cassette with only those exchanges whose requests the new one has, too, and as often."""
    named = _named(old, new, free)
    asked_old, asked_new = _Asking(old, profile, named), _Asking(new, profile, named)
    wanted = Counter(asked_new.key(each) for each in new.exchanges)
    kept: list[Exchange] = []
    for each in old.exchanges:
        key = asked_old.key(each)
        if wanted[key]:
            wanted[key] -= 1
            kept.append(each)
    return msgspec.structs.replace(old, exchanges=tuple(kept))


def _named(old: Cassette, new: Cassette, free: Iterable[str] = ()) -> NamedPlaces | None:
    """The places at which equal requests may differ, according to the heads and the user."""
    places = dict.fromkeys((*old.ignore, *old.bind, *new.ignore, *new.bind, *free))
    found: list[NamedPlace] = []
    for each in places:
        # An invalid place is refused when the cassette is replayed; it must not lose a recording.
        with contextlib.suppress(PlaceError):
            found.append(NamedPlace.parse(each))
    return NamedPlaces(found) if found else None


def end_of(exchange: Exchange) -> int:
    """When the last event of an exchange happened, microseconds since the session began."""
    spans = [line.time for line in _lines(exchange)]
    spans += [part.after for part in (exchange.response, exchange.aborted) if part is not None]
    return exchange.at + max(spans, default=0)


def _lines(exchange: Exchange) -> Iterable[Line]:
    yield from exchange.request.stream or ()
    yield from (exchange.response.stream or ()) if exchange.response is not None else ()
    yield from () if isinstance(exchange, Call) else exchange.messages


def _moved(exchange: Exchange, by: int) -> Exchange:
    return msgspec.structs.replace(exchange, at=exchange.at + by)


def _after(old: Sequence[Exchange], new: Sequence[Exchange]) -> tuple[Exchange, ...]:
    if not old or not new:
        return tuple(new)
    shift = max(map(end_of, old)) + GAP - new[0].at
    return tuple(_moved(each, shift) for each in new)


def _spread(old: Sequence[Exchange], slots: Sequence[Exchange]) -> list[Exchange]:
    """The slots at later times where an earlier exchange takes longer now: what began after its end still does."""
    spread: list[Exchange] = []
    # Slots are sorted by `at`: what ended before one of them ended before all later ones.
    ended: list[tuple[int, int]] = []
    most = 0
    for before, each in zip(old, slots, strict=True):
        while ended and ended[0][0] <= each.at:
            most = max(most, heapq.heappop(ended)[1])
        spread.append(_moved(each, most))
        end = end_of(before)
        heapq.heappush(ended, (end, end_of(spread[-1]) - end))
    return spread


def _joined(old: Cassette, new: Cassette, exchanges: tuple[Exchange, ...]) -> Cassette:
    if old.exchanges and _comparable(old.recorded.origin) != _comparable(new.recorded.origin):
        problem = (
            f"the cassette was recorded from {old.recorded.origin or 'an unknown service'}, the new recording "
            "comes from "
            f"{new.recorded.origin or 'an unknown service'}: record all of it again, or use another cassette"
        )
        raise MergeError(None, problem)
    for name in old.recorded.upstreams.keys() & new.recorded.upstreams.keys():
        before, after = old.recorded.upstreams[name], new.recorded.upstreams[name]
        if old.exchanges and before != after:
            raise MergeError(
                None,
                f"the cassette's upstream {name} is {before}, that of the new recording {after}: record all again",
            )
    if len(exchanges) > LIMITS.exchanges or sum(len(tuple(_lines(each))) for each in exchanges) > LIMITS.lines:
        raise MergeError(
            None,
            "with the new recording the cassette would have too many exchanges or lines: use several cassettes",
        )
    return Cassette(
        recorded=_head(old.recorded, new.recorded),
        exchanges=exchanges,
        redacted=tuple(sorted({*old.redacted, *new.redacted})),
        left_out=tuple(dict.fromkeys((*old.left_out, *new.left_out))),
        order=old.order,
        **_users_own(old, new),
    )


def _users_own(old: Cassette, new: Cassette) -> dict[str, Any]:
    """The fields of the head that people write by hand."""
    return {
        "ignore": tuple(dict.fromkeys((*old.ignore, *new.ignore))),
        "bind": tuple(dict.fromkeys((*old.bind, *new.bind))),
        "match_on": old.match_on or new.match_on,
        "meta": {**old.meta, **new.meta},
    }


def _head(old: Recorded, new: Recorded) -> Recorded:
    newest = max(old, new, key=lambda each: (each.at, each.by, each.client, each.origin))
    upstreams = {**old.upstreams, **new.upstreams}
    return msgspec.structs.replace(newest, complete=old.complete and new.complete, upstreams=upstreams)


def _comparable(origin: str) -> str:
    """An origin for comparison: a local server's without its port, which differs in each run."""
    parts = urlsplit(origin)
    return f"{parts.scheme}://localhost" if is_loopback(parts.hostname) else origin.lower()


class _Asking:
    """Makes a key of each request of one cassette; the keys of two runs of the same clients are equal."""

    def __init__(self, cassette: Cassette, profile: ServiceProfile, named: NamedPlaces | None) -> None:
        self._places = Places(profile)
        self._ids = frozenset(ids_in(cassette.exchanges, self._places))
        self._free = Free(places=self._places, value=self._ids.__contains__, named=named)

    def key(self, exchange: Exchange) -> Hashable:
        request = _request_of(exchange)
        path = tuple(
            _FREE if segment in self._ids or (at and self._free.at(f"path[{at - 1}]")) else segment
            for at, segment in enumerate(request.segments)
        )
        said = () if isinstance(exchange, Call) else tuple(self._said(exchange.messages))
        return (request.method, request.origin, path, signature(request, self._free), said)

    def _said(self, messages: Iterable[Line]) -> Iterable[Hashable]:
        for line in messages:
            if line.direction == ">" and line.kind in {"text", "binary"}:
                yield signature(ParsedRequest(line.kind, "/", (), line.data), self._free, root="")


def _request_of(exchange: Exchange) -> ParsedRequest:
    part = exchange.request
    method = exchange.method if isinstance(exchange, Call) else "SOCKET"
    return ParsedRequest(method, exchange.target, part.headers, compared_body(part))


def ids_in(exchanges: Iterable[Exchange], places: Places) -> Iterable[str]:
    """Yield the values at volatile places of the profile, in what clients and servers sent."""
    for exchange in exchanges:
        found = list(_request_of(exchange).placed(places))
        payloads = [line.data for line in _lines(exchange) if line.data]
        if exchange.response is not None:
            payloads.append(exchange.response.body.searched)
        for payload in payloads:
            found += ParsedMessage("text", payload).placed(places)
        yield from (value for place, value in found if value and not place.secret)

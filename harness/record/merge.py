"""A new take and an old cassette made one: `append` and `replace_matching`. Pure.

Within a take the order of exchanges stays, and a take comes after all that was there: so the same takes written in the
same order give the same cassette, and takes that finish in another order give the same exchanges, but for when each
began. Stand-ins are left as they are, though two takes may use one for different secrets: replaying binds stand-ins
loosely, the client's last value winning, and the scan knows them by their look. Ids that differ from run to run stay,
too: who makes them makes them unique.
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
from harness.match.named_places import NamedPlace, NamedPlaces, PlaceError
from harness.match.places import Places
from harness.match.request import ParsedMessage, ParsedRequest
from harness.match.signature import Free, signature
from harness.origins import is_loopback
from harness.profile import ServiceProfile
from harness.record.errors import MergeError

GAP: Final = 1_000_000
"""Microseconds between the end of what was there and the beginning of what is added."""
_FREE: Final = "\0"


def append(old: Cassette, new: Cassette) -> Cassette:
    """All of the old cassette, then all of the new take.

    Raises:
        MergeError: They come from different services, or are too much together.
    """
    if not new.exchanges:
        return old
    return _joined(old, new, (*old.exchanges, *_after(old.exchanges, new.exchanges)))


def replace_matching(old: Cassette, new: Cassette, profile: ServiceProfile, free: Iterable[str] = ()) -> Cassette:
    """The old cassette with what was asked anew in the place of what it answers, the rest of the take after it.

    An exchange takes the place of the first one that is not replaced yet and whose client asked, and on a socket
    said, the same: but for values at the profile's places and at those that the heads name, and for the ids of
    conversations wherever they stand.

    Args:
        old: What is there.
        new: The take.
        profile: The service.
        free: Further places whose values tell no requests apart, as options write them.

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
        # Nothing of the old cassette is left but the user's own.
        return msgspec.structs.replace(new, order=old.order, **_users_own(old, new))
    kept = _spread(old.exchanges, slots) if old.order == "session" else slots
    return _joined(old, new, (*kept, *_after(kept, rest)))


def alike(cassette: Cassette, profile: ServiceProfile) -> tuple[int, ...]:
    """For each exchange the index of the first one that asked the same, in the terms of `replace_matching`."""
    asking, first = _Asking(cassette, profile, _named(cassette, cassette)), dict[Hashable, int]()
    return tuple(first.setdefault(asking.key(each), index) for index, each in enumerate(cassette.exchanges))


def asked_in(old: Cassette, new: Cassette, profile: ServiceProfile, free: Iterable[str] = ()) -> Cassette:
    """The old cassette with those exchanges alone that the new one's clients asked, too: one for each of theirs."""
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
    """The places at which two requests that are the same may differ, by the heads and by the user."""
    places = dict.fromkeys((*old.ignore, *old.bind, *new.ignore, *new.bind, *free))
    found: list[NamedPlace] = []
    for each in places:
        # What is no place is refused when the cassette is played; it must not cost a recording.
        with contextlib.suppress(PlaceError):
            found.append(NamedPlace.parse(each))
    return NamedPlaces(found) if found else None


def end_of(exchange: Exchange) -> int:
    """Microseconds after the session began when the last of an exchange happened."""
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
    """The slots, each later where an earlier one takes longer now: what came after its end still does."""
    spread: list[Exchange] = []
    # Slots stand in the order of `at`: what has ended before one has ended before all later ones.
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
            f"it was recorded from {old.recorded.origin or 'an unknown service'}, and what was recorded now comes from "
            f"{new.recorded.origin or 'an unknown service'}; record all of it anew, or use another cassette"
        )
        raise MergeError(None, problem)
    if len(exchanges) > LIMITS.exchanges or sum(len(tuple(_lines(each))) for each in exchanges) > LIMITS.lines:
        raise MergeError(None, "with what was recorded now it would be larger than the limits allow; use several")
    return Cassette(
        recorded=_head(old.recorded, new.recorded),
        exchanges=exchanges,
        redacted=tuple(sorted({*old.redacted, *new.redacted})),
        left_out=tuple(dict.fromkeys((*old.left_out, *new.left_out))),
        order=old.order,
        **_users_own(old, new),
    )


def _users_own(old: Cassette, new: Cassette) -> dict[str, Any]:
    """What people write into cassettes by hand."""
    return {
        "ignore": tuple(dict.fromkeys((*old.ignore, *new.ignore))),
        "bind": tuple(dict.fromkeys((*old.bind, *new.bind))),
        "match_on": old.match_on or new.match_on,
        "meta": {**old.meta, **new.meta},
    }


def _head(old: Recorded, new: Recorded) -> Recorded:
    newest = max(old, new, key=lambda each: (each.at, each.by, each.client, each.origin))
    return msgspec.structs.replace(newest, complete=old.complete and new.complete)


def _comparable(origin: str) -> str:
    """An origin; a local server's without its port, which is another one in each run."""
    parts = urlsplit(origin)
    return f"{parts.scheme}://localhost" if is_loopback(parts.hostname) else origin.lower()


class _Asking:
    """What the clients of one cassette asked, in terms that are equal for another run of the same."""

    def __init__(self, cassette: Cassette, profile: ServiceProfile, named: NamedPlaces | None) -> None:
        self._places = Places(profile)
        self._ids = frozenset(ids_in(cassette.exchanges, self._places))
        self._free = Free(places=self._places, value=self._ids.__contains__, named=named)

    def key(self, exchange: Exchange) -> Hashable:
        asked = _asked(exchange)
        path = tuple(
            _FREE if segment in self._ids or (at and self._free.at(f"path[{at - 1}]")) else segment
            for at, segment in enumerate(asked.segments)
        )
        said = () if isinstance(exchange, Call) else tuple(self._said(exchange.messages))
        return (asked.method, asked.origin, path, signature(asked, self._free), said)

    def _said(self, messages: Iterable[Line]) -> Iterable[Hashable]:
        for line in messages:
            if line.direction == ">" and line.kind in {"text", "binary"}:
                yield signature(ParsedRequest(line.kind, "/", (), line.data), self._free, root="")


def _asked(exchange: Exchange) -> ParsedRequest:
    part = exchange.request
    body = part.body.data if part.stream is None else b"".join(line.data for line in part.stream)
    method = exchange.method if isinstance(exchange, Call) else "SOCKET"
    return ParsedRequest(method, exchange.target, part.headers, body)


def ids_in(exchanges: Iterable[Exchange], places: Places) -> Iterable[str]:
    """The values at volatile places, of clients and servers alike."""
    for exchange in exchanges:
        found = list(_asked(exchange).placed(places))
        payloads = [line.data for line in _lines(exchange) if line.data]
        if exchange.response is not None:
            payloads.append(exchange.response.body.data)
        for payload in payloads:
            found += ParsedMessage("text", payload).placed(places)
        yield from (value for place, value in found if value and not place.secret)

"""Calls of JSON-RPC and GraphQL that a client collects in batches, and that a replay cuts in another way.

A client that collects calls for a few milliseconds sends those that were made in time. Chance decides which these are,
so the batches of a replay differ from the recorded ones though the calls are the same. Each call of such a batch is
answered by the reply that it had in whichever batch it was recorded in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, cast

import msgspec

from harness.cassette.model import Body, Call, whole_body
from harness.framing.json_values import NOT_JSON, parse_json
from harness.match.bindings import Bindings
from harness.match.compare import Rules, match
from harness.match.match_on import MATCH_BY_DEFAULT
from harness.match.request import ParsedRequest
from harness.replay.catalogue import Catalogue
from harness.replay.entries import ReplayEntry
from harness.replay.problems import Unplayed

_OK: Final = 200
_Item = Mapping[str, object]


class _Recorded(NamedTuple):
    """One recorded call, and the reply to it; None for a notification."""

    entry: ReplayEntry
    number: int
    call: _Item
    reply: _Item | None


class BatchedCalls:
    """The recorded calls of a session, for requests whose batches were cut in another way when recorded.

    Args:
        catalogue: The exchanges.
        bindings: Those of the session.
        keep: Takes over what a match binds.
        begin: Marks an exchange as played.
        note: Adds a note to the report.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        bindings: Bindings,
        *,
        keep: Callable[[Bindings], None],
        begin: Callable[[ReplayEntry], None],
        note: Callable[[str], None],
    ) -> None:
        self._catalogue = catalogue
        self._bindings = bindings
        self._keep = keep
        self._begin = begin
        self._note = note
        self._known: dict[int, list[_Recorded]] = {}
        self._left: dict[int, list[_Recorded]] = {}

    def find(self, request: ParsedRequest, rules: Rules) -> ReplayEntry | None:
        """An exchange made of the replies to the calls of a request; None if one of them was not recorded, or is none.

        Raises:
            MatcherError: A function of the profile raised.
        """
        calls = _calls_of(request.json) if request.method == "POST" else []
        if not calls or rules.strict_order or rules.match_on is not MATCH_BY_DEFAULT:
            return None
        is_batch = isinstance(request.json, list)
        found: list[tuple[_Recorded, Bindings]] = []
        for call in calls:
            taken = [each for each, _ in found]
            one = self._first(call, request, rules, taken, is_batch=is_batch)
            if one is None:
                return None
            found.append(one)
        replies = [
            {**each.reply, **({"id": call["id"]} if "id" in each.reply and "id" in call else {})}
            for call, (each, _) in zip(calls, found, strict=True)
            if each.reply is not None
        ]
        if not replies:
            return None
        for recorded, trial in found:
            self._keep(trial)
            self._take(recorded)
        return _made(found[0][0].entry, request, replies if is_batch else replies[0])

    def unplayed(self) -> list[Unplayed]:
        """The exchanges of which some calls were requested in other batches, and some were not requested."""
        return [
            Unplayed(exchange=left[0].entry.label, unsaid=len(left), first=_name(left[0].call), begun=True)
            for left in self._left.values()
            if left
        ]

    def _first(
        self, call: _Item, request: ParsedRequest, rules: Rules, taken: Sequence[_Recorded], *, is_batch: bool
    ) -> tuple[_Recorded, Bindings] | None:
        actual = request.with_body(_unnumbered(call))
        for each in self._open(is_batch=is_batch):
            if each.call.keys() == call.keys() and not any(each is other for other in taken):
                recorded = each.entry.request.with_body(_unnumbered(each.call))
                trial = match(recorded, actual, rules, self._bindings)
                if trial is not None:
                    return each, trial
        return None

    def _open(self, *, is_batch: bool) -> Iterator[_Recorded]:
        """The calls without a request so far; for a request of a single call those of batches only."""
        for entry in self._catalogue.entries:
            if entry.index in self._left:
                yield from self._left[entry.index]
            elif not entry.played and (is_batch or isinstance(entry.request.json, list)):
                yield from self._recorded(entry)

    def _recorded(self, entry: ReplayEntry) -> list[_Recorded]:
        if entry.index not in self._known:
            self._known[entry.index] = [*_recorded_calls(entry)]
        return self._known[entry.index]

    def _take(self, recorded: _Recorded) -> None:
        entry = recorded.entry
        if entry.index not in self._left:
            self._left[entry.index] = [*self._recorded(entry)]
            self._begin(entry)
            self._note(f"{entry.label}: its calls came in other batches")
        self._left[entry.index].remove(recorded)


def _recorded_calls(entry: ReplayEntry) -> Iterator[_Recorded]:
    response = entry.exchange.response
    calls = _calls_of(entry.request.json) if entry.request.method == "POST" else []
    if not calls or not isinstance(entry.exchange, Call) or response is None or response.status != _OK:
        return
    answered: object = parse_json(whole_body(response))
    replies = _items(answered)
    for number, call in enumerate(calls):
        if "jsonrpc" not in call:
            reply = replies[number] if len(replies) == len(calls) else None
        else:
            reply = next((each for each in replies if "id" in call and each.get("id") == call["id"]), None)
        if reply is not None or ("jsonrpc" in call and "id" not in call):
            yield _Recorded(entry, number, call, reply)


def _calls_of(value: object) -> list[_Item]:
    """The calls of a request's body; none if it is something else."""
    found = [] if value is NOT_JSON else _items(value)
    return found if all(map(_is_call, found)) else []


def _items(value: object) -> list[_Item]:
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    found = [cast("dict[str, object]", each) for each in items if isinstance(each, dict)]
    return [*found] if len(found) == len(items) else []


def _is_call(item: _Item) -> bool:
    if "jsonrpc" in item:
        return isinstance(item.get("method"), str)
    return isinstance(item.get("query"), str) or isinstance(item.get("extensions"), dict)


def _unnumbered(call: _Item) -> bytes:
    return json.dumps({**call, "id": 0} if "jsonrpc" in call and "id" in call else call).encode()


def _name(call: _Item) -> str:
    name = call.get("method") if "jsonrpc" in call else call.get("operationName")
    return name[:80] if isinstance(name, str) else "a call"


def _made(entry: ReplayEntry, request: ParsedRequest, replies: object) -> ReplayEntry:
    """An exchange with these replies, of which all else is as in a recorded one."""
    exchange = cast("Call", entry.exchange)
    response = exchange.response
    assert response is not None
    whole = msgspec.structs.replace(response, body=Body(data=json.dumps(replies).encode()), stream=None, trailers=())
    made = msgspec.structs.replace(exchange, response=whole)
    return ReplayEntry(entry.index, made, request, None, entry.mask, entry.reading, played=True)

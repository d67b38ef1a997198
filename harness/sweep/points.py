"""Which faults strike where: the rules of a sweep, made from what a cassette holds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from harness.cassette.model import Call, Cassette, Line, ResponsePart, SocketExchange, searched_body
from harness.faults.event_faults import EventSplitter, is_streamed
from harness.faults.parsing import parse_rule
from harness.faults.rule import FaultRule
from harness.profile import ServiceProfile
from provider.websocket import header

REQUEST_FAULTS: Final = ("status 503", "status 429 retry-after=1", "status 401", "cut", "html", "malformed")
UPGRADE_FAULTS: Final = ("status 503", "status 401", "cut", "html", "wrong-key")
MESSAGE_FAULTS: Final = (
    *("cut after {}", "reset after {}", "close 1012 after {}", "close 1011 after {}", "stall after {}"),
    *("lose at {}", "duplicate at {}", "late at {}", "malform at {}", "unknown at {}"),
    *("not-utf8 at {}", "cut-frame at {}"),
)
EVERY_MESSAGE: Final = ("slice 1 at every message", "fragment 3 at every message")
EVENT_FAULTS: Final = (
    *("cut after {}", "reset after {}", "end after {}", "stall after {}"),
    *("lose at {}", "duplicate at {}", "malform at {}", "unknown at {}", "error at {}"),
)
EVERY_EVENT: Final = ("slice 1 at every event", "endings crlf at every event")
_MOST_PLACES: Final = 6
_NAMES: Final = ("event", "type", "method", "op", "kind")


def rules_for(cassette: Cassette, profile: ServiceProfile, only: Sequence[str] = ()) -> list[FaultRule]:
    """The rules of a sweep, each once.

    Args:
        cassette: What the program is run against.
        profile: Names the events.
        only: Names of faults; empty for all.
    """
    lines = [line for exchange in cassette.exchanges for line in _of(exchange, profile)]
    rules = [parse_rule(line) for line in dict.fromkeys(lines)]
    return [rule for rule in rules if not only or rule.fault in only]


def thinned(rules: Sequence[FaultRule], budget: int | None, seed: int) -> list[FaultRule]:
    """At most ``budget`` of the rules, chosen at random by a seed, in their order; all if ``budget`` is None."""
    if budget is None or len(rules) <= budget:
        return list(rules)
    chosen = set(random.Random(seed).sample(range(len(rules)), budget))  # noqa: S311  # a choice, no secret
    return [rule for index, rule in enumerate(rules) if index in chosen]


def _of(exchange: Call | SocketExchange, profile: ServiceProfile) -> Iterator[str]:
    path = urlsplit(exchange.target).path
    if exchange.response is None:
        return
    if isinstance(exchange, SocketExchange):
        yield from (f"{fault} at upgrade 1 of {path}" for fault in UPGRADE_FAULTS)
        sent = [line for line in exchange.messages if line.direction == "<" and line.kind in ("text", "binary")]
        for place in _places([_name(line, profile) for line in sent]):
            yield from _at(MESSAGE_FAULTS, "message", place, path)
        if sent:
            yield from (f"{fault} of {path}" for fault in EVERY_MESSAGE)
        return
    yield from (f"{fault} at request 1 of {exchange.method} {path}" for fault in REQUEST_FAULTS)
    kind = header(exchange.response.headers, "content-type") or ""
    if is_streamed(kind):
        for place in _places(_event_names(kind, exchange.response)):
            yield from _at(EVENT_FAULTS, "event", place, f"{exchange.method} {path}")
        yield from (f"{fault} of {exchange.method} {path}" for fault in EVERY_EVENT)


def _event_names(kind: str, response: ResponsePart) -> list[str]:
    splitter = EventSplitter(kind)
    events = [*splitter.feed(searched_body(response)), *splitter.rest()]
    return [splitter.items.name(each) or _json_name(splitter.items.payload(each)) for each in events]


def _at(faults: Iterable[str], unit: str, place: int, target: str) -> Iterator[str]:
    for fault in faults:
        if "after" in fault:
            yield f"{fault.format(f'{place} {unit}s')} of {target}"
        else:
            yield f"{fault.format(f'{unit} {place}')} of {target}"


def _places(names: Sequence[str]) -> list[int]:
    """The numbers of some messages, from 1: the first and the last of each name, at most `_MOST_PLACES`."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        first.setdefault(name, number)
        last[name] = number
    places = sorted({*first.values(), *last.values()})
    if len(places) <= _MOST_PLACES:
        return places
    step = (len(places) - 1) / (_MOST_PLACES - 1)
    return sorted({places[round(index * step)] for index in range(_MOST_PLACES)})


def _name(line: Line, profile: ServiceProfile) -> str:
    return profile.event_name(line.data) or _json_name(line.data) or line.kind


def _json_name(payload: bytes) -> str:
    try:
        value = msgspec.json.decode(payload)
    except ValueError:
        return ""
    if not isinstance(value, dict):
        return ""
    return next((str(value[name]) for name in _NAMES if isinstance(value.get(name), str)), "")

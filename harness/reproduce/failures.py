"""`failure_of`: what went wrong in a recorded session of any service."""

from __future__ import annotations

from collections.abc import Iterable

from harness.cassette.model import Call, Cassette, Exchange, Line, SocketExchange
from harness.compare.turns import describe_refusal, refused_call
from harness.profile import ServiceProfile

_GOOD_CODES = frozenset({None, 1000, 1001, 1005})


def failure_of(cassette: Cassette, profile: ServiceProfile) -> str:
    """The first failure, for people: a refused request, an event of an error, an early end; empty if there is none."""
    refused = refused_call(cassette)
    for each in cassette.exchanges:
        if each is refused:
            return describe_refusal(each)
        if found := _failed(each, profile):
            return f"{_name(each)}: {found}"
    return ""


def _failed(exchange: Exchange, profile: ServiceProfile) -> str:
    if isinstance(exchange, SocketExchange):
        return _ended_badly(exchange.messages, profile)
    stream = () if exchange.response is None else exchange.response.stream or ()
    return _ended_badly(stream, profile)


def _ended_badly(lines: Iterable[Line], profile: ServiceProfile) -> str:
    for line in lines:
        if line.direction == ">":
            if line.kind in {"close", "eof", "reset"}:
                return ""  # the client left
        elif line.kind in {"text", "binary"}:
            name = profile.event_name(line.data)
            if name == "error" or name in profile.failures:
                return f"the service sent the event {name}"
        elif line.kind in {"reset", "cut"} or (line.kind == "close" and line.code not in _GOOD_CODES):
            return f"the service's side ended ({line.kind}{'' if line.code is None else f' {line.code}'})"
    return ""


def _name(exchange: Exchange) -> str:
    what = exchange.method if isinstance(exchange, Call) else "socket"
    return f"{what} {exchange.target.partition('?')[0]}"

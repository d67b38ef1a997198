"""Counters of a message framing: JSON-RPC's ``id``, SignalR's ``invocationId``, MQTT's packet identifier.

Simultaneous tasks are numbered in a random order, so a counter may differ in a replay. The response then has to bear
the actual number of the message that it responds to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.mqtt import id_pairs, with_ids
from harness.framing.records import records_of
from harness.framing.ysync import number_pairs, with_numbers

_NAMES: Final = ("id", "invocationId")
_FIELD: Final = re.compile(rb'("(?:id|invocationId|requestId|progressToken)"\s*:\s*)(-?\d+|"\d+")')
_SIGNS: Final = (b'"jsonrpc"', b'"invocationId"')
_TRPC: Final = frozenset({"query", "mutation", "subscription", "subscription.stop"})
_GRAPHQL: Final = frozenset({"start", "subscribe"})
_ID: Final = b'"id"'
_BESIDE_ID: Final = (b'"type"', b'"method"', b'"result"', b'"error"')
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')


def is_numbered(value: object) -> bool:
    """Whether a message's framing has an ``id`` that counts: a call by JSON-RPC or tRPC, a GraphQL operation."""
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return any(_is_numbered(cast("dict[str, object]", item)) for item in items if isinstance(item, dict))


def _is_numbered(message: Mapping[str, object]) -> bool:
    if "jsonrpc" in message or str(message.get("method")) in _TRPC:
        return True
    payload = message.get("payload")
    return str(message.get("type")) in _GRAPHQL and isinstance(payload, dict) and "query" in payload


def counter_pairs(recorded: bytes, actual: bytes) -> dict[bytes, bytes]:
    """The counters in which two messages differ, as JSON: recorded -> actual."""
    if recorded == actual:
        return {}
    if not _may_be_numbered(recorded):
        both = number_pairs(recorded, actual) or id_pairs(recorded, actual)
        return {b"%d" % ours: b"%d" % theirs for ours, theirs in both if ours != theirs}
    found: dict[bytes, bytes] = {}
    for one, other in zip(_values(recorded), _values(actual), strict=False):
        for name in _NAMES if is_numbered(one) else _NAMES[1:]:
            ours, theirs = one.get(name), other.get(name)
            if ours != theirs and _counts(ours) and _counts(theirs):
                found[json.dumps(ours).encode()] = json.dumps(theirs).encode()
    return found


def _values(payload: bytes) -> Iterator[Mapping[str, Any]]:
    whole = parse_json(payload)
    records = records_of(payload) if whole is NOT_JSON else None
    for value in (whole,) if records is None else (record.value for record in records[1]):
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        yield from (cast("dict[str, Any]", item) for item in items if isinstance(item, dict))


def _may_be_numbered(payload: bytes) -> bool:
    return any(sign in payload for sign in _SIGNS) or (_ID in payload and any(each in payload for each in _BESIDE_ID))


def _counts(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value.isdigit())


def without_counters(payload: bytes) -> bytes:
    """A message with its counters replaced by 0: equal for two messages that differ in their counters only."""
    return _FIELD.sub(rb"\g<1>0", payload) if _may_be_numbered(payload) else payload


def with_counters(payload: bytes, table: Mapping[bytes, bytes]) -> bytes:
    """A message of the service with its counters replaced: recorded -> actual, as JSON."""
    if not table:
        return payload
    if not _may_be_numbered(payload):
        numbers = {int(ours): int(theirs) for ours, theirs in table.items() if ours.isdigit()}
        return with_numbers(with_ids(payload, numbers), numbers)

    def replaced(found: re.Match[bytes]) -> bytes:
        is_nested_id = found[1].startswith(_ID) and _depth(payload[: found.start()]) != 1
        return found[0] if is_nested_id else found[1] + table.get(found[2], found[2])

    return _FIELD.sub(replaced, payload)


def _depth(before: bytes) -> int:
    """How many objects are open at the end of a text: an ``id`` in what a call returns is no counter."""
    plain = _STRING.sub(b"", before)
    return plain.count(b"{") - plain.count(b"}")

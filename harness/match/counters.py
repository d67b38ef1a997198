"""Counters of a message framing: `id` of JSON-RPC, `invocationId` of SignalR, `ref` of Phoenix, MQTT's packet id.

Simultaneous tasks are numbered in a random order, so a counter may differ in a replay. The response then has to bear
the actual number of the message that it responds to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from harness.framing import stomp
from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.mqtt import id_pairs, with_ids
from harness.framing.records import records_of
from harness.framing.ysync import number_pairs, with_numbers

_NAMES: Final = ("id", "ref", "join_ref", "req_id", "reqid", "invocationId")
_OF_NUMBERED: Final = 3
"""How many of `_NAMES`, from the first, are counters only in a framing that numbers its messages."""
_FIELD: Final = re.compile(rb'("(?:id|invocationId|requestId|progressToken|req_?id|ref|join_ref)"\s*:\s*)(-?\d+|"\d+")')
_REPLIED: Final = (b'"callId"', b'"call_id"', b'"msgId"', b'"msg_id"', b'"rid"', b'"request_seq"')
"""Further names under which services repeat the number of a call, where a recorded socket shows that it is counted."""
_NUMBER_OF_CALL: Final = re.compile(
    rb'("(?:id|invocationId|requestId|progressToken|req_?id|ref|join_ref|callId|call_id|msgId|msg_id|rid|request_seq)"'
    rb'\s*:\s*)(-?\d+|"(?:[A-Za-z_]{1,16}[@.:#/_-]?)?\d{1,19}")'
)
"""As `_FIELD`, with letters before the number if a client puts them there: ``req-7``, ``vqot@3``."""
_NOTHING_ELSE: Final = re.compile(rb'\{\s*"id"\s*:\s*"[A-Za-z_]{1,16}[@.:#/_-]?\d{1,19}"\s*\}')
"""A reply that has an id and no result. Its id has letters: an ``id`` that is only a number may name anything."""
_LABELLED: Final = re.compile(r"(?:[A-Za-z_]{1,16}[@.:#/_-]?)?\d{1,19}", re.ASCII)
_NESTED: Final = (b'"id"', b'"ref"', b'"join_ref"', *_REPLIED)
"""Names that are counters only as fields of the message itself, not of objects within it."""
_SIGNS: Final = (b'"jsonrpc"', b'"invocationId"', b'"req_id"', b'"reqid"')
_TRPC: Final = frozenset({"query", "mutation", "subscription", "subscription.stop"})
_GRAPHQL: Final = frozenset({"start", "subscribe"})
_ID: Final = b'"id"'
_REF: Final = b'"ref"'
_BESIDE_ID: Final = (b'"type"', b'"method"', b'"result"', b'"error"')
_PHOENIX: Final = frozenset({"topic", "event", "payload", "ref"})
_PHOENIX_ARRAY: Final = re.compile(rb'\[\s*(?:(null)|("\d+"))\s*,\s*(?:null|("\d+"))\s*,\s*"')
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')


def is_numbered(value: object) -> bool:
    """Whether a parsed message is of a framing that numbers its messages.

    Such are calls of JSON-RPC (in version 1 without ``jsonrpc``) and tRPC, GraphQL's operations, Phoenix' messages,
    protoo's requests.
    """
    if is_phoenix_array(value):
        return True
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return any(_is_numbered(cast("dict[str, object]", item)) for item in items if isinstance(item, dict))


def _is_numbered(message: Mapping[str, object]) -> bool:
    if "jsonrpc" in message or str(message.get("method")) in _TRPC or message.keys() >= _PHOENIX:
        return True
    is_call = isinstance(message.get("method"), str)
    if is_call and (isinstance(message.get("params"), (list, dict)) or message.get("request") is True):
        return True
    payload = message.get("payload")
    return str(message.get("type")) in _GRAPHQL and isinstance(payload, dict) and "query" in payload


def is_phoenix_array(value: object) -> bool:
    """Whether a message is one of Phoenix' second serializer: join_ref, ref, topic, event, payload."""
    if not isinstance(value, list):
        return False
    fields = cast("list[object]", value)
    return (
        len(fields) == 5 and isinstance(fields[2], str) and isinstance(fields[3], str) and any(map(_counts, fields[:2]))
    )


def call_number(value: object) -> object:
    """The number of the call that a message makes or replies to: of JSON-RPC, SignalR or Phoenix; None without one."""
    if is_phoenix_array(value):
        return cast("list[object]", value)[1]
    if not isinstance(value, dict):
        return None
    message = cast("dict[str, object]", value)
    if message.keys() >= _PHOENIX:
        return message["ref"]
    return message.get("id") if "jsonrpc" in message else message.get("invocationId")


def counter_pairs(recorded: bytes, actual: bytes) -> dict[bytes, bytes]:
    """The counters in which two messages differ, as JSON: recorded -> actual."""
    if recorded == actual:
        return {}
    if found := stomp.id_pairs(recorded, actual):
        return found
    if not _may_be_numbered(recorded):
        both = number_pairs(recorded, actual) or id_pairs(recorded, actual)
        return {b"%d" % ours: b"%d" % theirs for ours, theirs in both if ours != theirs}
    for one, other in zip(_values(recorded), _values(actual), strict=False):
        for name in _NAMES if is_numbered(one) else _NAMES[_OF_NUMBERED:]:
            ours, theirs = one.get(name), other.get(name)
            if ours != theirs and all(_counts(each) or is_labelled_number(each) for each in (ours, theirs)):
                found[json.dumps(ours).encode()] = json.dumps(theirs).encode()
    return found


def _values(payload: bytes) -> Iterator[Mapping[str, Any]]:
    whole = parse_json(payload)
    records = records_of(payload) if whole is NOT_JSON else None
    for value in (whole,) if records is None else (record.value for record in records[1]):
        if is_phoenix_array(value):
            join_ref, ref, *_ = cast("list[object]", value)
            yield {"topic": "", "event": "", "payload": {}, "ref": ref, "join_ref": join_ref}
            continue
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        yield from (cast("dict[str, Any]", item) for item in items if isinstance(item, dict))


def _may_be_numbered(payload: bytes) -> bool:
    if any(sign in payload for sign in _SIGNS) or _PHOENIX_ARRAY.match(payload) or _NOTHING_ELSE.fullmatch(payload):
        return True
    return (_ID in payload and any(each in payload for each in _BESIDE_ID)) or (
        _REF in payload and b'"topic"' in payload
    )


def _counts(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value.isdigit())


def is_labelled_number(value: object) -> bool:
    """Whether a text is a number, perhaps with a few letters before it: ``7``, ``req-7``, ``vqot@3``."""
    return isinstance(value, str) and _LABELLED.fullmatch(value) is not None


def without_counters(payload: bytes) -> bytes:
    """A message with its counters replaced by 0: equal for two messages that differ in their counters only."""
    payload = stomp.without_ids(payload)
    if not _may_be_numbered(payload):
        return payload
    if _PHOENIX_ARRAY.match(payload):
        return _in_array(payload, lambda _: b"0")
    return _FIELD.sub(rb"\g<1>0", payload)


def with_counters(payload: bytes, table: Mapping[bytes, bytes]) -> bytes:
    """A message of the service with its counters replaced by those of ``table``: recorded -> actual, each as JSON."""
    if not table:
        return payload
    if (frames := stomp.with_ids(payload, table)) != payload:
        return frames
    # A table is not empty only where the client numbers its messages, so that a JSON reply has the number, too.
    if not payload.startswith(b"{") and not _may_be_numbered(payload):
        numbers = {int(ours): int(theirs) for ours, theirs in table.items() if ours.isdigit()}
        return with_numbers(with_ids(payload, numbers), numbers)

    def replaced(found: re.Match[bytes]) -> bytes:
        is_nested = found[1].startswith(_NESTED) and _depth(payload[: found.start()]) != 1
        return found[0] if is_nested else found[1] + table.get(found[2], found[2])

    if _PHOENIX_ARRAY.match(payload):
        return _in_array(payload, lambda number: table.get(number, number))

    return _NUMBER_OF_CALL.sub(replaced, payload)


def _in_array(payload: bytes, replaced: Callable[[bytes], bytes]) -> bytes:
    """A message in the array form of Phoenix, with its two numbers replaced by what ``replaced`` returns."""
    found = _PHOENIX_ARRAY.match(payload)
    assert found is not None
    for group in (3, 2):  # from behind, so that the places before stay
        if found[group] is not None:
            payload = payload[: found.start(group)] + replaced(found[group]) + payload[found.end(group) :]
    return payload


def _depth(before: bytes) -> int:
    """How many JSON objects are open at the end of a text; an ``id`` deeper than the message's own is no counter."""
    plain = _STRING.sub(b"", before)
    return plain.count(b"{") - plain.count(b"}")

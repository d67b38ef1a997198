"""The JSON Schema of a cassette's YAML, for editors: ``python -m harness.cassette.schema > docs/cassette.schema.json``.

The schema accepts every cassette that can be loaded. Loading checks more: the order of times, the end of a transcript,
sums of frames, side files, limits.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from harness.cassette.body import BODY_KEYS
from harness.cassette.decode import CAUSES, MAX_UPSTREAMS, MOMENT_PATTERN, ORDERS, ORIGIN, VERSION
from harness.cassette.decode_exchange import (
    ENDERS,
    HOWS,
    MAX_STATUS,
    METHOD_PATTERN,
    MIN_STATUS,
    SWITCHING,
    TARGET_PATTERN,
)
from harness.cassette.fields import MAX_SECONDS
from harness.cassette.model import UPSTREAM_NAME
from harness.cassette.side_files import NAME_PATTERN

_BASE64: Final = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_RAW: Final = r"[{\[].*"
_LITERAL: Final = '".*"'
_SIDE_FILE: Final = f"file:{NAME_PATTERN} +[0-9]{{1,12}} +sha256:[0-9a-f]{{64}}"
_ELSEWHERE: Final = f"base64:{_BASE64}|{_SIDE_FILE}"
_FRAMES: Final = r"frames=[0-9]{1,9}(?:\+[0-9]{1,9})+ +"
_CLOSE: Final = f"close(?: +[0-9]{{1,5}}(?: +{_LITERAL})?)?"
_PIECE: Final = f"{_RAW}|{_LITERAL}|text +[^ ].*|{_ELSEWHERE}"
_MESSAGE: Final = (
    f"(?:{_FRAMES})?(?:{_PIECE}|binary +(?:{_RAW}|{_ELSEWHERE}))|(?:ping|pong) +(?:{_LITERAL}|{_ELSEWHERE})"
)
_TIME: Final = r" *[0-9]{1,9}(?:\.[0-9]{1,6})? +"
_VALUE: Final = r"^[^\u0000\r\n\u0100-\uffff]*$"

Schema = dict[str, Any]


def _lines(*alternatives: str) -> Schema:
    line = f" *(?:{'|'.join(alternatives)}) *"
    return {"type": "string", "pattern": f"^(?:(?:{line})?(?:\\n|$))*$"}


def _stream(side: str) -> Schema:
    return _lines(f"{side}{_TIME}(?:{_PIECE})", f"[<>]{_TIME}(?:eof|reset)", f"!{_TIME}cut")


def _object(properties: Mapping[str, Schema], *required: str, **rest: Any) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
        **rest,
    }


def _text(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _exclusive(*keys: str) -> list[Schema]:
    return [{"not": {"required": list(pair)}} for pair in itertools.combinations(keys, 2)]


def _either(*keys: str) -> list[Schema]:
    return [{"required": [key]} for key in keys]


def _headers() -> Schema:
    value: Schema = {"anyOf": [{"type": "string", "pattern": _VALUE}, {"type": "integer"}]}
    name = {"type": "string", "pattern": r"^[!-9;-@\[-~\u00a1-\u00ff]+$"}
    values = {"anyOf": [*value["anyOf"], {"type": "array", "items": value, "minItems": 1}]}
    pair = {"type": "array", "prefixItems": [name, value], "minItems": 2, "maxItems": 2}
    mapping = {"type": "object", "propertyNames": name, "additionalProperties": values}
    return {"anyOf": [mapping, {"type": "array", "items": pair}]}


def _part(side: str, properties: Mapping[str, Schema], *required: str) -> Schema:
    body = {
        "json": {},
        "text": {"type": "string"},
        "base64": _text(_BASE64),
        "file": _ref("side_file"),
        "stream": _stream(side),
    }
    return _object(
        {**properties, "headers": _ref("headers"), **body}, *required, allOf=_exclusive(*BODY_KEYS, "stream")
    )


def _definitions() -> dict[str, Schema]:
    status = {"anyOf": [{"const": SWITCHING}, {"type": "integer", "minimum": MIN_STATUS, "maximum": MAX_STATUS}]}
    response = {
        "status": status,
        "reason": {"type": "string", "pattern": _VALUE},
        "after": _ref("seconds"),
        "decoded": {"type": "string"},
        "aborted": _ref("aborted"),
        "trailers": _ref("headers"),
    }
    side_file = {
        "name": _text(NAME_PATTERN),
        "size": {"type": "integer", "minimum": 0},
        "sha256": _text("[0-9a-f]{64}"),
    }
    return {
        "seconds": {"type": "number", "minimum": 0, "exclusiveMaximum": MAX_SECONDS},
        "headers": _headers(),
        "side_file": _object(side_file, *side_file),
        "request": _part(">", {"decoded": {"type": "string"}}),
        "response": _part("<", response, "status"),
        "aborted": _object({"by": {"enum": list(ENDERS)}, "after": _ref("seconds"), "how": {"enum": list(HOWS)}}, "by"),
        "call": _call(),
        "socket": _socket(),
    }


def _exchange() -> dict[str, Schema]:
    return {name: _ref(name) for name in ("request", "response", "aborted")} | {"at": _ref("seconds")}


def _has_status(schema: Schema) -> Schema:
    return {"required": ["response"], "properties": {"response": {"properties": {"status": schema}}}}


def _call() -> Schema:
    line = _text(f"{METHOD_PATTERN} +(?:{TARGET_PATTERN}|\\*)")
    refused = {"not": _has_status({"const": SWITCHING})}
    return _object({"call": line, **_exchange()}, "call", "at", oneOf=_either("response", "aborted"), allOf=[refused])


def _socket() -> Schema:
    messages = _lines(f"[<>]{_TIME}(?:{_MESSAGE}|{_CLOSE}|eof|reset)", f"!{_TIME}cut")
    bare = {"properties": {"response": {"not": {"anyOf": _either(*BODY_KEYS, "stream", "aborted", "trailers")}}}}
    return _object(
        {"socket": _text(TARGET_PATTERN), **_exchange(), "messages": messages},
        "socket",
        "at",
        oneOf=_either("response", "aborted"),
        **{"if": _has_status({"const": SWITCHING}), "then": bare, "else": {"not": {"required": ["messages"]}}},
    )


def schema() -> Schema:
    """The schema, JSON Schema 2020-12."""
    recorded = {
        "at": _text(MOMENT_PATTERN),
        "by": {"type": "string", "minLength": 1},
        "client": {"type": "string"},
        "from": {"type": "string"},
        "upstreams": {
            "type": "object",
            "propertyNames": {"pattern": f"^{UPSTREAM_NAME}$"},
            "additionalProperties": _text(ORIGIN),
            "maxProperties": MAX_UPSTREAMS,
        },
        "complete": {"type": "boolean"},
    }
    left_out = {"exchange": {"type": "string"}, "at": _ref("seconds"), "cause": {"enum": list(CAUSES)}}
    exchange = {
        "type": "object",
        "oneOf": _either("call", "socket"),
        "if": {"required": ["call"]},
        "then": _ref("call"),
        "else": _ref("socket"),
    }
    top: dict[str, Schema] = {
        "cassette": {"const": VERSION},
        "recorded": _object(recorded, "at", "by"),
        "redacted": {"type": "array", "items": {"type": "string"}},
        "left_out": {"type": "array", "items": _object(left_out, *left_out)},
        "order": {"enum": list(ORDERS)},
        "ignore": {"type": "array", "items": {"type": "string"}},
        "bind": {"type": "array", "items": {"type": "string"}},
        "match_on": {"type": "array", "items": {"type": "string"}},
        "meta": {"type": "object"},
        "exchanges": {"type": "array", "items": exchange},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"wiretape cassette, version {VERSION}",
        **_object(top, "cassette", "recorded", "exchanges"),
        "$defs": _definitions(),
    }


def schema_text() -> str:
    """The schema as the text of the file in docs."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())

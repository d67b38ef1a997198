"""What the cassettes of cassetter have beside vcrpy's: bodies with a type, sockets, and TOML.

| | YAML | TOML |
|---|---|---|
| body | `{type: json, content: ..}`: YAML's values; bytes in hexadecimal | `body_type`, `body_content`: JSON as text |
| `ws_interactions` | frames with direction, type and `offset_ms` | none |
| `grpc_interactions` | left out: wiretape does not support gRPC | none |
"""

from __future__ import annotations

import json
import re
import tomllib
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Final, cast

from harness.har.errors import UnreadableHarError
from harness.har.vcr_yaml import PlainText

TOML_LIST: Final = b"[[interactions]]"
SOCKETS: Final = "ws_interactions"
CALLS_OF_GRPC: Final = "grpc_interactions"
WRITER: Final = "cassetter"
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,4000})(?:\.[0-9]{1,4000})?(?:[eE][+-]?[0-9]{1,3})?")
_OPCODES: Final = {"text": 1, "binary": 2, "close": 8, "ping": 9, "pong": 10}
_DIRECTIONS: Final = {"send": "send", "recv": "receive"}


def is_body(fields: dict[str, object]) -> bool:
    """Whether a mapping is a body as cassetter writes it."""
    return isinstance(fields.get("type"), str)


def body_bytes(fields: dict[str, object]) -> bytes:
    """The bytes of a body.

    Args:
        fields: A mapping with ``type`` and, unless that is ``none``, ``content``.
    """
    kind, content = fields.get("type"), fields.get("content")
    if kind == "json":
        return json.dumps(_json_value(content), ensure_ascii=False, separators=(",", ":")).encode()
    text = content if isinstance(content, str) else ""
    if kind != "binary":
        return text.encode()
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()


def read_toml(data: bytes) -> object:
    """The value of a cassette in TOML, in the fields of YAML.

    Raises:
        UnreadableHarError: It is not TOML.
    """
    try:
        whole: dict[str, object] = tomllib.loads(data.decode())
    except (ValueError, RecursionError):
        # The parser's own message may quote secrets of the file.
        raise UnreadableHarError("this cassette is not valid TOML") from None
    for one in _mappings(whole.get("interactions")):
        for half in _mappings([one.get("request"), one.get("response")]):
            kind = half.pop("body_type", "none")
            # JSON is text here already.
            half["body"] = {"type": "text" if kind == "json" else kind, "content": half.pop("body_content", "")}
    return whole


def socket_entries(whole: dict[str, object]) -> Iterator[dict[str, object]]:
    """The sockets of a cassette, in the fields of HAR."""
    for one in _mappings(whole.get(SOCKETS)):
        frames = _mappings(one.get("frames"))
        date = one.get("recorded_at")
        began = _seconds(date)
        headers = one.get("headers")
        named = cast("dict[object, object]", headers) if isinstance(headers, dict) else {}
        yield {
            "startedDateTime": date,
            "_resourceType": "websocket",
            "request": {"method": "GET", "url": one.get("uri"), "headers": list(_headers(named))},
            "response": {"status": 101, "headers": []},
            "_webSocketMessages": [_message(each, began) for each in frames],
        }


def _message(frame: dict[str, object], began: float | None) -> dict[str, object]:
    kind, body = frame.get("frame_type"), frame.get("body")
    data = body_bytes(cast("dict[str, object]", body)) if isinstance(body, dict) else b""
    return {
        "type": _DIRECTIONS.get(str(frame.get("direction")), ""),
        "opcode": _OPCODES.get(str(kind), 0),
        "time": None if began is None else began + _offset(frame),
        "data": data.decode("utf-8", "replace") if kind == "text" else b64encode(data).decode(),
    }


def _headers(named: dict[object, object]) -> Iterator[dict[str, object]]:
    for name, values in named.items():
        for value in cast("list[object]", values) if isinstance(values, list) else [values]:
            yield {"name": name, "value": value}


def _offset(frame: dict[str, object]) -> float:
    """When a frame was sent, in seconds since the socket opened."""
    value = str(frame.get("offset_ms", ""))
    return int(value) / 1000 if value.isascii() and value.isdecimal() and len(value) < 12 else 0.0


def _seconds(date: object) -> float | None:
    try:
        return datetime.fromisoformat(date).timestamp() if isinstance(date, str) else None
    except (ValueError, OverflowError):
        return None


def _json_value(value: object) -> object:
    """A YAML value as a value of JSON: texts without quotes become the numbers or truth values that they spell."""
    if isinstance(value, dict):
        return {str(key): _json_value(each) for key, each in cast("dict[object, object]", value).items()}
    if isinstance(value, list):
        return [_json_value(each) for each in cast("list[object]", value)]
    if isinstance(value, PlainText):
        return {"true": True, "false": False}.get(value, json.loads(value) if _NUMBER.fullmatch(value) else str(value))
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _mappings(value: object) -> list[dict[str, object]]:
    every = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("dict[str, object]", each) for each in every if isinstance(each, dict)]

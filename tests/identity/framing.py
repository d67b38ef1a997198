"""How messages are written on sockets, and fields in bodies; with what reads them again."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape, unescape

Pairs = Sequence[tuple[str, object]]
_PARTS = re.compile(rb'name="([^"]+)"(?:; filename="[^"]*")?.*?\r\n\r\n(.*?)\r\n--', re.DOTALL)
_TAGS = re.compile(r"<(\w+)>([^<]*)</\1>")
SHOUT = b"\x00\xff\x80"
"""What no text begins with."""
BEATS_SHOW = frozenset({"json", "rpc", "signalr", "line"})
"""Framings whose heartbeats show what they are by their look."""


def plain(fields: Pairs) -> dict[str, object]:
    """The fields as JSON has them: a number is one, but 16 hexadecimal digits stay text, also where all are decimal."""
    return {
        name: int(value) if isinstance(value, str) and re.fullmatch(r"0|[1-9]\d{0,14}", value) else value
        for name, value in fields
    }


def _tag(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value))}</{name}>"


def _tags(text: str) -> Pairs:
    return [(name, unescape(value)) for name, value in _TAGS.findall(text)]


def write(framing: str, verb: str, fields: Pairs, number: int = 0) -> str | bytes:
    """A message: a verb, with fields; with a number, where the framing numbers them."""
    match framing:
        case "rpc":
            return json.dumps({"jsonrpc": "2.0", "id": number, "method": verb, "params": plain(fields)})
        case "signalr":
            record = {"type": 1, "invocationId": str(number), "target": verb, "arguments": [plain(fields)]}
            return json.dumps(record, separators=(",", ":")) + "\x1e"
        case "socketio":
            return "42" + json.dumps([verb, plain(fields)], separators=(",", ":"))
        case "line":
            return " ".join([verb.upper(), *(f"{name}={value}" for name, value in fields)])
        case "xml":
            return f"<{verb}>" + "".join(_tag(name, value) for name, value in fields) + f"</{verb}>"
        case "binary":
            return SHOUT + json.dumps({"type": verb, **plain(fields)}).encode()
        case _:
            return json.dumps({"type": verb, **plain(fields)})


def beat(framing: str) -> str | bytes:
    """A heartbeat, as clients of that framing send it."""
    return '{"type":6}\x1e' if framing == "signalr" else write(framing, "ping", [])


def pong(framing: str) -> str | bytes:
    """The answer to one."""
    return beat(framing) if framing == "signalr" else reply(framing, [("says", "pong")], 0)


def is_pong(message: str | bytes) -> bool:
    """Whether that is the answer to a heartbeat."""
    return message == '{"type":6}\x1e' or "pong" in str(message)


def read(framing: str, message: str | bytes) -> tuple[str, Pairs, int]:
    """Verb, fields and number of a message."""
    text = message.removeprefix(SHOUT).decode() if isinstance(message, bytes) else message
    match framing:
        case "rpc":
            told = json.loads(text)
            return told["method"], list(told["params"].items()), told["id"]
        case "signalr":
            told = json.loads(text.rstrip("\x1e"))
            if told["type"] == 6:
                return "ping", [], 0
            return told["target"], list(told["arguments"][0].items()), int(told["invocationId"])
        case "socketio":
            verb, fields = json.loads(text[2:])
            return verb, list(fields.items()), 0
        case "line":
            verb, *rest = re.split(r" (?=\w+=)", text)
            return verb.lower(), [(name, value) for name, _, value in (each.partition("=") for each in rest)], 0
        case "xml":
            verb = text[1 : text.index(">")]
            return verb, _tags(text.removeprefix(f"<{verb}>").removesuffix(f"</{verb}>")), 0
        case _:
            told = json.loads(text)
            return told.pop("type"), list(told.items()), 0


def reply(framing: str, fields: Pairs, number: int | None) -> str | bytes:
    """A message of the service's; it repeats the number of what it answers, if it answers anything."""
    match framing:
        case "rpc" if number is None:
            return json.dumps({"jsonrpc": "2.0", "method": "told", "params": plain(fields)})
        case "signalr" if number is None:
            record = {"type": 1, "target": "told", "arguments": [plain(fields)]}
            return json.dumps(record, separators=(",", ":")) + "\x1e"
        case "rpc":
            return json.dumps({"jsonrpc": "2.0", "id": number, "result": plain(fields)})
        case "signalr":
            record = {"type": 3, "invocationId": str(number), "result": plain(fields)}
            return json.dumps(record, separators=(",", ":")) + "\x1e"
        case _:
            return write(framing, "told", fields)


def body_of(kind: str, fields: Pairs, boundary: str) -> tuple[bytes, str]:
    """A request's body, and its content type."""
    match kind:
        case "json":
            nested = {"data": plain(fields), "list": list(plain(fields).values())}
            return json.dumps(nested).encode(), "application/json"
        case "graphql":
            query = {"query": "query Ask($a: String) { ask(a: $a) { id } }", "variables": plain(fields)}
            return json.dumps(query).encode(), "application/json"
        case "form":
            return urlencode(fields).encode(), "application/x-www-form-urlencoded"
        case "multipart":
            parts = [(f'name="{name}"', str(value).encode()) for name, value in fields]
            parts.append(('name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream', SHOUT))
            joined = b"".join(
                f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n"
                for head, data in parts
            )
            return joined + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
        case "xml":
            inner = "".join(_tag(name, value) for name, value in fields)
            return f'<?xml version="1.0"?><ask>{inner}</ask>'.encode(), "application/xml"
        case "binary":
            return SHOUT + b"\x00".join(str(value).encode() for _, value in fields), "application/octet-stream"
        case _:
            return "\n".join(f"{name}: {value}" for name, value in fields).encode(), "text/plain; charset=utf-8"


def fields_in(body: bytes, content_type: str, encoding: str) -> Pairs:
    """What a request's body says."""
    if encoding == "gzip":
        body = gzip.decompress(body)
    if content_type == "application/json":
        told = json.loads(body)
        return list((told.get("data") or told.get("variables") or {}).items())
    if content_type == "application/x-www-form-urlencoded":
        return parse_qsl(body.decode())
    if content_type.startswith("multipart/"):
        return [(name.decode(), value.decode()) for name, value in _PARTS.findall(body) if name != b"file"]
    if content_type == "application/xml":
        return _tags(body.decode().partition("<ask>")[2].removesuffix("</ask>"))
    if content_type.startswith("text/"):
        return [(name, value) for name, _, value in (line.partition(": ") for line in body.decode().split("\n"))]
    return [("bytes", body.hex())] if body else []


def answer_of(kind: str, fields: Iterable[tuple[str, object]]) -> tuple[bytes, str]:
    """An answer's body, and its content type."""
    told = list(fields)
    flat = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in told]
    match kind:
        case "json":
            return json.dumps(plain(told)).encode(), "application/json"
        case "text":
            return "\n".join(f"{name}: {value}" for name, value in flat).encode(), "text/plain; charset=utf-8"
        case "xml":
            inner = "".join(_tag(name, value) for name, value in flat)
            return f"<told>{inner}</told>".encode(), "application/xml"
        case "form":
            return "&".join(f"{name}={value}" for name, value in flat).encode(), "application/x-www-form-urlencoded"
        case "binary":
            return SHOUT + "\x00".join(f"{name}={value}" for name, value in flat).encode(), "application/octet-stream"
        case _:
            return b"", ""

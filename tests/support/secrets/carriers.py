"""Carriers of secrets: the places of a session in which one can stand, each written as clients and services write it."""

import base64
import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Carrier:
    """One carrier.

    Attributes:
        name: For the report.
        make: (name, secret) -> a target, header fields, or bytes of a body or message.
        named: Whether the secret's name stands beside it: only then can a secret without a look be known.
        header_safe: Whether the carrier takes no line breaks.
    """

    name: str
    make: Callable[[str, str], str | Fields | bytes]
    named: bool = True
    header_safe: bool = False


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _tag(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace("_", "-").split("-") if part)


def _msgpack(value: object) -> bytes:
    if isinstance(value, dict):
        return bytes([0x80 | len(value)]) + b"".join(_msgpack(k) + _msgpack(v) for k, v in value.items())
    raw = str(value).encode()
    if len(raw) < 32:
        return bytes([0xA0 | len(raw)]) + raw
    return (b"\xd9" + bytes([len(raw)]) if len(raw) < 256 else b"\xda" + len(raw).to_bytes(2, "big")) + raw


def _cbor(value: object) -> bytes:
    if isinstance(value, dict):
        return bytes([0xA0 | len(value)]) + b"".join(_cbor(k) + _cbor(v) for k, v in value.items())
    raw = str(value).encode()
    if len(raw) < 24:
        return bytes([0x60 | len(raw)]) + raw
    return (b"\x78" + bytes([len(raw)]) if len(raw) < 256 else b"\x79" + len(raw).to_bytes(2, "big")) + raw


def _protobuf(secret: str) -> bytes:
    raw, size, varint = secret.encode(), len(secret.encode()), bytearray()
    while size > 127:
        varint.append(size & 127 | 128)
        size >>= 7
    return b"\x08\x01\x12" + bytes([*varint, size]) + raw + b"\x18\x96\x01"


def _multipart(name: str, secret: str) -> bytes:
    return (
        f'--b0und\r\nContent-Disposition: form-data; name="title"\r\n\r\nhello\r\n--b0und\r\n'
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{secret}\r\n--b0und--\r\n'
    ).encode()


def _graphql(name: str, secret: str) -> bytes:
    variables = {"input": {"name": "x", name: secret}}
    return _json({"query": "mutation($input: I!) { save(input: $input) { id } }", "variables": variables})


def _inline_graphql(name: str, secret: str) -> bytes:
    field = name.replace("-", "_")
    return _json({"query": f"mutation {{ save(name: {json.dumps('x')}, {field}: {json.dumps(secret)}) {{ id }} }}"})


def _escaped(name: str, secret: str) -> bytes:
    spelt = "".join(f"\\u{ord(each):04x}" if index % 3 == 0 else each for index, each in enumerate(secret))
    return f'{{"{name}":"{spelt}","ok":true}}'.encode().replace(b"\n", b"\\n")


def _path(name: str, secret: str) -> str:
    return f"/v1/{quote(name, safe='')}/{quote(secret, safe='')}/items"


CARRIERS = [
    Carrier("header", lambda n, s: ((n.lower(), s),), header_safe=True),
    Carrier("query", lambda n, s: f"/items?page=2&{urlencode({n: s})}"),
    Carrier("cookie", lambda n, s: (("cookie", f"theme=dark; {n}={quote(s, safe='')}"),)),
    Carrier("set-cookie", lambda n, s: (("set-cookie", f"{n}={quote(s, safe='')}; Path=/; HttpOnly"),)),
    Carrier(
        "folded set-cookie",
        lambda n, s: (
            ("set-cookie", f"a=1; Expires=Wed, 21 Oct 2030 07:28:00 GMT, {n}={quote(s, safe='')}; Path=/, b=2"),
        ),
    ),
    Carrier("form", lambda n, s: urlencode({"name": "x", n: s, "page": "2"}).encode()),
    Carrier("JSON", lambda n, s: _json({"ok": True, n: s})),
    Carrier("JSON, deep", lambda n, s: _json({"data": [{"a": {"b": [1, {"c": {n: s}}]}}]})),
    Carrier("JSON in a JSON string", lambda n, s: _json({"payload": json.dumps({"inner": {n: s}})})),
    Carrier("JSON with escapes", _escaped),
    Carrier("JSON list of pairs", lambda n, s: _json({"headers": [["Accept", "*/*"], [n, s]]})),
    Carrier("JSON name and value", lambda n, s: _json([{"name": "HOME", "value": "/root"}, {"name": n, "value": s}])),
    Carrier("XML element", lambda n, s: f"<r><ns:{_tag(n)} a='b'>{html.escape(s)}</ns:{_tag(n)}></r>".encode()),
    Carrier("XML CDATA", lambda n, s: f"<r><{_tag(n)}><![CDATA[{s}]]></{_tag(n)}></r>".encode()),
    Carrier("XML attribute", lambda n, s: f'<login user="x" {n}="{html.escape(s)}"/>'.encode()),
    Carrier("HTML input", lambda n, s: f'<input type="hidden" name="{n}" value="{html.escape(s)}">'.encode()),
    Carrier("HTML meta", lambda n, s: f'<meta content="{html.escape(s)}" name="{n}">'.encode()),
    Carrier(
        "script", lambda n, s: f"<script>window.x = {{ {n.replace('-', '_')}: {json.dumps(s)} }};</script>".encode()
    ),
    Carrier("GraphQL variables", _graphql),
    Carrier("GraphQL arguments", _inline_graphql),
    Carrier("multipart", _multipart),
    Carrier(
        "subprotocol",
        lambda n, s: (("sec-websocket-protocol", f"chat, {n.lower()}.{quote(s, safe='')}"),),
        header_safe=True,
    ),
    Carrier("first message", lambda n, s: _json({"type": "connection_init", "payload": {"headers": {n: s}}})),
    Carrier("socket.io", lambda n, s: b"40" + _json({n: s})),
    Carrier("event of SSE", lambda n, s: b"event: a\ndata: " + _json({n: s}) + b"\n\ndata: {}\n\n"),
    Carrier(
        "event of two lines",
        lambda n, s: b'event: a\ndata: {"' + n.encode() + b'":\ndata: ' + _json(s) + b"}\n\n",
    ),
    Carrier("lines of JSON", lambda n, s: _json({"a": 1}) + b"\n" + _json({n: s}) + b"\n"),
    Carrier("URL in a query", lambda n, s: "/go?to=" + quote("https://x.test/a?" + urlencode({n: s}), safe="")),
    Carrier("fragment", lambda n, s: (("location", "/done#" + urlencode({n: s}) + "&x=1"),)),
    Carrier("base64 of JSON", lambda n, s: _json({"state": base64.b64encode(_json({n: s})).decode()})),
    Carrier("hexadecimal of JSON", lambda n, s: _json({"blob": _json({n: s}).hex()})),
    Carrier("msgpack", lambda n, s: _msgpack({"op": "auth", n: s, "zip": "no"})),
    Carrier("CBOR", lambda n, s: _cbor({"op": "auth", n: s, "zip": "no"})),
    Carrier("path", _path),
    Carrier("header in a text", lambda n, s: f"CONNECT\naccept-version:1.2\n{n}:{s}\n\n\0".encode(), header_safe=True),
    Carrier("settings", lambda n, s: f"A=1\n{n.upper().replace('-', '_')}={s}\nB=2\n".encode(), header_safe=True),
    Carrier("curl", lambda n, s: f"curl -H '{n}: {s}' https://x.test/".encode(), header_safe=True),
    Carrier("header in prose", lambda n, s: _json({"text": f"Send `{n}: {s}` with it."}), header_safe=True),
    Carrier(
        "option",
        lambda n, s: _json({"run": f"tool --{n.lower().strip('_').replace('_', '-')} {s} -v"}),
        header_safe=True,
    ),
    Carrier("INI", lambda n, s: f"[a]\n{n.lower()} = {s}\nb = 1\n".encode(), header_safe=True),
    Carrier("indented YAML", lambda n, s: f"users:\n- name: a\n  user:\n    {n}: {s}\n".encode(), header_safe=True),
    Carrier("CSV", lambda n, s: f"name,{n},x\nann,{s},y\n".encode(), header_safe=True),
    Carrier("CSV, quoted", lambda n, s: f'"name";"{n}"\r\n"ann";"{s}"\r\n'.encode(), header_safe=True),
    Carrier("repr of Python", lambda n, s: f"KeyError: {{'a': 1, '{n}': '{s}'}}".encode(), header_safe=True),
    Carrier("XML property", lambda n, s: f'<a><property name="{n}">{html.escape(s)}</property></a>'.encode()),
    Carrier("attributes of a span", lambda n, s: _json({"attributes": [{"key": n, "value": {"stringValue": s}}]})),
    Carrier("protobuf", lambda _, s: _protobuf(s), named=False),
    Carrier("prose", lambda _, s: _json({"text": f"see {s} for that."}), named=False),
]


def unescaped(data):
    """What bytes hold once usual encodings are taken off."""
    text = data.decode("utf-8", "replace")
    decoded = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text).replace("\\", "")
    coded = [base64.b64decode(each[: len(each) // 4 * 4]) for each in re.findall(r"[A-Za-z0-9+/]{20,}", text)]
    hexed = [bytes.fromhex(each[: len(each) // 2 * 2]) for each in re.findall(r"[0-9a-f]{20,}", text)]
    inner = "\n".join(each.decode("utf-8", "replace") for each in coded + hexed)
    return "\n".join([text, decoded, unquote(text), unquote(unquote(text)), inner])


def shows(data, core):
    """Whether bytes hold a secret, or most of it, in any usual encoding."""
    text = unescaped(data)
    return core in text or core[2:-2] in text


def fits(kind, carrier):
    """Whether a kind of secret can stand in a carrier, and be known there."""
    return (carrier.named or not kind.name) and not (carrier.header_safe and kind.label == "pem")

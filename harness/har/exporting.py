"""`export_har`: a cassette as HAR 1.2, for DevTools, mitmproxy and other readers.

Sockets are written as Chrome writes them; a close is a message of opcode 8. See `own` for what HAR cannot say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from harness.cassette.model import Call, Cassette, Exchange, Headers, Line, SocketExchange, whole_body
from harness.cassette.payloads import LARGEST_IN_MEMORY, is_large
from harness.har.entry import read_entry, socket_url, split_url
from harness.har.entry_parser import RawEntry
from harness.har.errors import HarError
from harness.har.extensions import difference, text_of, to_base64
from harness.har.http_parts import as_bytes, first
from harness.har.messages import FIELD, KINDS
from harness.har.own_format import OwnEntry, head_of, to_plain
from harness.har.report import Losses
from harness.har.times import moment, written
from harness.har.to_exchange import OWN, plain_exchange
from harness.whole_files import write_whole

NAMELESS: Final = "http://wiretape.invalid"
"""Replaces the origin of a service without a public one: a fake, or a service that the cassette does not name."""
_OPCODES: Final = {kind: code for code, kind in KINDS.items()}
_HTTP: Final = "HTTP/1.1"
_UNKNOWN: Final = {"blocked": -1, "dns": -1, "connect": -1, "ssl": -1}


def export_har(cassette: Cassette) -> Iterator[bytes]:
    """The bytes of a HAR file, an entry at a time; `harness.har.importing` restores the cassette from it.

    Raises:
        HarError: The cassette's date is invalid, or a body is too large.
    """
    base = base_of(cassette.recorded.origin)
    zero = moment(cassette.recorded.at, "recorded.at")
    head = {
        "version": "1.2",
        "creator": {"name": "wiretape", "version": _version()},
        OWN: to_plain(head_of(cassette, base)),
        "pages": [],
    }
    encode = msgspec.json.encode
    yield b'{"log":' + encode(head)[:-1] + b',"entries":['
    for number, exchange in enumerate(cassette.exchanges):
        yield (b",\n" if number else b"\n") + encode(_entry(exchange, base, zero, number))
    yield b"\n]}}\n"


def write_har(cassette: Cassette, path: Path) -> None:
    """Write a HAR file atomically: on any error an existing file stays unchanged.

    Raises:
        HarError: The cassette's date is invalid.
        UnwrittenFileError: The file cannot be written.
    """
    write_whole(path, b"".join(export_har(cassette)))


def base_of(origin: str) -> str:
    """The origin for relative targets: the service's, or a name that does not resolve."""
    found, _ = split_url(origin)
    return found if found == origin else NAMELESS


def _version() -> str:
    try:
        return version("wiretape")
    except PackageNotFoundError:
        return "unknown"


def _entry(exchange: Exchange, base: str, zero: int, number: int) -> dict[str, Any]:
    parts = (exchange.request, *filter(None, (exchange.response,)))
    if large := [part.body for part in parts if is_large(part.body)]:
        raise HarError(
            f"a body has {large[0].payload.size} bytes: a HAR file cannot hold one above {LARGEST_IN_MEMORY} bytes",
            f"exchanges[{number}]",
        )
    entry = _plain(exchange, base, zero)
    try:
        read = plain_exchange(read_entry(RawEntry(number, entry), Losses()), base, zero)
    except HarError as error:
        error.where = f"exchanges[{number}]"
        raise
    own = difference(read, exchange)
    return entry if own == OwnEntry() else {**entry, OWN: to_plain(own)}


def _plain(exchange: Exchange, base: str, zero: int) -> dict[str, Any]:
    began = exchange.at + zero
    try:
        date = written(began)
    except OverflowError:
        date, began = written(zero), zero
    socket = isinstance(exchange, SocketExchange)
    head, end = _span(exchange)
    url = exchange.target if "://" in exchange.target else _under(base, exchange.target)
    entry: dict[str, Any] = {
        "startedDateTime": date,
        "time": end / 1000,
        "request": _request(exchange, socket_url(url) if socket else url),
        "response": _response(exchange),
        "cache": {},
        "timings": {**_UNKNOWN, "send": 0, "wait": head / 1000, "receive": (end - head) / 1000},
        "_resourceType": "websocket" if socket else "fetch",
    }
    if isinstance(exchange, SocketExchange) and exchange.messages:
        entry[FIELD] = [_message(line, began) for line in exchange.messages if line.kind in _OPCODES]
    return entry


def _under(base: str, target: str) -> str:
    return base + (target if target.startswith("/") else f"/{target}")


def _span(exchange: Exchange) -> tuple[int, int]:
    """Microseconds until the response's head, and until its end."""
    answer = exchange.response
    head = exchange.aborted.after if answer is None and exchange.aborted else answer.after if answer else 0
    lines = exchange.messages if isinstance(exchange, SocketExchange) else ()
    lines = lines or (answer.stream if answer else None) or ()
    return head, max([head, *(line.time for line in lines[-1:])])


def _request(exchange: Exchange, url: str) -> dict[str, Any]:
    part = exchange.request
    data = whole_body(part)
    request: dict[str, Any] = {
        "method": exchange.method if isinstance(exchange, Call) else "GET",
        "url": url,
        "httpVersion": _HTTP,
        "cookies": _cookies(part.headers, "cookie"),
        "headers": _headers(part.headers),
        "queryString": _query(url),
        "headersSize": -1,
        "bodySize": len(data),
    }
    if data:
        text = data.decode("utf-8", "replace")
        request["postData"] = {"mimeType": first(part.headers, "content-type"), "params": [], "text": text}
    return request


def _response(exchange: Exchange) -> dict[str, Any]:
    answer = exchange.response
    if answer is None:
        nothing = {"size": 0, "mimeType": "x-unknown"}
        return {**_answer_head(0, "", ()), "content": nothing, "bodySize": -1, "_error": "wiretape: no answer"}
    data = whole_body(answer)
    kind = first(answer.headers, "content-type")
    body: dict[str, Any] = {"size": len(data), "mimeType": kind or "x-unknown"}
    if data:
        text = text_of(data)
        exact = text is not None and as_bytes(text, kind) == data
        body |= {"text": text} if exact else {"text": to_base64(data), "encoding": "base64"}
    reason = _phrase(answer.status) if answer.reason is None else answer.reason
    return {**_answer_head(answer.status, reason, answer.headers), "content": body, "bodySize": len(data)}


def _answer_head(status: int, reason: str, headers: Headers) -> dict[str, Any]:
    return {
        "status": status,
        "statusText": reason,
        "httpVersion": _HTTP,
        "cookies": _cookies(headers, "set-cookie"),
        "headers": _headers(headers),
        "redirectURL": first(headers, "location"),
        "headersSize": -1,
    }


def _phrase(status: int) -> str:
    with contextlib.suppress(ValueError):
        return HTTPStatus(status).phrase
    return ""


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _cookies(headers: Headers, name: str) -> list[dict[str, str]]:
    values = [value for key, value in headers if key == name]
    pairs = [pair for value in values for pair in (value.split(";") if name == "cookie" else [value.partition(";")[0]])]
    named = (pair.partition("=") for pair in pairs)
    return [{"name": key.strip(), "value": value.strip()} for key, mark, value in named if mark]


def _query(url: str) -> list[dict[str, str]]:
    with contextlib.suppress(ValueError):
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        return [{"name": name, "value": value} for name, value in pairs]
    return []


def _message(line: Line, began: int) -> dict[str, Any]:
    payload = line.data
    if line.kind == "close":
        payload = b"" if line.code is None else line.code.to_bytes(2, "big") + line.data
    text = payload.decode("utf-8", "replace") if line.kind == "text" else to_base64(payload)
    return {
        "type": "send" if line.direction == ">" else "receive",
        "time": (began + line.time) / 1e6,
        "opcode": _OPCODES[line.kind],
        "data": text,
    }

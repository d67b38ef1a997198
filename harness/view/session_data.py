"""`session_data`: a cassette as the plain data that the page shows."""

from __future__ import annotations

import base64
from typing import Any, Final

from harness.cassette.model import Call, Cassette, Exchange
from harness.compare.timeline import TimelineEntry, timeline
from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.records import records_of
from harness.heartbeat_looks import PLAIN_HEARTBEATS
from harness.profile import ServiceProfile
from harness.view.calls import as_curl, as_python, url_of
from harness.view.fault_places import fault_places, fault_targets

MOST_SHOWN: Final = 256 * 1024
"""Bytes of one payload in the page; the rest is counted only."""
_MOST_OF_AN_IMAGE: Final = 2 * 1024 * 1024
_REFUSED: Final = 400
_CLEAN_CLOSES: Final = frozenset({None, 1000, 1001})
_FAILED_ENDS: Final = frozenset({"reset", "cut", "aborted"})
_IMAGES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def session_data(cassette: Cassette, profile: ServiceProfile, title: str) -> dict[str, Any]:
    """What the page shows, as JSON values.

    Args:
        cassette: A redacted cassette.
        profile: Of its service: names of events, and pieces of texts.
        title: Name of the page.
    """
    recorded = cassette.recorded
    entries = list(timeline(cassette, profile, joined=False))
    targets = fault_targets(cassette)
    places = fault_places(entries, targets)
    return {
        "title": title,
        "about": {
            "at": recorded.at,
            "by": recorded.by,
            "client": recorded.client,
            "origin": recorded.origin or "unknown",
            "complete": recorded.complete,
            "redacted": list(cassette.redacted),
            "leftOut": len(cassette.left_out),
        },
        "exchanges": [
            {**_exchange(each, recorded.origin), "faultTarget": target}
            for each, target in zip(cassette.exchanges, targets, strict=True)
        ],
        "events": [
            _event(each, profile) | ({"place": list(place)} if place else {})
            for each, place in zip(entries, places, strict=True)
        ],
    }


def _exchange(exchange: Exchange, origin: str) -> dict[str, Any]:
    data: dict[str, Any] = {"target": exchange.target, "url": url_of(exchange, origin), "at": exchange.at}
    if not isinstance(exchange, Call):
        return {**data, "lane": "socket", "method": "socket"}
    is_streamed = bool(exchange.request.stream or (exchange.response and exchange.response.stream))
    data |= {"lane": "stream" if is_streamed else "rest", "method": exchange.method}
    return {**data, "curl": as_curl(exchange, origin), "python": as_python(exchange, origin)}


def _event(entry: TimelineEntry, profile: ServiceProfile) -> dict[str, Any]:
    data: dict[str, Any] = {
        "at": entry.at,
        "x": entry.exchange,
        "dir": entry.direction,
        "kind": entry.kind,
        "name": entry.name,
        "size": len(entry.data),
    }
    if entry.headers:
        data["headers"] = [list(pair) for pair in entry.headers]
    if entry.code is not None:
        data["code"] = entry.code
    if entry.kind in ("ping", "pong") or (entry.kind in ("text", "binary") and entry.data in PLAIN_HEARTBEATS):
        data["beat"] = True
    if _is_error(entry, profile):
        data["error"] = True
    return data | _payload(entry.data) | _piece(entry, profile)


def _is_error(entry: TimelineEntry, profile: ServiceProfile) -> bool:
    if entry.kind == "answer":
        return int(entry.name[:3]) >= _REFUSED
    if entry.kind == "close":
        return entry.code not in _CLEAN_CLOSES
    return entry.kind in _FAILED_ENDS or entry.name in profile.failures


def _payload(data: bytes) -> dict[str, Any]:
    if not data:
        return {}
    for begin, kind in _IMAGES:
        if data.startswith(begin) and len(data) <= _MOST_OF_AN_IMAGE:
            return {"image": f"data:{kind};base64,{base64.b64encode(data).decode()}"}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data[:MOST_SHOWN]).decode()}
    if len(text) > MOST_SHOWN:
        return {"text": text[:MOST_SHOWN], "cut": True}
    return {"text": text} | _records(data)


def _records(data: bytes) -> dict[str, Any]:
    """The records of a message that is JSON only in part: each as its head and its JSON."""
    if len(data) > MOST_SHOWN or parse_json(data) is not NOT_JSON:
        return {}
    found = records_of(data)
    if found is None:
        return {}
    separator, records = found
    rows = [
        (record.head.decode(), "" if record.value is NOT_JSON else piece[len(record.head) :].decode())
        for record, piece in zip(records, data.split(separator), strict=True)
    ]
    return {"records": [list(row) for row in rows if any(row)]}


def _piece(entry: TimelineEntry, profile: ServiceProfile) -> dict[str, Any]:
    """The piece of the answer's text that this event adds."""
    name = profile.deltas.get(entry.name) if entry.kind == "text" and entry.direction == "<" else None
    value = parse_json(entry.data) if name is not None else None
    piece = value.get(name) if isinstance(value, dict) else None
    return {"piece": piece} if isinstance(piece, str) else {}

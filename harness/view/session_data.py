"""`session_data`: a cassette as the plain data that the page shows."""

from __future__ import annotations

import base64
from typing import Any, Final

from harness.cassette.model import Call, Cassette, Exchange
from harness.compare.timeline import TimelineEntry, timeline
from harness.heartbeat_looks import PLAIN_HEARTBEATS
from harness.profile import ServiceProfile
from harness.view.calls import as_curl, as_python, url_of
from harness.view.fault_places import fault_places, fault_targets
from harness.view.message_parts import MessageParts
from harness.view.pieces import AnswerPieces

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
    (b"RIFF", "image/webp"),
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
    parts, pieces = MessageParts(cassette, profile), AnswerPieces(entries, profile)
    return {
        "title": title,
        "about": {
            "at": recorded.at,
            "by": recorded.by,
            "client": recorded.client,
            "origin": recorded.origin,
            "complete": recorded.complete,
            "redacted": list(cassette.redacted),
            "leftOut": len(cassette.left_out),
        },
        "exchanges": [
            {**_exchange(each, recorded.origin), "faultTarget": target}
            for each, target in zip(cassette.exchanges, targets, strict=True)
        ],
        "events": [
            _event(each, profile) | _found(parts.of(each), pieces.of(each), place)
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
    return data | _payload(entry.data)


def _found(records: list[list[str]], piece: str | None, place: tuple[str, int] | None) -> dict[str, Any]:
    """The event's further keys for the page: ``records``, ``piece`` and ``place``, each only if it has a value."""
    found: dict[str, Any] = {"records": records} if records else {}
    if piece is not None:
        found["piece"] = piece
    return found | ({"place": list(place)} if place else {})


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
        is_image = data.startswith(begin) and (begin != b"RIFF" or data[8:12] == b"WEBP")
        if is_image and len(data) <= _MOST_OF_AN_IMAGE:
            return {"image": f"data:{kind};base64,{base64.b64encode(data).decode()}"}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data[:MOST_SHOWN]).decode()}
    if len(text) > MOST_SHOWN:
        return {"text": text[:MOST_SHOWN], "cut": True}
    return {"text": text}

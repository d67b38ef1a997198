"""``_webSocketMessages``: Chrome's extension of HAR, which Edge, Firefox, mitmproxy and Playwright write, too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from harness.cassette.model import Direction, Kind
from harness.har.fields import Fields
from harness.har.http_parts import from_base64
from harness.har.report import Losses, Reason
from harness.har.times import message_time, microseconds

FIELD: Final = "_webSocketMessages"
CLOSE: Final = "_webSocketClose"
"""The field in which HTTP Toolkit writes how a socket ended."""
KINDS: Final[dict[int, Kind]] = {1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}
"""Kinds by opcode (RFC 6455 §5.2)."""
_NAMES: Final[dict[str, Kind]] = {kind: kind for kind in KINDS.values()}
_DIRECTIONS: Final[dict[str, Direction]] = {"send": ">", "sent": ">", "receive": "<", "received": "<"}
_CODES: Final = range(1000, 5000)
_MAX_REASON: Final = 123
_LOST: Final = "\ufffd"
_ABNORMAL: Final = 1006
_NEVER_SENT: Final = frozenset({1005, 1006, 1015})
"""Codes for a close frame without a code, and for a missing close frame (RFC 6455 §7.4.1)."""


@dataclass(frozen=True, slots=True)
class HarMessage:
    """One message or control frame.

    Attributes:
        at: Microseconds since 1970; None if the exporter does not write it.
        data: The payload; for a close frame its reason.
        code: Of a close frame; None if it has none.
    """

    direction: Direction
    kind: Kind
    at: int | None
    data: bytes = field(repr=False)
    code: int | None = None


def messages_of(entry: Fields, losses: Losses) -> Iterator[HarMessage]:
    """The messages of a socket's entry, in the file's order. Payloads are unmasked, whatever ``mask`` is.

    Other items are counted and left out; Chrome, for example, also lists errors of the socket.
    """
    before = len(entry.odd)
    for each in entry.objects(FIELD):
        direction = _DIRECTIONS.get(each.text("type").lower())
        kind = _kind(each)
        text = _text(each)
        if kind is None or direction is None or text is None:
            losses.add(Reason.ODD_MESSAGES)
            continue
        at = message_time(each)
        losses.add(Reason.NO_MESSAGE_TIMES, at is None)
        if kind == "text":
            losses.add(Reason.UNDECODABLE, _LOST in text)
            yield HarMessage(direction, kind, at, text.encode("utf-8", "surrogatepass"))
            continue
        decoded = from_base64(text)
        data = text.encode("utf-8", "surrogatepass") if decoded is None else decoded
        yield _close(direction, at, data) if kind == "close" else HarMessage(direction, kind, at, data)
    losses.add(Reason.ODD_MESSAGES, sum(f"{FIELD}[" in place and place.endswith("]") for place in entry.odd[before:]))


def end_of(entry: Fields, began: int) -> HarMessage | None:
    """How a socket ended, if the exporter writes that apart from the messages; None otherwise.

    HTTP Toolkit writes code and reason, but not which side closed. The import assumes the server, so that a replay
    ends the socket with the same code.

    Args:
        began: When the entry began, microseconds since 1970.
    """
    said = entry.raw(CLOSE)
    # Its time counts from the start of HTTP Toolkit, so the entry's duration is used instead.
    took = entry.number("time")
    at = began + microseconds(took) if took > 0 else None
    if said == "aborted":
        return HarMessage("<", "eof", at, b"")
    if not isinstance(said, dict):
        return None
    fields = entry.object(CLOSE)
    reason = fields.text("reason").encode("utf-8", "replace")
    code = fields.integer("code")
    if code not in _CODES or len(reason) > _MAX_REASON or code in _NEVER_SENT:
        return HarMessage("<", "eof" if code == _ABNORMAL else "close", at, b"")
    return HarMessage("<", "close", at, reason, code)


def _kind(message: Fields) -> Kind | None:
    """The kind of a HAR's message by its opcode or type; text if it has neither, None if that is unknown."""
    opcode = message.raw("opcode")
    if isinstance(opcode, str) and opcode.lower() in _NAMES:
        message.note("opcode")
        return _NAMES[opcode.lower()]
    return KINDS.get(1 if opcode is None else message.integer("opcode"))


def _text(message: Fields) -> str | None:
    """The text of a message, or the JSON of an object; None for other values."""
    data = message.raw("data")
    if isinstance(data, dict | list):
        message.note("data")
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    text = message.optional_text("data")
    return "" if data is None else text


def _close(direction: Direction, at: int | None, payload: bytes) -> HarMessage:
    """A close frame: its payload is code and reason (RFC 6455 §5.5.1); an invalid payload is dropped."""
    code, reason = int.from_bytes(payload[:2], "big"), payload[2:]
    if code not in _CODES or len(reason) > _MAX_REASON or not _is_utf8(reason):
        return HarMessage(direction, "close", at, b"")
    return HarMessage(direction, "close", at, reason, code)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True

"""``_webSocketMessages``: what Chrome brought in, and Edge, Firefox, mitmproxy and Playwright write too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from harness.cassette.model import Direction, Kind
from harness.har.bodies import from_base64
from harness.har.fields import Fields
from harness.har.notes import Reason
from harness.har.report import Losses
from harness.har.times import message_time

FIELD: Final = "_webSocketMessages"
KINDS: Final[dict[int, Kind]] = {1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}
"""By opcode (RFC 6455 §5.2)."""
_DIRECTIONS: Final[dict[str, Direction]] = {"send": ">", "sent": ">", "receive": "<", "received": "<"}
_CODES: Final = range(1000, 5000)
_MAX_REASON: Final = 123
_LOST: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class Message:
    """One message or control frame.

    Attributes:
        at: Microseconds since 1970; None if the exporter does not tell.
        data: Payload; of a close its reason.
        code: Of a close that has one.
    """

    direction: Direction
    kind: Kind
    at: int | None
    data: bytes = field(repr=False)
    code: int | None = None


def messages_of(entry: Fields, losses: Losses) -> Iterator[Message]:
    """The messages of a socket's entry, in the file's order. Payloads are never masked there, whatever ``mask`` says.

    Raises:
        HarFieldError: A message is none.
    """
    for each in entry.objects(FIELD):
        direction = _DIRECTIONS.get(each.text("type"))
        if direction is None:
            raise each.wrong("type", "expected send or receive")
        kind = KINDS.get(each.integer("opcode", 1))
        text = each.text("data", "")
        if kind is None:
            losses.add(Reason.ODD_MESSAGES)
            continue
        at = message_time(each)
        losses.add(Reason.NO_MESSAGE_TIMES, at is None)
        if kind == "text":
            losses.add(Reason.UNDECODABLE, _LOST in text)
            yield Message(direction, kind, at, text.encode("utf-8", "surrogatepass"))
            continue
        decoded = from_base64(text)
        data = text.encode("utf-8", "surrogatepass") if decoded is None else decoded
        yield _close(direction, at, data) if kind == "close" else Message(direction, kind, at, data)


def _close(direction: Direction, at: int | None, payload: bytes) -> Message:
    """Code and reason are the payload (RFC 6455 §5.5.1); what is neither is left out."""
    code, reason = int.from_bytes(payload[:2], "big"), payload[2:]
    if code not in _CODES or len(reason) > _MAX_REASON or not _is_utf8(reason):
        return Message(direction, "close", at, b"")
    return Message(direction, "close", at, reason, code)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True

"""What an exporter left out or changed, in words: the reasons that a report counts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final


class Reason(Enum):
    """Why an imported cassette says less than a recording of the relay; the values are for ``--json``."""

    OTHER_ORIGIN = "other-origin"
    CACHED = "cached"
    ODD_ENTRIES = "odd-entries"
    TOO_LARGE = "too-large"
    REPAIRED = "repaired"
    REPAIRED_JSON = "repaired-json"
    NO_DATE = "no-date"
    NO_ANSWER = "no-answer"
    NO_SOCKETS = "no-sockets"
    NO_MESSAGES = "no-messages"
    NO_CLOSE = "no-close"
    NO_CONTROL_FRAMES = "no-control-frames"
    NO_FRAGMENTS = "no-fragments"
    ODD_MESSAGES = "odd-messages"
    NO_MESSAGE_TIMES = "no-message-times"
    NO_TIMES = "no-times"
    ROUNDED_TIMES = "rounded-times"
    NO_CREDENTIALS = "no-credentials"
    REBUILT_COOKIES = "rebuilt-cookies"
    ODD_HEADERS = "odd-headers"
    ODD_BASE64 = "odd-base64"
    NO_FILE = "no-file"
    NO_REQUEST_BODY = "no-request-body"
    REBUILT_REQUEST_BODY = "rebuilt-request-body"
    NO_BODY = "no-body"
    SHORT_BODY = "short-body"
    BROKEN_BODY = "broken-body"
    UNDECODABLE = "undecodable"
    NO_CHUNKS = "no-chunks"
    HTTP_VERSION = "http-version"


_NO_CREDENTIALS: Final = (
    "and none with a cookie or authorization: exported without sensitive data, or there was none. A replay compares "
    "whether there is an authorization: it refuses clients that send one; sockets, which have none, replay"
)
_NO_MESSAGES: Final = (
    "without messages: the exporter keeps none. It is cut after its upgrade, so no turn on it can be replayed"
)

MEANING: Final[Mapping[Reason, tuple[str, str]]] = {
    Reason.OTHER_ORIGIN: ("entry", "of other origins: left out"),
    Reason.CACHED: ("answer", "out of the browser's cache, the service never gave it: left out"),
    Reason.ODD_ENTRIES: (
        "entry",
        "without a URL, a method or a status that HTTP has: left out",
    ),
    Reason.TOO_LARGE: ("entry", "with a body or message larger than a cassette may hold: left out"),
    Reason.REPAIRED: ("entry", "with values of another type than HAR has there: read as what they plainly mean"),
    Reason.REPAIRED_JSON: (
        "file",
        "that is no JSON by the letter (NaN, raw control characters and the like): repaired",
    ),
    Reason.NO_DATE: ("entry", "without a date that can be read: it follows the one before it in the file"),
    Reason.NO_ANSWER: ("exchange", "without an answer; who ended it is told only as far as the exporter does"),
    Reason.NO_SOCKETS: ("file", "without any socket: some exporters leave them out altogether"),
    Reason.NO_MESSAGES: ("socket", _NO_MESSAGES),
    Reason.NO_CLOSE: (
        "socket",
        "without a close code and reason: it is cut after its last message, and the cassette says so",
    ),
    Reason.NO_CONTROL_FRAMES: ("socket", "without pings and pongs"),
    Reason.NO_FRAGMENTS: ("socket", "without frame boundaries: every message stands as one frame"),
    Reason.ODD_MESSAGES: ("message", "without a direction, a text or the opcode of a message: left out"),
    Reason.NO_MESSAGE_TIMES: ("message", "without a time: they follow each other at once, in the file's order"),
    Reason.NO_TIMES: ("exchange", "without the times of its parts: head and body come together"),
    Reason.ROUNDED_TIMES: ("exchange", "that began at a time rounded to milliseconds"),
    Reason.NO_CREDENTIALS: ("request", _NO_CREDENTIALS),
    Reason.REBUILT_COOKIES: ("request", "whose Cookie header was rebuilt from the list of cookies"),
    Reason.ODD_HEADERS: ("header", "that HTTP cannot say: left out"),
    Reason.ODD_BASE64: ("body", "that is said to be base64 and is none: taken as text"),
    Reason.NO_FILE: ("body", "in a file that is not there: missing"),
    Reason.NO_REQUEST_BODY: ("request", "without its body: a replay takes none in its place"),
    Reason.REBUILT_REQUEST_BODY: ("request", "whose body was rebuilt from its parameters: it may differ in spelling"),
    Reason.NO_BODY: ("answer", "without its body: a replay gives none"),
    Reason.SHORT_BODY: ("answer", "whose body is shorter than stated: it may be cut off"),
    Reason.BROKEN_BODY: ("answer", "that broke off, by the exporter's word: it stands so"),
    Reason.UNDECODABLE: ("body", "with U+FFFD: bytes that the exporter could not read as text are lost"),
    Reason.NO_CHUNKS: ("answer", "that was streamed: its pieces and their times are lost, it comes at once"),
    Reason.HTTP_VERSION: ("exchange", "over HTTP/2 or HTTP/3: cassettes know no versions, nor pseudo headers"),
}
"""Noun, and what became of it."""

"""`Entry`: what one entry of a HAR says, checked; whichever program wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from harness.cassette.decode import METHOD_PATTERN
from harness.cassette.model import Headers
from harness.har.bodies import answer_body, request_body
from harness.har.errors import HarFieldError
from harness.har.fields import Fields
from harness.har.headers import first, header_fields, phrase, with_cookies
from harness.har.messages import FIELD, Message, messages_of
from harness.har.notes import Reason
from harness.har.origin import is_socket, split_url
from harness.har.report import Losses
from harness.har.source import RawEntry
from harness.har.times import Spans, spans, started

_METHOD: Final = re.compile(METHOD_PATTERN)
_STREAMED_AFTER: Final = 500_000
_CREDENTIALS: Final = frozenset({"authorization", "cookie", "set-cookie"})
_NEWER: Final = ("h2", "h3", "http/2", "http/3", "quic", "hq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry.

    Attributes:
        where: Its place in the file.
        origin: Of its URL; see `harness.har.origin.split_url`.
        target: Path and query.
        at: Microseconds since 1970.
        spans: How long its parts took.
        upgrade: Whether it is a WebSocket.
        status: 0 for none.
        error: What the exporter says of why it has none, or broke off.
        messages: Of a socket; None if the exporter keeps none.
    """

    where: str
    origin: str
    method: str
    target: str
    at: int
    spans: Spans
    upgrade: bool
    request_headers: Headers = field(repr=False)
    request_body: bytes = field(repr=False)
    status: int
    reason: str | None = None
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    error: str = ""
    messages: tuple[Message, ...] | None = field(default=None, repr=False)

    @property
    def has_credentials(self) -> bool:
        """Whether a header that signs in, or sets a cookie, is there."""
        return any(name in _CREDENTIALS for name, _ in (*self.request_headers, *self.headers))


@dataclass(frozen=True, slots=True)
class Glance:
    """What has to be known of all entries before one is taken.

    Attributes:
        at: Microseconds since 1970.
    """

    origin: str
    at: int
    cached: bool


def glance(raw: RawEntry) -> Glance:
    """Where an entry belongs.

    Raises:
        HarFieldError: It does not say.
    """
    entry = Fields(raw.value, raw.where)
    origin, _ = split_url(entry.object("request").text("url"))
    cached = entry.raw("_fromCache") is not None or entry.object("response").raw("fromDiskCache") is True
    return Glance(origin, started(entry).at, cached)


def read_entry(raw: RawEntry, losses: Losses) -> Entry:
    """One entry; what the exporter left out of it is counted.

    Raises:
        HarFieldError: A field is missing, or of the wrong type.
    """
    entry = Fields(raw.value, raw.where)
    request, response = entry.object("request"), entry.object("response")
    url, method = request.text("url"), request.text("method").upper()
    origin, target = split_url(url)
    headers = with_cookies(request, header_fields(request, losses), losses)
    status = max(0, response.integer("status", 0))
    upgrade = _is_upgrade(entry, url, headers, status)
    messages = tuple(messages_of(entry, losses)) if FIELD in entry else None
    if upgrade and messages:
        status = 101
    elif status and (status > 999 or status < 200) and not (upgrade and status == 101):
        raise response.wrong("status", "expected the status of an answer, 200 to 999, or 0 for none")
    answer = header_fields(response, losses)
    read = Entry(
        where=raw.where,
        origin=origin,
        method=method,
        target=target,
        at=started(entry).at,
        spans=spans(entry),
        upgrade=upgrade,
        request_headers=headers,
        request_body=b"" if upgrade else request_body(request, headers, losses),
        status=status,
        reason=phrase(response),
        headers=answer,
        body=b"" if not status or status == 101 else answer_body(response, answer, method, losses),
        error=_error(entry, response),
        messages=messages,
    )
    _count(read, entry, request, losses)
    return read


def _is_upgrade(entry: Fields, url: str, headers: Headers, status: int) -> bool:
    if status == 101 or is_socket(url) or FIELD in entry:
        return True
    kind = entry.raw("_resourceType")
    return kind == "websocket" or (kind is None and first(headers, "upgrade").lower() == "websocket")


def _error(entry: Fields, response: Fields) -> str:
    said = response.raw("_error") or entry.raw("_failureText")
    return said[:200] if isinstance(said, str) else ""


def _count(read: Entry, entry: Fields, request: Fields, losses: Losses) -> None:
    """What an entry leaves out as a whole."""
    version = request.raw("httpVersion")
    if isinstance(version, str) and version.lower().startswith(_NEWER):
        losses.add(Reason.HTTP_VERSION)
    losses.add(Reason.ROUNDED_TIMES, started(entry).rounded)
    if not read.status:
        losses.add(Reason.NO_ANSWER)
        return
    losses.add(Reason.NO_TIMES, not read.spans.known)
    if read.upgrade and read.status == 101:
        _count_socket(read, losses)
    elif _is_streamed(read):
        losses.add(Reason.NO_CHUNKS)


def _count_socket(read: Entry, losses: Losses) -> None:
    kinds = {each.kind for each in read.messages or ()}
    losses.add(Reason.NO_MESSAGES, not read.messages)
    losses.add(Reason.NO_CLOSE, bool(read.messages) and "close" not in kinds)
    losses.add(Reason.NO_CONTROL_FRAMES, not kinds & {"ping", "pong"})
    losses.add(Reason.NO_FRAGMENTS, bool(read.messages))


def _is_streamed(read: Entry) -> bool:
    if first(read.headers, "content-type").partition(";")[0].strip().lower() == "text/event-stream":
        return True
    slow = read.spans.end - read.spans.head > _STREAMED_AFTER
    return bool(read.body) and slow and not first(read.headers, "content-length")


def check_method(read: Entry) -> None:
    """Refuse a method that no cassette can say.

    Raises:
        HarFieldError: It is none.
    """
    if not _METHOD.fullmatch(read.method):
        raise HarFieldError("expected a method, such as GET", f"{read.where}.request.method")

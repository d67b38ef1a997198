"""`Entry`: the checked content of one HAR entry, whichever program exported it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from harness.cassette.decode_exchange import METHOD_PATTERN
from harness.cassette.model import Headers
from harness.framing.event_streams import is_event_stream
from harness.har.entry_parser import RawEntry
from harness.har.fields import Fields
from harness.har.http_parts import JOINS_COOKIES, answer_body, first, header_fields, phrase, request_body
from harness.har.messages import CLOSE, FIELD, HarMessage, end_of, messages_of
from harness.har.rebuilt import with_cookies, with_query, with_response_fields
from harness.har.report import Losses, Reason
from harness.har.times import EntryTimings, spans, started
from harness.record.browser_errors import ABORTED, BROKEN

_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_PORTS: Final = {"http": 80, "https": 443}
_SOCKETS: Final = {"http": "ws", "https": "wss"}
_VISIBLE: Final = "".join(map(chr, range(0x21, 0x7F)))


def split_url(url: str) -> tuple[str, str]:
    """The origin and the target of a URL: ``https://a.example`` and ``/path?query``.

    ``wss://a.example`` has the same origin as ``https://a.example``; a default port is dropped. For a URL of another
    scheme (``data:``, ``blob:``) or without a host, the origin is the scheme, and the target is empty. Characters other
    than visible ASCII are percent-encoded; the fragment is dropped.
    """
    scheme, _, rest = url.partition(":")
    kept = _SCHEMES.get(scheme.lower())
    if kept is None or not rest.startswith("//"):
        return f"{scheme[:20].lower()}:", ""
    host = _host(f"{kept}:{rest}", kept)
    if not host:
        return f"{kept}:", ""
    after = rest[2:]
    begins = min((at for mark in "/?#" if (at := after.find(mark)) >= 0), default=len(after))
    target = after[begins:].partition("#")[0]
    target = target if target.startswith("/") else f"/{target}"
    return f"{kept}://{host}", quote(target, safe=_VISIBLE, errors="replace")


def _host(url: str, scheme: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if any(not "!" <= letter <= "~" for letter in host):
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return ""
    host = f"[{host}]" if ":" in host else host
    return host if not host or port in {None, _PORTS[scheme]} else f"{host}:{port}"


def is_socket(url: str) -> bool:
    """Whether the URL has a WebSocket scheme."""
    return url.partition(":")[0].lower() in {"ws", "wss"}


def socket_url(url: str) -> str:
    """An http or https URL with ``ws`` or ``wss`` in place of its scheme."""
    scheme, mark, rest = url.partition(":")
    return f"{_SOCKETS.get(scheme, scheme)}{mark}{rest}"


_METHOD: Final = re.compile(METHOD_PATTERN)
_STATUS_LINE: Final = re.compile(r"\s*(?:HTTP/[\d.]+\s+)?(\d{3})(?:\.0+)?(?:\s|$)")
_FAILED_IN_CHARLES: Final = frozenset({"EXCEPTION", "FAILED"})
_STREAMED_AFTER: Final = 500_000
_CREDENTIALS: Final = frozenset({"authorization", "cookie", "set-cookie"})
_NEWER: Final = ("h2", "h3", "http/2", "http/3", "quic", "hq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a HAR.

    Attributes:
        where: Its path in the file, for errors.
        origin: Of its URL; see `split_url`.
        target: Path and query.
        at: When it began, microseconds since 1970.
        spans: Durations of its parts.
        upgrade: Whether it is a WebSocket.
        status: 0 for none.
        error: The exporter's reason for a missing or incomplete response; empty for none.
        messages: Of a socket; None if the exporter does not write them.
    """

    where: str
    origin: str
    method: str
    target: str
    at: int
    spans: EntryTimings
    upgrade: bool
    request_headers: Headers = field(repr=False)
    request_body: bytes = field(repr=False)
    status: int
    reason: str | None = None
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    error: str = ""
    messages: tuple[HarMessage, ...] | None = field(default=None, repr=False)

    @property
    def has_credentials(self) -> bool:
        """Whether the entry has a header with credentials, or one that sets a cookie."""
        return any(name in _CREDENTIALS for name, _ in (*self.request_headers, *self.headers))


@dataclass(frozen=True, slots=True)
class Glance:
    """What an import needs to know of every entry before it reads one completely.

    Attributes:
        at: When the entry began, microseconds since 1970; None if the entry has no readable date.
    """

    origin: str
    at: int | None
    cached: bool


def glance(raw: RawEntry) -> Glance:
    """The origin and date of an entry.

    Raises:
        HarFieldError: The entry has no URL.
    """
    entry = Fields(raw.value, raw.where)
    origin, _ = split_url(entry.object("request").required_text("url"))
    cached = entry.raw("_fromCache") is not None or entry.object("response").raw("fromDiskCache") is True
    began = started(entry)
    return Glance(origin, None if began is None else began.at, cached)


def read_entry(raw: RawEntry, losses: Losses, *, at: int | None = None, exporter: str = "") -> Entry:
    """Read one entry, and count what the exporter left out of it and what had to be repaired.

    Args:
        at: When it began, for an entry without a readable date.
        exporter: The program that wrote the file, as the file names it.

    Raises:
        HarFieldError: The URL or the method is missing, or the status is out of range.
    """
    entry = Fields(raw.value, raw.where)
    request, response = entry.object("request"), entry.object("response")
    url, method = request.required_text("url"), request.required_text("method").strip().upper()
    if not _METHOD.fullmatch(method):
        raise request.wrong("method", "expected a method, such as GET")
    origin, target = split_url(url)
    headers = with_cookies(request, header_fields(request, losses), losses)
    status = _status(response)
    upgrade = _is_upgrade(entry, url, headers, status)
    began = started(entry)
    moment = began.at if began is not None else at or 0
    messages = _messages(entry, moment, losses)
    if upgrade and messages:
        status = 101
    elif status and (status > 999 or status < 200) and not (upgrade and status == 101):
        raise response.wrong("status", "expected the status of an answer, 200 to 999, or 0 for none")
    answer = header_fields(response, losses, joined=exporter.lower().startswith(JOINS_COOKIES))
    answer = with_response_fields(response, answer, losses) if status and not upgrade else answer
    read = Entry(
        where=raw.where,
        origin=origin,
        method=method,
        target=with_query(request, target, losses),
        at=moment,
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
    _count(read, request, losses)
    losses.add(Reason.ROUNDED_TIMES, began is not None and began.rounded)
    losses.add(Reason.NO_DATE, began is None)
    losses.add(Reason.REPAIRED, bool(entry.odd))
    return read


def _status(response: Fields) -> int:
    """The status of a response; 0 if it is missing or invalid."""
    said = response.raw("status")
    if isinstance(said, str) and (code := _STATUS_LINE.match(said)):
        response.note("status")
        return int(code[1])
    return max(0, response.integer("status", 0))


def _messages(entry: Fields, began: int, losses: Losses) -> tuple[HarMessage, ...] | None:
    """The messages of a socket, with its end if the exporter writes it; None if the exporter writes no messages.

    Times are microseconds since 1970. ``began``, when the entry began, only dates an end that is written apart.
    """
    if entry.raw(FIELD) is None and entry.raw(CLOSE) is None:
        return None
    messages = tuple(messages_of(entry, losses))
    end = None if any(one.kind == "close" for one in messages) else end_of(entry, began)
    return messages if end is None else (*messages, end)


def _is_upgrade(entry: Fields, url: str, headers: Headers, status: int) -> bool:
    if status == 101 or is_socket(url) or entry.raw(FIELD):
        return True
    kind = entry.raw("_resourceType")
    return kind == "websocket" or (kind is None and first(headers, "upgrade").lower() == "websocket")


def _error(entry: Fields, response: Fields) -> str:
    """Why the request failed; empty if it did not.

    Chrome and Playwright name the error; Playwright and Charles may only say that there was one.
    """
    words = (response.raw("_failureText"), response.raw("_error"), entry.raw("_failureText"), entry.raw("_error"))
    for said in words:
        if isinstance(said, str) and said:
            return said[:200]
    if entry.raw("_wasAborted") is True:
        return ABORTED
    charles = response.raw("_charlesStatus")
    return BROKEN if isinstance(charles, str) and charles.upper() in _FAILED_IN_CHARLES else ""


def _count(read: Entry, request: Fields, losses: Losses) -> None:
    """Count as losses what the exporter left out of the entry: its response, times, pieces, or messages."""
    version = request.raw("httpVersion")
    if isinstance(version, str) and version.lower().startswith(_NEWER):
        losses.add(Reason.HTTP_VERSION)
    if not read.status:
        losses.add(Reason.NO_ANSWER)
        return
    losses.add(Reason.NO_TIMES, not read.spans.known)
    if read.upgrade and read.status == 101:
        _count_socket(read, losses)
    elif _is_streamed(read):
        losses.add(Reason.NO_CHUNKS)
    losses.add(Reason.BROKEN_BODY, bool(read.error) and read.status != 101)


def _count_socket(read: Entry, losses: Losses) -> None:
    kinds = {each.kind for each in read.messages or ()}
    losses.add(Reason.NO_MESSAGES, not read.messages)
    losses.add(Reason.NO_CLOSE, bool(read.messages) and not kinds & {"close", "eof"})
    losses.add(Reason.NO_CONTROL_FRAMES, not kinds & {"ping", "pong"})
    losses.add(Reason.NO_FRAGMENTS, bool(read.messages))


def _is_streamed(read: Entry) -> bool:
    if is_event_stream(first(read.headers, "content-type")):
        return True
    slow = read.spans.end - read.spans.head > _STREAMED_AFTER
    return bool(read.body) and slow and not first(read.headers, "content-length")

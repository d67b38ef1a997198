"""Plain values, as YAML gives them, to a `Cassette`; every key checked. `encode` is the way back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from harness.cassette.body import BODY_KEYS, read_body
from harness.cassette.errors import (
    FieldError,
    LimitError,
    NewerFormatError,
    TranscriptError,
    UnreadableCassetteError,
)
from harness.cassette.fields import Fields, kind_of
from harness.cassette.header_fields import read_headers
from harness.cassette.model import (
    LIMITS,
    Aborted,
    Body,
    Call,
    Cassette,
    Exchange,
    Headers,
    LeftOut,
    Limits,
    Line,
    Recorded,
    RequestPart,
    ResponsePart,
    SocketExchange,
)
from harness.cassette.side_files import FileRef, ReadFile
from harness.cassette.transcript import parse_lines

VERSION: Final = 1
CASSETTE_KEYS: Final = (
    "cassette",
    "recorded",
    "redacted",
    "left_out",
    "order",
    "ignore",
    "bind",
    "match_on",
    "meta",
    "exchanges",
)
LEFT_OUT_KEYS: Final = ("exchange", "at", "cause")
CAUSES: Final = ("request-line", "headers", "status", "messages", "time", "too-large", "too-much", "other")
RECORDED_KEYS: Final = ("at", "by", "client", "from", "complete")
CALL_KEYS: Final = ("call", "at", "request", "response", "aborted")
SOCKET_KEYS: Final = ("socket", "at", "request", "response", "aborted", "messages")
REQUEST_KEYS: Final = ("decoded", "headers", *BODY_KEYS, "stream")
RESPONSE_KEYS: Final = ("status", "reason", "after", "decoded", "headers", *BODY_KEYS, "stream", "trailers")
ABORTED_KEYS: Final = ("by", "after", "how")
ORDERS: Final = ("exchange", "session")
ENDERS: Final = ("client", "server", "recorder")
HOWS: Final = ("eof", "reset", "timeout")
MIN_STATUS: Final = 200
MAX_STATUS: Final = 999
SWITCHING: Final = 101

MOMENT_PATTERN: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z"
METHOD_PATTERN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
TARGET_PATTERN: Final = r"(/|(https?|wss?)://)[!-~]*"
_MOMENT: Final = re.compile(MOMENT_PATTERN)
_CALL: Final = re.compile(f"({METHOD_PATTERN}) +({TARGET_PATTERN}|\\*)")
_TARGET: Final = re.compile(TARGET_PATTERN)
_REASON: Final = re.compile("[^\x00\r\n\u0100-\U0010ffff]*")
_ENDS: Final = frozenset({"close", "eof", "reset", "cut"})
_NOT_OF_AN_UPGRADE: Final = (*BODY_KEYS, "stream", "trailers")
_STREAM_KINDS: Final = frozenset({"text", "eof", "reset", "cut"})


def decode(plain: Any, read_file: ReadFile, limits: Limits = LIMITS) -> Cassette:
    """A cassette from plain values.

    Raises:
        NewerFormatError: Its version is not known yet.
        FieldError, TranscriptError, LimitError: What is wrong, with its path.
        CassetteError: From ``read_file``.
    """
    _check_version(plain)
    top = Fields(plain, "", CASSETTE_KEYS)
    recorded = _recorded(top.mapping("recorded", RECORDED_KEYS))
    items = top.items("exchanges")
    if len(items) > limits.exchanges:
        raise LimitError(f"more than {limits.exchanges} exchanges", "exchanges")
    decoder = _Decoder(read_file=read_file, limits=limits, complete=recorded.complete)
    exchanges = tuple(decoder.exchange(item, f"exchanges[{index}]") for index, item in enumerate(items))
    for index in range(1, len(exchanges)):
        if exchanges[index].at < exchanges[index - 1].at:
            raise FieldError("exchanges stand in the order of `at`: this one began earlier", f"exchanges[{index}].at")
    return Cassette(
        recorded=recorded,
        exchanges=exchanges,
        redacted=_texts(top, "redacted"),
        left_out=_left_out(top, limits),
        order=top.choice("order", ORDERS) if "order" in top else "exchange",
        ignore=_texts(top, "ignore"),
        bind=_texts(top, "bind"),
        match_on=_texts(top, "match_on"),
        meta=_meta(top),
    )


def _check_version(plain: Any) -> None:
    if not isinstance(plain, dict) or "cassette" not in plain:
        raise UnreadableCassetteError("this is no cassette: it has no key `cassette: 1`")
    version = plain["cassette"]
    if type(version) is not int or version < 1:
        raise FieldError(f"expected `cassette: {VERSION}`", "cassette")
    if version > VERSION:
        shown = version if version < 1_000_000 else "a later one"
        problem = f"the file is in version {shown} of the format, this program reads {VERSION}: upgrade wiretape"
        raise NewerFormatError(problem, "cassette")


def _recorded(fields: Fields) -> Recorded:
    at, by = fields.text("at"), fields.text("by")
    if not _MOMENT.fullmatch(at):
        raise fields.wrong("at", "expected a time in UTC such as 2026-11-23T05:00:00Z")
    if not by:
        raise fields.wrong("by", "expected what made the cassette, such as relay or hand")
    return Recorded(
        at=at,
        by=by,
        client=fields.text("client") if "client" in fields else "",
        origin=fields.text("from") if "from" in fields else "",
        complete=fields.boolean("complete") if "complete" in fields else True,
    )


def _texts(top: Fields, key: str) -> tuple[str, ...]:
    labels = top.items(key) if key in top else []
    for index, label in enumerate(labels):
        if not isinstance(label, str):
            raise FieldError(f"expected text, found {kind_of(label)}", f"{key}[{index}]")
    return tuple(labels)


def _left_out(top: Fields, limits: Limits) -> tuple[LeftOut, ...]:
    items = top.items("left_out") if "left_out" in top else []
    if len(items) > limits.exchanges:
        raise LimitError(f"more than {limits.exchanges} exchanges left out", "left_out")
    found = (Fields(item, f"left_out[{index}]", LEFT_OUT_KEYS) for index, item in enumerate(items))
    return tuple(
        LeftOut(exchange=one.text("exchange"), at=one.microseconds("at"), cause=one.choice("cause", CAUSES))
        for one in found
    )


def _meta(top: Fields) -> dict[str, object]:
    if "meta" not in top:
        return {}
    meta = top.value("meta")
    if not isinstance(meta, dict):
        raise top.wrong("meta", f"expected a mapping, found {kind_of(meta)}")
    return meta


@dataclass(slots=True, kw_only=True)
class _Decoder:
    """Decodes exchanges, and counts what they take.

    Attributes:
        complete: Whether the cassette says that nothing was cut, so that every transcript must show its end.
    """

    read_file: ReadFile
    limits: Limits
    complete: bool
    lines: int = 0
    payload_bytes: int = 0

    def exchange(self, item: Any, where: str) -> Exchange:
        """One of ``exchanges``."""
        if not isinstance(item, dict):
            raise FieldError(f"expected a mapping, found {kind_of(item)}", where)
        if ("call" in item) == ("socket" in item):
            raise FieldError("an exchange has one of the keys `call` and `socket`", where)
        return self._call(item, where) if "call" in item else self._socket(item, where)

    def _call(self, item: Any, where: str) -> Call:
        fields = Fields(item, where, CALL_KEYS)
        match = _CALL.fullmatch(fields.text("call"))
        if match is None:
            problem = "expected a method and a target: a path that begins with /, or an absolute URL"
            raise fields.wrong("call", problem)
        response, aborted = self._outcome(fields)
        if response is not None and response.status == SWITCHING:
            raise FieldError("status 101 belongs to a `socket`", f"{where}.response.status")
        return Call(
            method=match[1],
            target=match[2],
            at=fields.microseconds("at"),
            request=self._request(fields),
            response=response,
            aborted=aborted,
        )

    def _socket(self, item: Any, where: str) -> SocketExchange:
        fields = Fields(item, where, SOCKET_KEYS)
        target = fields.text("socket")
        if not _TARGET.fullmatch(target):
            raise fields.wrong("socket", "expected a path that begins with /, or an absolute URL")
        response, aborted = self._outcome(fields)
        accepted = response is not None and response.status == SWITCHING
        if accepted and any(key in item["response"] for key in _NOT_OF_AN_UPGRADE):
            raise FieldError("status 101 has no body: what follows are `messages`", f"{where}.response")
        if "messages" in fields and not accepted:
            raise fields.wrong("messages", "only an accepted socket (status 101) has messages")
        return SocketExchange(
            target=target,
            at=fields.microseconds("at"),
            request=self._request(fields),
            response=response,
            aborted=aborted,
            messages=self._messages(fields) if accepted else (),
        )

    def _outcome(self, fields: Fields) -> tuple[ResponsePart | None, Aborted | None]:
        if ("response" in fields) == ("aborted" in fields):
            raise fields.missing("an exchange has one of the keys `response` and `aborted`")
        if "response" in fields:
            return self._response(fields.mapping("response", RESPONSE_KEYS)), None
        aborted = fields.mapping("aborted", ABORTED_KEYS)
        return None, Aborted(
            by=aborted.choice("by", ENDERS),
            after=aborted.microseconds("after") if "after" in aborted else 0,
            how=aborted.choice("how", HOWS) if "how" in aborted else "eof",
        )

    def _request(self, fields: Fields) -> RequestPart:
        if "request" not in fields:
            return RequestPart()
        request = fields.mapping("request", REQUEST_KEYS)
        return RequestPart(
            headers=_headers(request, "headers"),
            body=self._body(request),
            stream=self._stream(request, ">"),
            decoded=request.text("decoded") if "decoded" in request else None,
        )

    def _response(self, fields: Fields) -> ResponsePart:
        status = fields.integer("status")
        if status != SWITCHING and not MIN_STATUS <= status <= MAX_STATUS:
            raise fields.wrong("status", f"expected {SWITCHING}, or {MIN_STATUS} to {MAX_STATUS}")
        reason = fields.text("reason") if "reason" in fields else None
        if reason is not None and not _REASON.fullmatch(reason):
            raise fields.wrong("reason", "a reason is latin-1 text without NUL, CR and LF")
        return ResponsePart(
            status=status,
            after=fields.microseconds("after") if "after" in fields else 0,
            reason=reason,
            headers=_headers(fields, "headers"),
            body=self._body(fields),
            stream=self._stream(fields, "<"),
            trailers=_headers(fields, "trailers"),
            decoded=fields.text("decoded") if "decoded" in fields else None,
        )

    def _body(self, fields: Fields) -> Body:
        if "stream" in fields and any(key in fields for key in BODY_KEYS):
            raise fields.wrong("stream", "a streamed body has no other body beside it")
        return read_body(fields, self._side_file)

    def _stream(self, fields: Fields, side: str) -> tuple[Line, ...] | None:
        if "stream" not in fields:
            return None
        where = fields.path("stream")
        lines = self._lines(fields.text("stream"), where)
        for line in lines:
            if line.kind not in _STREAM_KINDS or line.frames:
                raise TranscriptError(f"a streamed body has no {line.kind}: pieces, eof, reset or cut", where)
            if line.kind == "text" and line.direction != side:
                raise TranscriptError(f"the pieces of this body go `{side}`", where)
        return lines

    def _messages(self, fields: Fields) -> tuple[Line, ...]:
        where = fields.path("messages")
        lines = self._lines(fields.text("messages"), where) if "messages" in fields else ()
        if self.complete and not any(line.kind in _ENDS for line in lines):
            problem = "there is no end (close, eof, reset or cut): add it, or say `complete: false` in `recorded`"
            raise TranscriptError(problem, where)
        return lines

    def _lines(self, text: str, where: str) -> tuple[Line, ...]:
        self.lines += text.count("\n") + 1
        if self.lines > self.limits.lines:
            raise LimitError(f"more than {self.limits.lines} lines of transcripts", where)
        return parse_lines(text, where, self._side_file)

    def _side_file(self, ref: FileRef, where: str) -> bytes:
        self.payload_bytes += ref.size
        if ref.size > self.limits.side_file_bytes:
            raise LimitError(f"a side file of more than {self.limits.side_file_bytes} bytes", where)
        if self.payload_bytes > self.limits.payload_bytes:
            raise LimitError(f"side files of more than {self.limits.payload_bytes} bytes together", where)
        return self.read_file(ref, where)


def _headers(fields: Fields, key: str) -> Headers:
    return read_headers(fields.value(key), fields.path(key)) if key in fields else ()

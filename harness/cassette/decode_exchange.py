"""One exchange of a cassette, from the plain values of its YAML; every key is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from harness.cassette.body import BODY_KEYS, read_body
from harness.cassette.errors import (
    FieldError,
    LimitError,
    TranscriptError,
)
from harness.cassette.fields import MappingFields, kind_of
from harness.cassette.header_fields import read_headers
from harness.cassette.model import (
    Aborted,
    Body,
    Call,
    Exchange,
    Headers,
    Limits,
    Line,
    RequestPart,
    ResponsePart,
    SocketExchange,
)
from harness.cassette.payloads import Content
from harness.cassette.side_files import FileRef, ReadFile
from harness.cassette.transcript import parse_lines

CALL_KEYS: Final = ("call", "at", "request", "response", "aborted")
SOCKET_KEYS: Final = ("socket", "at", "request", "response", "aborted", "messages")
REQUEST_KEYS: Final = ("decoded", "headers", *BODY_KEYS, "stream")
RESPONSE_KEYS: Final = ("status", "reason", "after", "decoded", "headers", *BODY_KEYS, "stream", "aborted", "trailers")
ABORTED_KEYS: Final = ("by", "after", "how")
ENDERS: Final = ("client", "server", "recorder")
HOWS: Final = ("eof", "reset", "timeout")
MIN_STATUS: Final = 200
MAX_STATUS: Final = 999
SWITCHING: Final = 101

METHOD_PATTERN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
TARGET_PATTERN: Final = r"(/|(https?|wss?)://)[!-~]*"
_CALL: Final = re.compile(f"({METHOD_PATTERN}) +({TARGET_PATTERN}|\\*)")
_TARGET: Final = re.compile(TARGET_PATTERN)
_REASON: Final = re.compile("[^\x00\r\n\u0100-\U0010ffff]*")
_ENDS: Final = frozenset({"close", "eof", "reset", "cut"})
_NOT_OF_AN_UPGRADE: Final = (*BODY_KEYS, "stream", "aborted", "trailers")
_STREAM_KINDS: Final = frozenset({"text", "eof", "reset", "cut"})


@dataclass(slots=True, kw_only=True)
class ExchangeDecoder:
    """Decodes exchanges, and counts their size against the limits.

    Attributes:
        complete: Whether the cassette is marked as complete, so that every transcript must have its end.
    """

    read_file: ReadFile
    limits: Limits
    complete: bool
    lines: int = 0
    payload_bytes: int = 0
    large_bytes: int = 0

    def exchange(self, item: Any, where: str) -> Exchange:
        """Decode one item of ``exchanges``."""
        if not isinstance(item, dict):
            raise FieldError(f"expected a mapping, found {kind_of(item)}", where)
        if ("call" in item) == ("socket" in item):
            raise FieldError("expected exactly one of the keys `call` and `socket` in an exchange", where)
        return self._call(item, where) if "call" in item else self._socket(item, where)

    def _call(self, item: Any, where: str) -> Call:
        fields = MappingFields(item, where, CALL_KEYS)
        match = _CALL.fullmatch(fields.text("call"))
        if match is None:
            problem = "expected a method and a target: a path that begins with /, or an absolute URL"
            raise fields.wrong("call", problem)
        response, aborted = self._outcome(fields)
        if response is not None and response.status == SWITCHING:
            raise FieldError(
                "a `call` cannot have status 101: write the exchange as `socket`", f"{where}.response.status"
            )
        return Call(
            method=match[1],
            target=match[2],
            at=fields.microseconds("at"),
            request=self._request(fields),
            response=response,
            aborted=aborted,
        )

    def _socket(self, item: Any, where: str) -> SocketExchange:
        fields = MappingFields(item, where, SOCKET_KEYS)
        target = fields.text("socket")
        if not _TARGET.fullmatch(target):
            raise fields.wrong("socket", "expected a path that begins with /, or an absolute URL")
        response, aborted = self._outcome(fields)
        accepted = response is not None and response.status == SWITCHING
        if accepted and any(key in item["response"] for key in _NOT_OF_AN_UPGRADE):
            raise FieldError(
                "a response of status 101 has no body: write what follows it under `messages`", f"{where}.response"
            )
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

    def _outcome(self, fields: MappingFields) -> tuple[ResponsePart | None, Aborted | None]:
        if ("response" in fields) == ("aborted" in fields):
            raise fields.missing("an exchange has one of the keys `response` and `aborted`")
        if "response" in fields:
            return self._response(fields.mapping("response", RESPONSE_KEYS)), None
        return None, _aborted(fields)

    def _request(self, fields: MappingFields) -> RequestPart:
        if "request" not in fields:
            return RequestPart()
        request = fields.mapping("request", REQUEST_KEYS)
        return RequestPart(
            headers=_headers(request, "headers"),
            body=self._body(request),
            stream=self._stream(request, ">"),
            decoded=request.text("decoded") if "decoded" in request else None,
        )

    def _response(self, fields: MappingFields) -> ResponsePart:
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
            aborted=_aborted(fields) if "aborted" in fields else None,
        )

    def _body(self, fields: MappingFields) -> Body:
        if "stream" in fields and any(key in fields for key in BODY_KEYS):
            raise fields.wrong("stream", "a streamed body has no other body beside it")
        if "stream" in fields and "aborted" in fields:
            raise fields.wrong("aborted", "a streamed body has its end among its lines")
        return read_body(fields, self._side_file)

    def _stream(self, fields: MappingFields, side: str) -> tuple[Line, ...] | None:
        if "stream" not in fields:
            return None
        where = fields.path("stream")
        lines = self._lines(fields.text("stream"), where)
        for line in lines:
            if line.kind not in _STREAM_KINDS or line.frames:
                raise TranscriptError(
                    f"`stream` holds a line {line.kind}: expected only pieces of the body, eof, reset or cut", where
                )
            if line.kind == "text" and line.direction != side:
                raise TranscriptError(
                    f"a line has the wrong direction: each line of this body must begin with `{side}`", where
                )
        return lines

    def _messages(self, fields: MappingFields) -> tuple[Line, ...]:
        where = fields.path("messages")
        lines = self._lines(fields.text("messages"), where) if "messages" in fields else ()
        if self.complete and not any(line.kind in _ENDS for line in lines):
            problem = "there is no end (close, eof, reset or cut): add it, or say `complete: false` in `recorded`"
            raise TranscriptError(problem, where)
        return lines

    def _lines(self, text: str, where: str) -> tuple[Line, ...]:
        self.lines += text.count("\n") + 1
        if self.lines > self.limits.lines:
            raise LimitError(
                f"more than {self.limits.lines} lines in `messages` and `stream`: split the cassette", where
            )
        return parse_lines(text, where, self._small_file)

    def _side_file(self, ref: FileRef, where: str) -> Content:
        """The content of a side file: in memory, or of a large one on the disk."""
        if ref.size <= self.limits.side_file_bytes:
            return self._small_file(ref, where)
        self.large_bytes += ref.size
        if ref.size > self.limits.large_file_bytes:
            raise LimitError(
                f"the side file has more than {self.limits.large_file_bytes} bytes: record a smaller body", where
            )
        if self.large_bytes > self.limits.large_bytes:
            raise LimitError(
                f"the large side files have more than {self.limits.large_bytes} bytes together: split the cassette",
                where,
            )
        return self.read_file(ref, where)

    def _small_file(self, ref: FileRef, where: str) -> Content:
        self.payload_bytes += ref.size
        if ref.size > self.limits.side_file_bytes:
            raise LimitError(
                f"the side file has more than {self.limits.side_file_bytes} bytes: record a smaller message",
                where,
            )
        if self.payload_bytes > self.limits.payload_bytes:
            raise LimitError(
                f"the side files have more than {self.limits.payload_bytes} bytes together: split the cassette", where
            )
        return self.read_file(ref, where)


def _aborted(fields: MappingFields) -> Aborted:
    aborted = fields.mapping("aborted", ABORTED_KEYS)
    return Aborted(
        by=aborted.choice("by", ENDERS),
        after=aborted.microseconds("after") if "after" in aborted else 0,
        how=aborted.choice("how", HOWS) if "how" in aborted else "eof",
    )


def _headers(fields: MappingFields, key: str) -> Headers:
    return read_headers(fields.value(key), fields.path(key)) if key in fields else ()

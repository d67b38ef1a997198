"""`BrowserExchange`: the DevTools events of one request, recorded as soon as possible.

DevTools reports a request and the headers that were really sent in two events, in either order. The exchange is
recorded once both have arrived, and exchanges are recorded in the order of their beginnings.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast
from urllib.parse import urlsplit

from harness.cassette.model import Direction, Headers
from harness.headers import decoded_from, kept_headers
from harness.record.browser_errors import Who, ended_by
from harness.record.events import MessageKind
from harness.record.exchange import ExchangeRecorder
from harness.record.recording import Recording

_Event: TypeAlias = Callable[[ExchangeRecorder], None]
_TEXT, _BINARY = 1, 2
_KINDS: Final[dict[int, MessageKind]] = {_TEXT: "text", _BINARY: "binary", 9: "ping", 10: "pong"}
_SIDES: Final[dict[Who, Direction]] = {"client": ">", "server": "<", "recorder": "!"}


class BrowserExchange:
    """One request, from its first event on.

    Args:
        url: Its URL.
        method: In upper case.
        at: Seconds on the browser's monotonic clock.
        upgrade: Whether it opens a WebSocket.
        beside: Origin of the further upstream that it goes to, as cassettes write it; empty for the main one.
    """

    def __init__(self, url: str, method: str, at: float, *, upgrade: bool = False, beside: str = "") -> None:
        parts = urlsplit(url)
        self.target = beside + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.method = method
        self.at = at
        self.upgrade = upgrade
        self.body = b""
        self.headers: Headers | None = None
        self.is_over = False
        self._track: ExchangeRecorder | None = None
        self._waiting: deque[_Event] = deque()
        self._answer: tuple[int, Headers, float, str | None] | None = None
        self._real_answer: Headers | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the exchange is being recorded, since `begin` was called."""
        return self._track is not None

    def begin(self, recording: Recording) -> None:
        """Begin to record the exchange: first all events that have come so far, later ones as they come."""
        headers = kept_headers(self.headers or (), upgrade=self.upgrade)
        track = self._track = recording.begin(self.method, self.target, headers, at=self.at, upgrade=self.upgrade)
        if self.body:
            track.request_body(self.body, at=self.at)
        while self._waiting:
            self._waiting.popleft()(track)

    # ------------------------------------------------------------ events
    def answered(self, response: Mapping[str, Any], at: float, *, more_headers: bool = False) -> None:
        """Record the response's status and headers; with ``more_headers`` only once `answered_really` is called."""
        if self._answer is not None:
            return
        status, reason = int(response.get("status") or 0), str(response.get("statusText") or "") or None
        self._answer = (status, fields(response.get("headers")), at, reason)
        if not more_headers or self._real_answer is not None:
            self._respond()

    def answered_really(self, headers: Headers) -> None:
        """Record the response with these headers, which really came, in place of those that DevTools reported first."""
        if self._real_answer is None:
            self._real_answer = headers
            if self._answer is not None:
                self._respond()

    def ended(self, body: bytes | None, at: float) -> None:
        """Record that the response ended; a body of None, which the browser has dropped, is recorded as cut off."""

        def end(track: ExchangeRecorder) -> None:
            if body:
                track.chunk(body, at=at)
            track.end("whole" if body is not None else "cut", at=at, by="<" if body is not None else "!")

        self._respond()
        self._record(end)
        self.is_over = True

    def failed(self, error: str, at: float) -> None:
        """Record that the request failed; ``error`` is Chromium's name of the error, such as ``net::ERR_FAILED``."""
        by, how = ended_by(error)
        if self._answer is not None:
            self._respond()
            kind = "cut" if by == "recorder" else "reset" if how == "reset" else "eof"
            self._record(lambda track: track.end(kind, at=at, by=_SIDES[by]))
        else:
            self._record(lambda track: track.abort(by, how, at=at))
        self.is_over = True

    def frame(self, direction: Direction, frame: Mapping[str, Any], at: float) -> None:
        """Record a WebSocket message that DevTools reports."""
        kind = _KINDS.get(int(frame.get("opcode") or 0))
        if kind is None:
            return
        payload = str(frame.get("payloadData") or "")
        data = payload.encode("utf-8", "surrogatepass") if kind == "text" else _decoded(payload)
        self._record(lambda track: track.message(direction, kind, data, at=at))

    def closed(self, at: float) -> None:
        """Record that the WebSocket has closed; DevTools reports neither the side nor the code."""
        if not self.is_over:
            self._record(lambda track: track.socket_end("!", "cut", at=at))
            self.is_over = True

    def cut(self, at: float) -> None:
        """Record an exchange that had not ended when the browser did as cut off."""
        if self.is_over:
            return
        if self.upgrade and self._answer is not None:
            self.closed(at)
        elif self._answer is not None:
            self._respond()
            self._record(lambda track: track.end("cut", at=at, by="!"))
        else:
            self._record(lambda track: track.abort("recorder", at=at))
        self.is_over = True

    def _respond(self) -> None:
        if self._answer is None:
            return
        status, headers, at, reason = self._answer
        headers = self._real_answer or headers
        kept = kept_headers(headers, upgrade=self.upgrade, decoded=decoded_from(headers) is not None)
        self._answer = (status, headers, at, reason)
        if not self._responded:
            self._responded = True
            self._record(lambda track: track.respond(status, kept, at=at))

    _responded = False

    def _record(self, event: _Event) -> None:
        if self._track is None:
            self._waiting.append(event)
        else:
            event(self._track)


def fields(headers: object) -> Headers:
    """The headers that DevTools reports, as a cassette has them; DevTools joins repeated ones by line breaks."""
    if not isinstance(headers, dict):
        return ()
    values = cast("Mapping[str, object]", headers)
    return tuple(
        (name.lower(), line)
        for name, value in values.items()
        if not name.startswith(":")
        for line in str(value).encode("utf-8", "replace").decode("latin-1").split("\n")
    )


def posted_body(request: Mapping[str, Any]) -> bytes:
    """The request's body as it was sent. DevTools' text alone may have lost bytes, so its entries go first."""
    entries = request.get("postDataEntries")
    if isinstance(entries, list):
        parts = [each.get("bytes") for each in cast("Sequence[Mapping[str, Any]]", entries)]
        if parts and all(isinstance(each, str) for each in parts):
            with contextlib.suppress(binascii.Error):
                return b"".join(base64.b64decode(str(each)) for each in parts)
    return str(request.get("postData") or "").encode("utf-8", "surrogatepass")


def _decoded(payload: str) -> bytes:
    try:
        return base64.b64decode(payload)
    except binascii.Error:
        return payload.encode()

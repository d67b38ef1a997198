"""`ExchangeRecorder`: one exchange of a recording, reported while it happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Protocol, TypeAlias

from harness.cassette.model import Direction, Headers, How
from harness.content_coding import content_of
from harness.decoding import LargeContent
from harness.headers import first
from harness.origins import OriginMap, StreamedMap
from harness.record.body_lines import BodyLines, Lines
from harness.record.events import (
    BodyEnd,
    Event,
    ExchangeAborted,
    MessageKind,
    MessagePassed,
    Piece,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnd,
    SocketEnded,
)

Change: TypeAlias = Callable[[bytes], bytes]
Passed: TypeAlias = tuple[MessageKind, bytes, tuple[int, ...]]
"""A message or control frame: kind, payload, and the payload sizes of its frames if it was fragmented."""
_UNCHANGED = OriginMap((), "")


class Observe(Protocol):
    """Records events; see `harness.record.recording.Recording.observe`."""

    def __call__(self, *events: Event) -> None:
        """Record events that arrived together."""
        ...


class ExchangeRecorder:
    """One exchange of a recording. Made by `harness.record.recording.Recording.begin`.

    All times are seconds on the observer's own monotonic clock.

    Args:
        number: Of the exchange.
        headers: The request's.
        observe: Receives the events.
        session_time: Converts the observer's seconds to microseconds of the session.
        origins: Replaces the origin of a local service by the canonical one, whose port is the same in every run; None
            to record origins as they are.

    Attributes:
        number: Of the exchange.
        ended: Whether the exchange has ended. Events after an end are not recorded, except the other side's close.
    """

    def __init__(
        self,
        number: int,
        headers: Headers,
        *,
        observe: Observe,
        session_time: Callable[[float], int],
        origins: OriginMap | None = None,
    ) -> None:
        self.number = number
        self._headers = headers
        self._observe = observe
        self._time = session_time
        self._origins = _UNCHANGED if origins is None else origins
        self._lines = BodyLines()
        self._body: StreamedMap | None = None
        # The end of a recording releases what is held back from another thread. Taken before the recording's own lock.
        self._holding = threading.Lock()
        self.ended = False

    def request_body(self, data: bytes, *, at: float, change: Change | None = None) -> None:
        """Record the request's whole body, as sent. Its content coding is taken off first, so that it can be redacted.

        Args:
            change: Applied to the decoded content.
        """
        if data:
            content = content_of(self._headers, data)
            kept = self._origins.data(content.data if change is None else change(content.data)).data
            self._observe(RequestBody(exchange=self.number, at=self._time(at), data=kept, decoded=content.coding))

    def large_request_body(self, content: LargeContent, *, at: float) -> Iterator[None]:
        """Record the request's large body, a piece with each step of the iterator.

        Raises:
            OSError: The disk failed.
        """
        lines, time = BodyLines(), self._time(at)
        for data in content.pieces():
            self._sent(lines.add(Piece(time, data)), content.coding)
            yield
        self._sent(lines.finish(), content.coding)

    def _sent(self, lines: Lines | None, coding: str | None) -> None:
        if lines is not None:
            data = b"".join(piece.data for piece in lines.pieces)
            self._observe(RequestBody(exchange=self.number, at=lines.pieces[-1].at, data=data, decoded=coding))

    def respond(
        self, status: int, headers: Headers, *, at: float, reason: str | None = None, coded: bool = False
    ) -> None:
        """Record the response's head. For an upgrade, 101 opens the socket, and any other status refuses it."""
        if self._origins is not _UNCHANGED:
            self._body = StreamedMap.for_type(self._origins, first(headers, "content-type"))
        self._observe(
            ResponseBegan(
                exchange=self.number,
                at=self._time(at),
                status=status,
                reason=reason,
                headers=self._origins.headers(headers),
                coded=coded,
            )
        )

    def chunk(self, data: bytes, *, at: float) -> None:
        """Record a piece of the response's body.

        Each line becomes an event as soon as it is complete. The rest is held back until then, or until the body ends,
        because a secret may lie across pieces.
        """
        with self._holding:
            piece = data if self._body is None else self._body.feed(data)
            if piece or self._body is None:
                self._flush(self._lines.add(Piece(self._time(at), piece)))

    def release(self, *, at: float) -> None:
        """Record the piece of a line that is held back: the body ends here, or its recording does; in any thread."""
        with self._holding:
            rest = b"" if self._body is None else self._body.finish()
            if rest:
                self._flush(self._lines.add(Piece(self._time(at), rest)))
            self._flush(self._lines.finish())

    def end(self, kind: BodyEnd = "whole", *, at: float, by: Direction = "<", trailers: Headers = ()) -> None:
        """Record the end of the response's body, whole or not. Only the first end counts."""
        if self.ended:
            return
        self.release(at=at)
        kept = self._origins.headers(trailers)
        self._observe(ResponseEnded(exchange=self.number, at=self._time(at), kind=kind, by=by, trailers=kept))
        self.ended = True

    def message(
        self, direction: Direction, kind: MessageKind, data: bytes, *, at: float, frames: tuple[int, ...] = ()
    ) -> None:
        """Record a message or control frame.

        Args:
            direction: Its sender.
            frames: Payload sizes of its frames if it was fragmented.
        """
        self.messages(direction, [(kind, data, frames)], at=at)

    def messages(self, direction: Direction, passed: Iterable[Passed], *, at: float) -> None:
        """Record messages and control frames of one sender that arrived together: they share their time."""
        time = self._time(at)
        self._observe(*(self._message(direction, one, time) for one in passed))

    def _message(self, direction: Direction, passed: Passed, at: int) -> MessagePassed:
        kind, data, frames = passed
        mapped = self._origins.message(kind, data)
        return MessagePassed(
            exchange=self.number,
            at=at,
            direction=direction,
            kind=kind,
            data=mapped.data,
            frames=mapped.frame_sizes(frames),
        )

    def socket_end(
        self, direction: Direction, kind: SocketEnd, *, at: float, code: int | None = None, reason: str = ""
    ) -> None:
        """Record that one side ended the socket."""
        raw = reason.encode("utf-8", "replace")
        self._observe(
            SocketEnded(exchange=self.number, at=self._time(at), direction=direction, kind=kind, code=code, reason=raw)
        )
        self.ended = True

    def abort(self, by: Literal["client", "server", "recorder"], how: How = "eof", *, at: float) -> None:
        """Record that the exchange ended without a response. Only the first end counts."""
        if not self.ended:
            self._observe(ExchangeAborted(exchange=self.number, at=self._time(at), by=by, how=how))
            self.ended = True

    def _flush(self, lines: Lines | None) -> None:
        if lines is not None:
            at = lines.pieces[-1].at
            self._observe(ResponsePieces(exchange=self.number, at=at, pieces=lines.pieces, joined=lines.joined))

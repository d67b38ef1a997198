"""Saves the session that a tap observed as a cassette.

It is redacted like any recording.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Final, Literal, cast

from fake_server.stage import Accept, Drop, Response, Stage
from harness.cassette.model import LIMITS, Cassette
from harness.decoding import LargeContent
from harness.profile import ServiceProfile
from harness.record.events import MessageKind
from harness.record.exchange import ExchangeRecorder
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.server_frames import EncodedMessages
from harness.tap.tap import Passed, Tap, TappedExchange
from provider.websocket import Ended, Message, Opcode

_UNWRITTEN: Final = Path("session.yaml")
"""The name that a recording needs, though nothing is written."""
_KINDS: Final[dict[int, MessageKind]] = {
    Opcode.TEXT: "text",
    Opcode.BINARY: "binary",
    Opcode.PING: "ping",
    Opcode.PONG: "pong",
}


class TappedSession:
    """The session that passes a stage, while it goes on.

    Args:
        service: The service, for what to redact.
        by: How the session is observed: ``replay``, ``serve``.
    """

    def __init__(self, service: ServiceProfile, by: str) -> None:
        self._service = service
        self._by = by
        self._tap: Tap | None = None

    def wrap(self, stage: Stage) -> Tap:
        """Put the tap in front of a stage."""
        self._tap = Tap(stage)
        return self._tap

    def version(self) -> int:
        """A value that differs after each change of the session."""
        return 0 if self._tap is None else self._tap.changes

    def cassette(self) -> Cassette:
        """The session so far, redacted."""
        options = RecordingOptions(journal=False)
        recording = Recording(_UNWRITTEN, self._service, by=self._by, origin="", options=options)
        try:
            for seen in () if self._tap is None else tuple(self._tap.seen):
                _write(recording, seen, is_over=False)
            return recording.cassette()
        finally:
            recording.discard()


def save_session(tap: Tap, path: Path, service: ServiceProfile) -> None:
    """Write the observed traffic of a wire to a cassette.

    Args:
        tap: The observed traffic.
        path: The cassette's file. Its folder is created.
        service: The service, for what to redact.

    Raises:
        harness.errors.HarnessError: The cassette cannot be written, or would hold a secret.
        OSError: The folder cannot be created.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    options = RecordingOptions(state_directory=path.parent)
    with Recording(path, service, by="pytest", client="pytest", options=options) as recording:
        for seen in tap.seen:
            _write(recording, seen)


def _write(recording: Recording, seen: TappedExchange, *, is_over: bool = True) -> None:
    """Record an exchange; one without an answer was aborted if the session is over, and else is still open."""
    request, at = seen.request, seen.request.at
    track = recording.begin(request.method, request.target, request.headers, at=at, upgrade=request.upgrade)
    if request.large is None:
        track.request_body(request.body, at=at)
    else:
        deque(track.large_request_body(LargeContent(request.headers, request.large, LIMITS.large_file_bytes), at=at), 0)
    match seen.answer:
        case Accept() as accepted:
            track.respond(101, accepted.headers, at=at)
            frames = EncodedMessages()  # a frame may begin in one write and end in another
            for passed in seen.passed:
                _write_socket(track, passed, frames)
        case Response() as response:
            track.respond(response.status, response.headers, at=at, reason=response.reason)
            track.chunk(response.body if isinstance(response.body, bytes) else b"".join(seen.body), at=at)
            track.end(at=at)
        case Drop(how=how):
            track.abort("server", how, at=at)
        case _ if is_over:
            track.abort("client", at=at)
        case _:
            pass


def _write_socket(track: ExchangeRecorder, passed: Passed, frames: EncodedMessages) -> None:
    at, direction, what = passed
    if isinstance(what, Ended):
        if not track.ended:
            how = cast('Literal["close", "eof", "reset"]', what.how)
            track.socket_end(direction, how, at=at, code=what.code, reason=what.reason)
        return
    for message in [what] if isinstance(what, Message) else frames.feed(what):
        kind = _KINDS.get(message.opcode)
        if kind is not None and not track.ended:
            track.message(direction, kind, message.data, at=at, frames=message.frames)

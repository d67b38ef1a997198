"""Saves the session that a tap observed as a cassette.

It is redacted like any recording.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal, cast

from fake_server.stage import Accept, Drop, Response
from harness.profile import ServiceProfile
from harness.record.events import MessageKind
from harness.record.exchange import ExchangeRecorder
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.server_frames import EncodedMessages
from harness.tap.tap import Passed, Tap, TappedExchange
from provider.websocket import Ended, Message, Opcode

_KINDS: Final[dict[int, MessageKind]] = {
    Opcode.TEXT: "text",
    Opcode.BINARY: "binary",
    Opcode.PING: "ping",
    Opcode.PONG: "pong",
}


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


def _write(recording: Recording, seen: TappedExchange) -> None:
    request, at = seen.request, seen.request.at
    track = recording.begin(request.method, request.target, request.headers, at=at, upgrade=request.upgrade)
    track.request_body(request.body, at=at)
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
        case _:
            track.abort("client", at=at)


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

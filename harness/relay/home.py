"""What a recording of a local service is told: the profile's origin in place of one with the port of one run.

Replaying puts the local server's origin in the place of the profile's, so such a cassette plays as it was recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from harness.cassette.model import Direction, Headers, How
from harness.edits import Replaced
from harness.headers import first, is_text_type
from harness.origins import OriginMap, StreamedMap, is_loopback, may_hold_urls
from harness.record.events import BodyEnd, MessageKind, SocketEnd
from harness.record.exchange import Track


def home_of(upstream: str, profile_upstream: str) -> str | None:
    """The origin that a recording is told in place of the upstream's; None if it is told that one.

    Args:
        upstream: Who answers.
        profile_upstream: The origin of the service by its profile.
    """
    is_local = is_loopback(urlsplit(upstream).hostname)
    return profile_upstream if is_local and profile_upstream and profile_upstream != upstream else None


def home_headers(headers: Headers, home: OriginMap) -> Headers:
    """Headers with that origin in them."""
    return tuple((name, home.text(value)) for name, value in headers)


def body_map(origins: OriginMap, content_type: str | None) -> StreamedMap | None:
    """What replaces origins in an answer's body; None if its type is no text."""
    if content_type is None:
        return StreamedMap(origins, if_json=True)
    return StreamedMap(origins) if is_text_type(content_type) else None


class HomeTrack:
    """A `Track` that is told another origin; see there.

    Args:
        track: Takes it down.
        home: Puts the one origin in place of the other.
    """

    def __init__(self, track: Track, home: OriginMap) -> None:
        self._track = track
        self._home = home
        self._body: StreamedMap | None = None

    @property
    def ended(self) -> bool:
        """See `Track.ended`."""
        return self._track.ended

    def request_body(self, data: bytes, *, at: float, change: Callable[[bytes], bytes] | None = None) -> None:
        """See `Track.request_body`."""

        def mapped(content: bytes) -> bytes:
            return self._mapped(content if change is None else change(content))

        self._track.request_body(data, at=at, change=mapped)

    def respond(
        self, status: int, headers: Headers, *, at: float, reason: str | None = None, coded: bool = False
    ) -> None:
        """See `Track.respond`."""
        self._body = body_map(self._home, first(headers, "content-type"))
        self._track.respond(status, home_headers(headers, self._home), at=at, reason=reason, coded=coded)

    def chunk(self, data: bytes, *, at: float) -> None:
        """See `Track.chunk`."""
        piece = data if self._body is None else self._body.feed(data)
        if piece:
            self._track.chunk(piece, at=at)

    def end(self, kind: BodyEnd = "whole", *, at: float, by: Direction = "<", trailers: Headers = ()) -> None:
        """See `Track.end`."""
        rest = b"" if self._body is None or self.ended else self._body.finish()
        if rest:
            self._track.chunk(rest, at=at)
        self._track.end(kind, at=at, by=by, trailers=home_headers(trailers, self._home))

    def message(
        self, direction: Direction, kind: MessageKind, data: bytes, *, at: float, frames: tuple[int, ...] = ()
    ) -> None:
        """See `Track.message`."""
        replaced = self._home.data(data) if may_hold_urls(kind, data) else Replaced(data)
        cut = tuple(map(len, replaced.cut(frames))) if frames and replaced.edits else frames
        self._track.message(direction, kind, replaced.data, at=at, frames=cut)

    def socket_end(
        self, direction: Direction, kind: SocketEnd, *, at: float, code: int | None = None, reason: str = ""
    ) -> None:
        """See `Track.socket_end`."""
        self._track.socket_end(direction, kind, at=at, code=code, reason=reason)

    def abort(self, by: Literal["client", "server", "recorder"], how: How = "eof", *, at: float) -> None:
        """See `Track.abort`."""
        self._track.abort(by, how, at=at)

    def _mapped(self, data: bytes) -> bytes:
        return self._home.data(data).data


Told: TypeAlias = Track | HomeTrack
"""What the relay tells of an exchange."""

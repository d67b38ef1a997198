"""`messages_of`: the messages of an exchange: those of a socket, or the events of a streamed response."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.cassette.model import Exchange, Line, ResponsePart, SocketExchange
from harness.framing.event_streams import events_of, has_units, media_type_of
from harness.profile import ServiceProfile

_CARRYING = frozenset({"text", "binary"})


@dataclass(frozen=True, slots=True)
class NamedMessage:
    """A message of a socket, an event of a stream, or the end of either.

    Attributes:
        line: Its direction, time and kind.
        name: Of its event, by the service's profile or by the stream's format; else empty.
        data: Its content, without framing.
        id: Of an event of a stream, as ``Last-Event-ID`` names it; else empty.
    """

    line: Line
    name: str = ""
    data: bytes = field(default=b"", repr=False)
    id: str = ""


def messages_of(exchange: Exchange, profile: ServiceProfile) -> list[NamedMessage]:
    """The messages of an accepted socket, or the events of a streamed response; empty for any other response."""
    if isinstance(exchange, SocketExchange) and exchange.messages:
        return [_message(line, profile) for line in exchange.messages]
    response = exchange.response
    if response is None or not has_units(media_type_of(response.headers)):
        return []
    return stream_messages(response, profile)


def stream_messages(response: ResponsePart, profile: ServiceProfile) -> list[NamedMessage]:
    """The events of a streamed response, in whatever pieces they arrived; if its format has none, the pieces."""
    return [
        NamedMessage(each.line, profile.event_name(each.data) or each.name, each.data, each.id or "")
        for each in events_of(media_type_of(response.headers), response.stream or ())
    ]


def _message(line: Line, profile: ServiceProfile) -> NamedMessage:
    name = profile.event_name(line.data) if line.kind in _CARRYING else None
    return NamedMessage(line, name or "", line.data)

"""`ClientScript`: what a cassette's client sent, in order, and what it had received before each request or message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, cast

from harness.cassette.model import Call, Cassette, Exchange, Line, SocketExchange
from harness.framing.event_streams import has_units, media_type_of
from harness.play.event_blocks import EventBlocks
from harness.play.event_names import call_of, event_name, numbered_calls
from harness.profile import ServiceProfile
from harness.replay.call_numbers import CallNumbers
from harness.replay.heartbeat_looks import HeartbeatLook
from harness.replay.heartbeats import find_heartbeats
from harness.replay.socket_reading import SocketReading
from harness.replay.units import socket_in_packets

HEAD: Final = "response"
"""The name of a response's head, or of the 101 of a socket."""
BODY: Final = "end of the response"
"""The name of the end of a response's body."""
END: Final = "end of the socket"
"""The name of the end of a socket that the server ended."""
_NEVER: Final = 1 << 62
_ENDS: Final = frozenset({"close", "eof", "reset", "cut"})


class ExpectedEvent(NamedTuple):
    """Something that the client received: a head, a message, an event, an end.

    Attributes:
        name: Of the event, or `HEAD`, `BODY`, `END`.
        data: The payload; empty for a head.
        at: Microseconds since the session began.
        call: Which call, or channel, of the client it belongs to; empty for none. What belongs to others may come
            before it or after it.
    """

    name: str
    data: bytes
    at: int
    call: str = ""


class ClientAction(NamedTuple):
    """Something that the client did.

    Attributes:
        at: Microseconds since the session began.
        exchange: Number of the exchange.
        what: ``request``, ``message``, ``close`` (of a socket), ``abort`` (without a close frame, or of a response).
        waits: Exchange -> how many of its events came since the client's action before. Those of earlier actions
            are not repeated.
        since: When the last of all these came, or the action before was done: from then on the client took its time.
        line: The message, or the close.
        is_beat: Whether a timer sent it: no replay at another speed than the recorded one needs it.
    """

    at: int
    exchange: int
    what: Literal["request", "message", "close", "abort"]
    waits: tuple[tuple[int, int], ...] = ()
    since: int = 0
    line: Line | None = None
    is_beat: bool = False


@dataclass(slots=True)
class ScriptedExchange:
    """One exchange as its client saw it.

    Attributes:
        number: Its place in the cassette, from 0.
        exchange: The recorded one.
        expected: What the client received, in order.
        limits: For each message of the client, how many of `expected` came before it.
        replies: Payload of a ping that the server's timer sends as a message -> the client's reply to it.
        numbers: How the client of a socket numbers its calls.
    """

    number: int
    exchange: Exchange
    expected: list[ExpectedEvent] = field(default_factory=list[ExpectedEvent])
    limits: list[int] = field(default_factory=list[int])
    replies: dict[bytes, Line] = field(default_factory=dict[bytes, Line])
    numbers: CallNumbers = field(default_factory=CallNumbers)

    @property
    def ended_by_server(self) -> bool:
        """Whether the server ended the socket."""
        return bool(self.expected) and self.expected[-1].name == END


@dataclass(frozen=True, slots=True)
class ClientScript:
    """What the client of a cassette did and received, in the order of time.

    Attributes:
        exchanges: As in the cassette.
        actions: What the client did, in order of time.
    """

    exchanges: tuple[ScriptedExchange, ...]
    actions: tuple[ClientAction, ...]


class _Event(NamedTuple):
    """An `ExpectedEvent` or a `ClientAction`, in the order of time; of two at one time the order of the file counts."""

    at: int
    exchange: int
    order: int
    action: ClientAction | None


def client_script(cassette: Cassette, profile: ServiceProfile) -> ClientScript:
    """The client's side of a cassette.

    Args:
        cassette: The cassette.
        profile: Of the service; it names events.
    """
    exchanges: list[ScriptedExchange] = []
    events: list[_Event] = []
    for number, exchange in enumerate(cassette.exchanges):
        scripted = ScriptedExchange(number, exchange)
        found = _of_socket(scripted, profile) if isinstance(exchange, SocketExchange) else _of_call(scripted, profile)
        events += [_Event(at, number, order, action) for order, (at, action) in enumerate(found)]
        exchanges.append(scripted)
    events.sort(key=lambda each: each[:3])
    return ClientScript(tuple(exchanges), tuple(_with_waits(events)))


def _with_waits(events: Sequence[_Event]) -> Iterator[ClientAction]:
    counts: dict[int, int] = {}
    news: dict[int, int] = {}
    since = 0
    for event in events:
        if event.action is None:
            counts[event.exchange] = counts.get(event.exchange, 0) + 1
            news[event.exchange] = counts[event.exchange]
            since = event.at
            continue
        yield event.action._replace(waits=tuple(news.items()), since=since)
        news, since = {}, event.at


def _of_call(scripted: ScriptedExchange, profile: ServiceProfile) -> Iterator[tuple[int, ClientAction | None]]:
    call = cast("Call", scripted.exchange)
    yield call.at, ClientAction(call.at, scripted.number, "request")
    response = call.response
    if response is None:
        if call.aborted is not None and call.aborted.by != "server":
            at = call.at + call.aborted.after
            yield at, ClientAction(at, scripted.number, "abort")
        return
    at = call.at + response.after
    yield _expect(scripted, HEAD, b"", at)
    blocks = EventBlocks(media_type_of(response.headers))
    for line in response.stream or ():
        at = call.at + line.time
        if line.kind in _ENDS:
            # The client went away, or the recording was cut: there is no end of the body to wait for.
            yield at, ClientAction(at, scripted.number, "abort")
            return
        for event in blocks.feed(line.data):
            yield _expect(scripted, event_name("text", event.data, profile, event.name), event.data, at)
    for event in blocks.finish():
        yield _expect(scripted, event_name("text", event.data, profile, event.name), event.data, at)
    is_stream = response.stream is not None or has_units(media_type_of(response.headers))
    if is_stream and not (response.stream or response.body.data):
        return  # a stream without events, which may have been open as long as the session
    _, body = _expect(scripted, BODY, response.body.data, at)
    # When a stream ended is not recorded: only the end of the session waits for that.
    yield (_NEVER if is_stream else at), body


def _of_socket(scripted: ScriptedExchange, profile: ServiceProfile) -> Iterator[tuple[int, ClientAction | None]]:
    socket = cast("SocketExchange", scripted.exchange)
    yield socket.at, ClientAction(socket.at, scripted.number, "request")
    response = socket.response
    if response is None:
        return
    yield _expect(scripted, HEAD, b"", socket.at + response.after)
    if response.status != 101:
        yield _expect(scripted, BODY, response.body.data, socket.at + response.after)
        return
    reading = SocketReading.of(profile)
    look = reading.look(socket.target)
    # A part of a packet may be sent again and again without being a heartbeat.
    is_stream = reading.framing_of(socket) is not None
    packets = socket_in_packets(socket, profile.framing).messages if is_stream else socket.messages
    beats = find_heartbeats(packets, look).lines
    scripted.replies.update(_replies(socket.messages, look))
    scripted.numbers = numbered_calls([(line.direction, line.data) for line in packets])
    for line in socket.messages:
        if line.kind in _ENDS:
            yield from _end_of(scripted, socket.at + line.time, line)
            return
        if line.kind in {"text", "binary"}:  # both sides reply to pings by themselves
            is_beat = id(line) in beats or look.form(line.kind, line.data) is not None
            yield from _message(scripted, socket.at + line.time, line, profile, is_beat=is_beat)


def _end_of(scripted: ScriptedExchange, at: int, line: Line) -> Iterator[tuple[int, ClientAction | None]]:
    if line.direction == "<":
        yield _expect(scripted, END, b"", at)
    elif line.direction == ">":
        what = "close" if line.kind == "close" else "abort"
        yield at, ClientAction(at, scripted.number, what, line=line)


def _message(
    scripted: ScriptedExchange, at: int, line: Line, profile: ServiceProfile, *, is_beat: bool
) -> Iterator[tuple[int, ClientAction | None]]:
    if line.direction == "<":
        if not is_beat:
            name = event_name(line.kind, line.data, profile, numbers=scripted.numbers)
            yield _expect(scripted, name, line.data, at, call_of(line.data, scripted.numbers))
        return
    if line in scripted.replies.values():
        return
    yield at, ClientAction(at, scripted.number, "message", line=line, is_beat=is_beat)
    if not is_beat:
        scripted.limits.append(len(scripted.expected))


def _expect(scripted: ScriptedExchange, name: str, data: bytes, at: int, call: str = "") -> tuple[int, None]:
    scripted.expected.append(ExpectedEvent(name, data, at, call))
    return at, None


def _replies(lines: Sequence[Line], look: HeartbeatLook) -> Iterator[tuple[bytes, Line]]:
    """The pings that the service sends as messages, as engine.io does, and the client's replies."""
    previous: Line | None = None
    for line in lines:
        if line.kind not in {"text", "binary"}:
            continue
        is_reply = line.direction == ">" and previous is not None and previous.direction == "<"
        if previous is not None and is_reply and all(look.form(each.kind, each.data) for each in (previous, line)):
            yield previous.data, line
        previous = line

"""`Tape`: a recorded socket, prepared for the player: frames of the server encoded, messages of the client numbered."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, TypeAlias

import msgspec

from harness.cassette.model import Line, SocketExchange
from harness.match.request import ParsedMessage
from harness.origins import Origins, may_hold_urls
from harness.replay.call_numbers import CallNumbers, find_call_numbers
from harness.replay.frames import encode_message
from harness.replay.heartbeat_replies import Known
from harness.replay.heartbeats import Heartbeats, find_heartbeats
from harness.replay.own_clocks import find_own_clocks
from harness.replay.own_replies import find_own_replies, gated_by_calls, move_reply
from harness.replay.socket_reading import BY_LOOK, SocketReading
from harness.replay.substitution import held_values, may_hold_any

_BLOCK: Final = 32
"""Lines that are looked at together."""
Piece: TypeAlias = bytes | memoryview
Render: TypeAlias = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class RecordedEnd:
    """The first end in a recorded connection: of the server or of the client, whichever came before the other.

    Attributes:
        line: The line of the end.
        position: Its position in the recording.
        gate: Number of the client's messages before the end; the replay ends after as many.
    """

    line: Line
    position: int
    gate: int

    @property
    def by_server(self) -> bool:
        """Whether the server ended the connection, so that the player has to; otherwise it waits for the client."""
        return self.line.direction == "<"


class Tape:
    """One recorded socket.

    The server's lines and the client's messages are each counted from 0; line ``k`` may be sent when the first
    ``gates[k]`` messages of the client were matched.

    Attributes:
        lines: All lines, as recorded.
        client_messages: The client's messages.
        client_positions: Position of each in ``lines``.
        gates: For each server line the number of client messages above it, or up to the call that it replies to; never
            decreases.
        server_positions: Position of each server line in ``lines``.
        end: How it ended; None if the recording has no end.
        original: Position of each line in the recording; it differs only in a reordered tape.
        framing: The protocol whose packets its messages are; None for messages of their own.
        heartbeats: The messages of a timer; they are not part of the other attributes.
    """

    heartbeats: Heartbeats

    def __init__(self, exchange: SocketExchange, known: Known = frozenset(), reading: SocketReading = BY_LOOK) -> None:
        self.framing = reading.framing_of(exchange)
        self._begin(exchange.messages, range(len(exchange.messages)))
        self.heartbeats = find_heartbeats(self.lines, reading.look(exchange.target), known)
        self._frames = memoryview(b"".join(self._compile()))
        at_once = (self.gates_before(number) for number in range(len(self.client_positions)))
        if any(one == other for one, other in pairwise(at_once)):
            self._gate_by_own_calls()

    def _begin(self, lines: Sequence[Line], original: Sequence[int]) -> None:
        self.lines = lines
        self.original = original
        self.client_messages: list[ParsedMessage] = []
        self.client_positions: list[int] = []
        self.gates: list[int] = []
        self.server_positions: list[int] = []
        self.end: RecordedEnd | None = None
        self._starts: list[int] = [0]
        self._live: list[int] = []
        self._held: dict[int, frozenset[str]] = {}
        self._marked: tuple[AbstractSet[str], Origins] | None = None
        self._numbers: CallNumbers | None = None
        self._calls: dict[int, int] | None = None

    def _compile(self) -> list[bytes]:
        frames: list[bytes] = []
        pinged: set[bytes] = set()
        framing = "" if self.framing is None else self.framing.name
        size = 0
        for position, line in enumerate(self.lines):
            kind = line.kind
            if kind == "close" or kind == "eof" or kind == "reset" or kind == "cut":  # noqa: PLR1714  # narrows, and is faster
                self.end = RecordedEnd(line, position, len(self.client_messages))
                break
            if id(line) in self.heartbeats.lines:
                continue
            if line.direction == "<":
                # The host replies to pings itself: the recorded pong would be a second one.
                if kind == "pong" and line.data in pinged:
                    continue
                frame = encode_message(kind, line.data, line.frames)
                frames.append(frame)
                size += len(frame)
                self._starts.append(size)
                self.gates.append(len(self.client_messages))
                self.server_positions.append(position)
            elif kind == "text" or kind == "binary":  # noqa: PLR1714  # as above
                self.client_messages.append(ParsedMessage(kind, line.data, framing))
                self.client_positions.append(position)
            elif kind == "ping":
                pinged.add(line.data)
        return frames

    @property
    def _own_calls(self) -> dict[int, int]:
        """Place in the recording of a server line that replies to one call of the client -> the place of the call."""
        if self._calls is None:
            sent = [message.data for message in self.client_messages]
            found = {} if self.framing else find_own_replies(sent, [self.line(k).data for k in range(len(self))])
            places = ((self.server_positions[k], self.client_positions[number]) for k, number in found.items())
            self._calls = {self.original[reply]: self.original[call] for reply, call in places if call < reply}
        return self._calls

    def _gate_by_own_calls(self) -> None:
        sent, received = ([self.original[at] for at in each] for each in (self.client_positions, self.server_positions))
        self.gates = gated_by_calls(self.gates, self._own_calls, sent, received)

    @property
    def call_numbers(self) -> CallNumbers:
        """The numbers that the client counts up in its messages."""
        if self._numbers is None:
            beats = [line for line in self.lines if line.direction == ">" and id(line) in self.heartbeats.lines]
            self._numbers = find_call_numbers(
                [message.data for message in self.client_messages],
                [self.lines[at].data for at in self.server_positions],
                [line.data for line in beats],
            )
        return self._numbers

    @cached_property
    def own_clocks(self) -> frozenset[str]:
        """Paths in the client's messages of times by a clock that began with the client's program."""
        times = [self.lines[at].time for at in self.client_positions]
        return find_own_clocks(zip(times, [message.data for message in self.client_messages], strict=True))

    @property
    def farewell(self) -> tuple[Line, ...]:
        """The server's lines after the client's close frame, its own close included; empty if the end was another."""
        end = self.end
        if end is None or end.by_server or end.line.kind != "close":
            return ()
        return tuple(line for line in self.lines[end.position + 1 :] if line.direction == "<" and line.kind != "pong")

    def mark(self, values: AbstractSet[str], origins: Origins) -> None:
        """Note which lines hold values that may be bound, or URLs of the service: they are rendered when sent."""
        self._marked = values, origins
        if not values and not origins.any:
            return
        for start in range(0, len(self), _BLOCK):
            payloads = [self.line(k).data for k in range(start, min(start + _BLOCK, len(self)))]
            # Most blocks hold nothing: one look at all of their lines takes a tenth of the time.
            together = b"\n".join(payloads)
            if may_hold_any(together, values) or origins.held(together):
                self._mark_lines(range(start, start + len(payloads)), values, origins)

    def _mark_lines(self, numbers: Iterable[int], values: AbstractSet[str], origins: Origins) -> None:
        for k in numbers:
            kind, payload = self.line(k).kind, self.line(k).data
            if not may_hold_urls(kind, payload):
                continue
            held = held_values(payload, values)
            if held or origins.held(payload):
                self._live.append(k)
                self._held[k] = held

    def reordered(self, number: int, to: int) -> Tape:
        """The same socket with a message of the client moved forward, as this client sent it earlier.

        Args:
            number: Number of the message, from 0.
            to: Its new, smaller number.
        """
        lines, original = list(self.lines), list(self.original)
        position, target = self.client_positions[number], self.client_positions[to]
        moved = msgspec.structs.replace(lines.pop(position), time=lines[target].time)
        lines.insert(target, moved)
        original.insert(target, original.pop(position))
        if (k := self.limit(to)) < len(self):
            held, earlier = self.original[self.server_positions[k]], self.lines[position].time - moved.time
            move_reply(lines, original, self._own_calls, target, held, earlier)
        tape = Tape.__new__(Tape)
        tape.framing = self.framing
        tape._begin(lines, original)  # noqa: SLF001  # its own class
        tape.heartbeats = self.heartbeats
        tape._numbers = self.call_numbers  # noqa: SLF001  # as above
        tape._calls = self._own_calls  # noqa: SLF001  # as above
        tape._frames = memoryview(b"".join(tape._compile()))  # noqa: SLF001  # as above
        tape._gate_by_own_calls()  # noqa: SLF001  # as above
        # Keep the message objects: others identify a message by its object.
        tape.client_messages = [
            *self.client_messages[:to],
            self.client_messages[number],
            *self.client_messages[to:number],
            *self.client_messages[number + 1 :],
        ]
        if self._marked is not None:
            tape.mark(*self._marked)
        return tape

    def is_free(self, number: int, to: int) -> bool:
        """Whether no message of the server is between two of the client's: these may come in any order."""
        if self.gates_before(number) == self.gates_before(to):
            return True
        lines = (self.lines[at] for at in range(self.client_positions[to], self.client_positions[number]))
        return not any(
            line.direction == "<" and line.kind in {"text", "binary"} and id(line) not in self.heartbeats.lines
            for line in lines
        )

    def gates_before(self, number: int) -> int:
        """Number of the server's lines that precede a message of the client on the tape."""
        return bisect_left(self.server_positions, self.client_positions[number])

    def hold(self, values: AbstractSet[str], start: int) -> None:
        """Note which lines from ``start`` on hold newly bound values: they are rendered when sent."""
        if not values:
            return
        raw = [value.encode("utf-8", "surrogatepass") for value in values]
        for k in range(start, len(self)):
            if k not in self._held and any(value in self.lines[self.server_positions[k]].data for value in raw):
                insort(self._live, k)
                self._held[k] = frozenset()

    def hold_all(self, start: int) -> None:
        """Mark every server line from ``start`` on to be rendered when it is sent: it may hold a counter to replace."""
        for k in range(start, len(self)):
            if k not in self._held:
                insort(self._live, k)
                self._held[k] = frozenset()

    def __len__(self) -> int:
        return len(self.gates)

    def line(self, k: int) -> Line:
        """The line of the server with number ``k``, counted from 0 over its lines alone."""
        return self.lines[self.server_positions[k]]

    def limit(self, matched: int) -> int:
        """The first server line that may not be sent yet, when ``matched`` of the client's messages were matched."""
        return bisect_right(self.gates, matched)

    def held(self, k: int) -> frozenset[str]:
        """The recorded values in server line ``k`` that the session may have bound to others."""
        return self._held.get(k, frozenset())

    def frame(self, k: int, render: Render) -> Piece:
        """Return server line ``k`` as encoded frames; ``render`` replaces the values of the recording in it."""
        if k in self._held:
            return self._rendered(k, render)
        return self._frames[self._starts[k] : self._starts[k + 1]]

    def pieces(self, start: int, stop: int, render: Render) -> list[Piece]:
        """Server lines ``start`` to ``stop`` in few pieces; lines without values to render are encoded already."""
        pieces: list[Piece] = []
        for i in range(bisect_left(self._live, start), bisect_left(self._live, stop)):
            k = self._live[i]
            if start < k:
                pieces.append(self._frames[self._starts[start] : self._starts[k]])
            pieces.append(self._rendered(k, render))
            start = k + 1
        if start < stop:
            pieces.append(self._frames[self._starts[start] : self._starts[stop]])
        return pieces

    def held_between(self, start: int, stop: int) -> frozenset[str]:
        """The recorded values in the server's lines from ``start`` to before ``stop`` that a client's may replace."""
        live = self._live[bisect_left(self._live, start) : bisect_left(self._live, stop)]
        return frozenset().union(*(self._held[k] for k in live))

    def _rendered(self, k: int, render: Render) -> Piece:
        line = self.line(k)
        payload = render(line.data)
        if payload == line.data:
            return self._frames[self._starts[k] : self._starts[k + 1]]
        kind = line.kind
        assert kind == "text" or kind == "binary" or kind == "ping" or kind == "pong"  # noqa: PLR1714  # narrows
        return encode_message(kind, payload)

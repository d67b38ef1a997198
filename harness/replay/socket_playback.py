"""`SocketPlayback`: one client's WebSocket, walked along the recorded ones that it may be. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from harness.cassette.model import Line, ResponsePart
from harness.match.compare import Rules
from harness.match.request import MessageKind, ParsedMessage
from harness.replay.candidates import TAKEN, Candidate, described, issue_in_place
from harness.replay.entries import ReplayEntry
from harness.replay.frames import encode_message
from harness.replay.further_sockets import Further, FurtherSockets
from harness.replay.leftovers import Leftovers, leftovers
from harness.replay.problems import MessageMismatch, Problem, UsedUp
from harness.replay.received_messages import ReceivedMessages
from harness.replay.rendering import Rendering, issue
from harness.replay.socket_choice import SocketChoice
from harness.replay.socket_context import SessionContext
from harness.replay.tape import Piece, RecordedEnd, Tape

Awaited: TypeAlias = Literal["message", "pairing", "overtaken", "session", "end", "cut"]
"""What a socket waits for:

========= ==============================================================================
message   the client's next message
pairing   a message of the client that tells candidates apart, or a guess between them
overtaken messages of the client that another one, which came already, should follow
session   actions of clients on other exchanges
end       the client's end of the connection
cut       nothing: the recording was cut here
========= ==============================================================================
"""


class SocketPlayback:
    """One WebSocket of a client: feed it the client's messages, and take the lines that may be sent.

    Args:
        candidates: The recorded sockets that match the upgrade, in file order; at least one.
        context: The session.
        rules: How this client's messages are compared.
        rendering: Puts the session's values into what is sent.
        is_repeat: Whether the recorded socket is played again, with values of its own.
        further: Finds more recorded sockets that match the upgrade; None if all are candidates.

    Attributes:
        rules, rendering, is_repeat: As given.
        choice: Which recorded sockets it may be.
        sent: How many of the server's lines were taken.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        context: SessionContext,
        rules: Rules,
        rendering: Rendering,
        *,
        is_repeat: bool = False,
        further: Further | None = None,
    ) -> None:
        self.rules = rules
        self.rendering = rendering
        self.is_repeat = is_repeat
        self.sent = 0
        self._context = context
        self._finished = False
        self.choice = SocketChoice(
            candidates,
            rules,
            rendering,
            choose=context.choose,
            likeness=context.likeness,
            on_decided=self._on_decided,
        )
        self._received = ReceivedMessages(self.choice, context, rules, rendering, is_repeat=is_repeat)
        self._further = FurtherSockets(self.choice, self._received, further)
        self.choice.decide_if_single()

    # ------------------------------------------------------------ what it is

    @property
    def candidates(self) -> Sequence[Candidate]:
        """The recorded sockets that it may be; the one whose lines are sent first, then in file order."""
        return self.choice.candidates

    @property
    def is_decided(self) -> bool:
        """Whether it is known which recorded socket it is."""
        return self.choice.is_decided

    @property
    def label(self) -> str:
        """The socket's name in reports."""
        return self.choice.label

    @property
    def entry(self) -> ReplayEntry | None:
        """The recorded socket, or the first of several; None if other sockets took them all."""
        return self.candidates[0].entry if self.candidates else None

    @property
    def response(self) -> ResponsePart:
        """The recorded response to the upgrade."""
        response = self.candidates[0].entry.exchange.response
        assert response is not None
        return response

    @property
    def tape(self) -> Tape:
        """The messages of the recorded socket, or of the first of several."""
        return self.candidates[0].tape

    def _on_decided(self, candidate: Candidate) -> None:
        self.rendering.own.update(candidate.own)
        self.rendering.counters.update(candidate.counters)
        self.choice.forget_unsent(self.sent)
        self._context.decided(self, candidate)
        candidate.noticed = ()
        candidate.entry.matched, candidate.entry.sent, candidate.entry.order = self.matched, self.sent, candidate.tape
        self._context.order.on_progress()

    def become(self, entry: ReplayEntry) -> None:
        """Continue as another recorded socket, on which the same was sent and received so far."""
        candidate = self.candidates[0]
        assert entry.tape_played is not None
        candidate.entry, candidate.tape, candidate.noticed = entry, entry.tape_played, ()

    # ------------------------------------------------------------ server to client

    def available(self) -> int:
        """How many of the server's lines may be sent now, from ``sent`` on."""
        if self._finished or not self.candidates:
            return 0
        shared = 0 if self.is_decided else self.choice.shared_lines(self.sent, self.matched)
        # What was sent before it was decided may have been recorded after more messages of the client.
        return max(0, self._limit() - self.sent) if self.is_decided else shared

    def _limit(self) -> int:
        limit = self.tape.limit(self.matched)
        if not self._context.order.may_hold_back(self.candidates[0].entry):
            return limit
        k = self.sent
        while k < limit and self._session_allows(self.tape.server_positions[k], self.tape.line(k).time):
            k += 1
        return k

    def _session_allows(self, position: int, time: int) -> bool:
        return self._context.order.may_send_line(self.candidates[0].entry, self.tape.original[position], time)

    def take(self, count: int) -> list[Piece]:
        """The next lines, encoded, in as few pieces as possible; at most `available` of them."""
        start, stop = self.sent, self.sent + count
        self.sent = stop
        first, *others = self.candidates
        if self.is_decided:
            first.entry.sent = stop
        issue(first.bindings, first.tape.held_between(start, stop))
        first.notice(start)
        if self._context.order.takes_part(first.entry):
            positions = [first.tape.original[first.tape.server_positions[k]] for k in range(start, stop)]
            self._context.add_senders_times(self.rendering, first.entry, positions)
            self._context.order.sent(first.entry, positions)
        if self.rendering.counters or first.counters:
            first.tape.hold_all(start)
        for other in others:
            issue_in_place(first, other, range(start, stop))
        return self.tape.pieces(start, stop, self.choice.renderer(first))

    def take_farewell(self) -> tuple[list[Piece], Line | None]:
        """The server's lines after the client's close frame, encoded, and its own end; for a close as recorded."""
        if not self.candidates or self.matched < len(self.tape.client_messages):
            return [], None
        render = self.choice.renderer(self.candidates[0])
        pieces: list[Piece] = []
        for line in self.tape.farewell:
            kind = line.kind
            if kind == "close" or kind == "eof" or kind == "reset" or kind == "cut":  # noqa: PLR1714  # narrows
                return pieces, line
            payload = render(line.data)
            pieces.append(encode_message(kind, payload, line.frames if payload == line.data else ()))
        return pieces, None

    def line(self, k: int) -> Line:
        """The server's line ``k``, for its recorded time."""
        return self.tape.line(k)

    def gate(self, k: int) -> tuple[int, int] | None:
        """Number (from 0) and recorded time of the client's last message before server line ``k``; None without one."""
        number = self.tape.gates[k] - 1
        return None if number < 0 else (number, self.tape.lines[self.tape.client_positions[number]].time)

    def end_due(self) -> RecordedEnd | None:
        """The recorded end by the server, if it is due now: every line before it was taken. Else None."""
        if not self.is_decided or self._finished or self.sent < len(self.tape):
            return None
        end = self.tape.end
        if end is None or not end.by_server or end.gate > self.matched:
            return None
        return end if self._session_allows(end.position, end.line.time) else None

    def awaited(self) -> Awaited:
        """What it waits for, when nothing may be sent and no end is due."""
        if self._received.overtaken:
            return "overtaken"
        if not self.is_decided:
            return "pairing" if self.choice.can_guess(self.matched) else "message"
        tape = self.tape
        end = tape.end
        if self.sent < tape.limit(self.matched) or (end is not None and end.by_server and end.gate <= self.matched):
            return "session"
        if self.matched < len(tape.client_messages):
            return "message"
        return "cut" if end is not None and end.line.kind == "cut" else "end"

    @property
    def has_causes(self) -> bool:
        """Whether what clients do on other exchanges may hold its lines back."""
        return self.entry is not None and self._context.order.has_causes(self.entry)

    # ------------------------------------------------------------ client to server

    @property
    def matched(self) -> int:
        """How many of the client's messages were matched."""
        return self._received.matched

    def packets(self, kind: MessageKind, data: bytes) -> list[ParsedMessage]:
        """The packets that a message completes, or the message itself; see `ReceivedMessages.packets`."""
        return self._received.packets(kind, data)

    def feed(self, message: ParsedMessage) -> MessageMismatch | None:
        """Receive a message of the client; see `ReceivedMessages.feed`.

        Raises:
            MatcherError: A function of the profile raised.
        """
        self._further.add_equal(message, self.sent)
        mismatch = self._received.feed(message)
        has_more = mismatch is not None and self._further.add_any(self.sent)
        return self._received.feed(message) if has_more else mismatch

    def take_replies(self) -> list[Piece]:
        """The replies to heartbeats that came since the last call, encoded; to be sent at once."""
        replies, self._received.replies = self._received.replies, []
        return replies

    def overdue(self) -> MessageMismatch | None:
        """The problem of a message that came early, until the messages that it overtook have come; else None."""
        overtaken = self._received.overtaken
        return overtaken.problem if overtaken else None

    def guess(self) -> bool:
        """Decide for the first candidate after the client's time is up; see `SocketChoice.guess`."""
        return self.choice.guess(self.sent, self.matched)

    # ------------------------------------------------------------ its end

    def finish(self) -> Leftovers | None:
        """Note that the connection has ended, whichever side closed it.

        Returns:
            The part of the recording that was not played; None at the second call, and if no candidate is left.
        """
        if self._finished:
            return None
        self._finished = True
        self.choice.decide()
        if self.entry is None:
            return None
        self._context.order.client_left(self.entry, [self.tape.original[at] for at in self.tape.client_positions])
        self._context.ended(self)
        self._context.order.on_progress()
        return self.leftovers()

    def taken(self) -> UsedUp | None:
        """The problem of a socket whose candidates were all taken by other sockets; None if one is left."""
        return None if self.candidates else UsedUp(request=self.label, hint=TAKEN)

    def leftovers(self) -> Leftovers:
        """The part of the recording that was not played so far."""
        return leftovers(self.tape, self.sent, self.matched, self.rules) if self.candidates else Leftovers()

    def left_over(self) -> list[Problem]:
        """Return the unplayed lines as problems for the report of the replay; empty if none is left."""
        left = self.leftovers()
        if left == Leftovers():
            return []
        return left.problems(self.label, lambda line: described(line.kind, line.data, self.rules))

    def expected(self) -> str:
        """The client's next recorded message in a few words, for reports."""
        number = f"message {self.matched + 1} of the client"
        if not self.candidates or self.matched >= len(self.tape.client_messages):
            return number
        message = self.tape.client_messages[self.matched]
        return f"{number} ({described(message.kind, message.data, self.rules)})"

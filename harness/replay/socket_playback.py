"""`SocketPlayback`: one client's WebSocket, walked along the recorded ones that it may be. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

from harness.cassette.model import Line, ResponsePart
from harness.match.compare import Rules
from harness.match.counters import counter_pairs
from harness.match.lenience import Lenience
from harness.match.request import ParsedMessage
from harness.replay.candidates import TAKEN, Candidate, described, message_mismatch
from harness.replay.desk import Desk
from harness.replay.entries import ReplayEntry
from harness.replay.hearing import Heard, heard
from harness.replay.leftovers import Leftovers, leftovers
from harness.replay.likeness import are_alike, differing_strings
from harness.replay.problems import MessageMismatch, UsedUp
from harness.replay.rendering import Rendering, issue
from harness.replay.session_order import Timeline
from harness.replay.tape import Piece, RecordedEnd, Tape, encode_message

Awaited: TypeAlias = Literal["message", "pairing", "overtaken", "session", "end", "cut"]
"""What a socket waits for: the client's next message; that, or a guess which recorded socket it is; messages that one
which came already should have followed; what the rest of the session has to do first; the client's end; nothing, as the
recording was cut here."""


class SocketPlayback:
    """One WebSocket of a client.

    Feed it what the client says; take what may leave. As long as it may be several recorded sockets it is undecided:
    what all of them send is sent, and what the client says tells them apart.

    Attributes:
        rules: By what this client's messages are compared.
        rendering: Puts the session's values into what is sent.
        sent: How many of the server's lines were taken.
        matched: How many of the client's messages were matched.
        replies: Answers to heartbeats, encoded, that are to be sent at once.
        lead: The recorded socket whose greeting was sent, while it is undecided.
        is_repeat: Whether the recorded socket is played again, with values of its own.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        desk: Desk,
        rules: Rules,
        rendering: Rendering,
        *,
        is_repeat: bool = False,
    ) -> None:
        self.rules = rules
        self.is_repeat = is_repeat
        self.sent = 0
        self.matched = 0
        self._candidates = list(candidates)
        self._desk = desk
        self.rendering = rendering
        self._agreed = 0
        self._differing = False
        self._tellable: tuple[int, int, bool] | None = None
        self._no_guess: tuple[int, int] | None = None
        self._is_decided = False
        self._finished = False
        self._taken = "socket"
        self._overtaken: list[ParsedMessage] = []
        self._too_early: MessageMismatch | None = None
        self.replies: list[Piece] = []
        self.lead: ReplayEntry | None = None
        if len(self._candidates) == 1:
            self._decide(self._candidates[0])

    # ------------------------------------------------------------ what it is

    @property
    def candidates(self) -> Sequence[Candidate]:
        """The recorded sockets that it may be, in file order."""
        return self._candidates

    @property
    def is_decided(self) -> bool:
        """Whether it is known which recorded socket it is."""
        return self._is_decided

    @property
    def label(self) -> str:
        """Its name in reports."""
        return self._candidates[0].entry.label if self._candidates else self._taken

    @property
    def response(self) -> ResponsePart:
        """The recorded answer to the upgrade."""
        exchange = self._candidates[0].entry.exchange
        assert exchange.response is not None
        return exchange.response

    @property
    def tape(self) -> Tape:
        """The recorded socket, or the first of several."""
        return self._candidates[0].tape

    # ------------------------------------------------------------ server to client

    def available(self) -> int:
        """How many of the server's lines may leave now, from ``sent`` on."""
        if self._finished or not self._candidates:
            return 0
        if not self._is_decided:
            self._settle()
        if not self._is_decided:
            return max(0, self._agreed - self.sent)
        return self._limit() - self.sent

    def take(self, count: int) -> list[Piece]:
        """The next lines, encoded, in as few pieces as may be; at most `available` of them."""
        start, stop = self.sent, self.sent + count
        self.sent = stop
        first, *others = self._candidates
        if self._is_decided:
            first.entry.sent = stop
        issue(first.bindings, first.tape.held_between(start, stop))
        first.notice(start)
        if self._desk.waits(first.entry):
            positions = [first.tape.original[first.tape.sent_at[k]] for k in range(start, stop)]
            self._desk.hear_causes(self.rendering, first.entry.index, positions)
        if self.rendering.counters:
            first.tape.hold_all(start)
        for other in others:
            self._issue_in_place(first, other, range(start, stop))
        return self.tape.pieces(start, stop, self._renderer(first))

    def _issue_in_place(self, first: Candidate, other: Candidate, numbers: Iterable[int]) -> None:
        """If the socket turns out to be another one, what the first one's lines named stands for its own values."""
        for k in numbers:
            one, two = first.tape.line(k).data, other.tape.line(k).data
            if one == two:
                issue(other.bindings, other.tape.held(k))
                continue
            for ours, theirs in differing_strings(two, one):
                other.bindings.transpose(ours, first.bindings.sent(theirs))

    def line(self, k: int) -> Line:
        """The server's line ``k``, for its recorded time."""
        return self.tape.line(k)

    def gate(self, k: int) -> tuple[int, int] | None:
        """The last message of the client above server line ``k``: its number from 0, its recorded time; or None."""
        number = self.tape.gates[k] - 1
        return None if number < 0 else (number, self.tape.lines[self.tape.said_at[number]].time)

    def end_due(self) -> RecordedEnd | None:
        """The end that is the server's to do now: every line before it was taken."""
        if not self._is_decided or self._finished or self.sent < len(self.tape):
            return None
        end = self.tape.end
        if end is None or not end.by_server or end.gate > self.matched:
            return None
        return end if self._session_allows(end.position, end.line.time) else None

    def awaited(self) -> Awaited:
        """What it waits for, when nothing may leave and no end is due."""
        if not self._is_decided:
            if self._overtaken:
                return "overtaken"
            guessable = self._differing and self._no_guess != (self.matched, len(self._candidates))
            return "pairing" if guessable else "message"
        tape = self.tape
        end = tape.end
        if self._overtaken:
            return "overtaken"
        if self.sent < tape.limit(self.matched) or (end is not None and end.by_server and end.gate <= self.matched):
            return "session"
        if self.matched < len(tape.said):
            return "message"
        return "cut" if end is not None and end.line.kind == "cut" else "end"

    def _renderer(self, candidate: Candidate) -> Callable[[bytes], bytes]:
        return lambda payload: self.rendering.payload(payload, candidate.bindings)

    # ------------------------------------------------------------ client to server

    def feed(self, said: ParsedMessage) -> MessageMismatch | None:
        """The client said this.

        Returns:
            None if it is what was recorded, or how it differs; after that the socket is over.

        Raises:
            MatcherError: A function of the profile raised.
        """
        if self._is_heartbeat(said):
            return None
        self.rules.mask.hear(said.data)
        found = heard(
            self._candidates, self.matched, said, self.rules, self._lenience_for, strict=self.rules.strict_order
        )
        if not found:
            return self._mismatch(said)
        if any(one.overtook for one in found) and self._too_early is None:
            self._too_early = self._mismatch(said)
        for one in found:
            self._accept(one, said)
        self.matched += 1
        if len(found) < len(self._candidates):
            self._candidates = [one.candidate for one in found]
        if not self._is_decided and len(self._candidates) == 1:
            self._decide(self._candidates[0])
        elif self._is_decided:
            self._candidates[0].entry.matched = self.matched
            if self._desk.timeline is not None:
                self._mark(self._desk.timeline, self.matched - 1)
            self._desk.heard(self)
            self._desk.on_progress()
        return None

    def _mismatch(self, said: ParsedMessage) -> MessageMismatch:
        return message_mismatch(self._candidates, self.matched, said, self.rules, self.label)

    def _lenience_for(self, candidate: Candidate, said: ParsedMessage) -> Lenience:
        return self._desk.lenience_for(candidate, said, self.rendering.counters)

    def _accept(self, one: Heard, said: ParsedMessage) -> None:
        candidate = one.candidate
        recorded = candidate.tape.said[one.number]
        self.rendering.own.update(one.trial.loosely_owned())
        if self._is_decided and not self.is_repeat:
            self._desk.keep(one.trial)
        else:
            one.trial.keep()
        self.rendering.counters.update(counter_pairs(recorded.data, said.data))
        if one.overtook:
            self._overtaken = [*candidate.tape.said[self.matched : one.number], *self._overtaken]
        elif recorded in self._overtaken:
            self._overtaken.remove(recorded)
        if not self._overtaken:
            self._too_early = None
        if one.number > self.matched:
            candidate.moved(one.number, self.matched)
            if self._is_decided:
                candidate.entry.order = candidate.tape

    def overdue(self) -> MessageMismatch | None:
        """The problem of a message that came too early, if those that it overtook did not come in time."""
        return self._too_early if self._overtaken else None

    @property
    def is_overtaken(self) -> bool:
        """Whether a message came before others that should have come before it, and may do so yet."""
        return bool(self._overtaken)

    def _is_heartbeat(self, said: ParsedMessage) -> bool:
        for candidate in self._candidates:
            heartbeats = candidate.tape.heartbeats
            if not heartbeats.answers(said.kind, said.data):
                continue
            reply = heartbeats.reply(said.kind, said.data)
            if reply is not None:
                self.replies.append(encode_message(reply[0], reply[1]))
            return True
        return False

    # ------------------------------------------------------------ which one it is

    def guess(self) -> bool:
        """The client has had its time to tell several recorded sockets apart: go on with the first, in file order.

        A greeting, sent before the client has said anything, leaves those undecided that greet alike but for their
        values. Whether anything may leave, or end, now.
        """
        if self._is_decided or not self._candidates:
            return False
        first = self._desk.choose(self)
        if not self._may_send(first):
            if self._at_server_end(first):
                self._decide(first)
                return True
            self._no_guess = (self.matched, len(self._candidates))
            return False
        alike = [each for each in self._candidates if each is first or self._greets_alike(first, each)]
        if len(alike) == 1:
            self._decide(first)
        else:
            self._candidates = [first, *(each for each in alike if each is not first)]
            self._agreed = self.sent + 1
            self.lead = first.entry
        return True

    def drop(self, entry: ReplayEntry) -> None:
        """Another socket turned out to be that one.

        The socket may have no candidate left. Its client's next message is then a mismatch, and so is its end.
        """
        left = [each for each in self._candidates if each.entry is not entry]
        if self._candidates and not left:
            self._taken = entry.label
        self._candidates = left

    def decide_if_single(self) -> None:
        """Decide, if one candidate is left."""
        if not self._is_decided and len(self._candidates) == 1:
            self._decide(self._candidates[0])

    def taken(self) -> UsedUp | None:
        """The problem of a socket whose candidates were all taken by other sockets; None if one is left."""
        if self._candidates:
            return None
        return UsedUp(asked=self._taken, hint=TAKEN)

    def _settle(self) -> None:
        if not self._candidates or self._agreed > self.sent:
            return
        if not self._can_tell():
            self._decide(self._desk.choose(self))
            return
        sending = [each for each in self._candidates if self._may_send(each)]
        if len(sending) == len(self._candidates) and self._next_is_shared():
            self._lead()
            self._agreed = self.sent + 1
            self._differing = False
        else:
            self._differing = bool(sending) or any(self._at_server_end(each) for each in self._candidates)

    def _lead(self) -> None:
        """Put that candidate first whose lines are sent: none whose lines another undecided socket was sent."""
        if self.lead is not None and any(each.entry is self.lead for each in self._candidates):
            return
        first = self._desk.choose(self)
        self._candidates = [first, *(each for each in self._candidates if each is not first)]
        self.lead = first.entry

    def _can_tell(self) -> bool:
        """Whether the candidates' clients have different things left to say."""
        if "messages" not in self.rules.match_on.names:
            return False
        known = self._tellable
        if known is None or known[:2] != (self.matched, len(self._candidates)):
            left = [[said.data for said in each.tape.said[self.matched :]] for each in self._candidates]
            known = self._tellable = (self.matched, len(left), any(each != left[0] for each in left))
        return known[2]

    def _next_is_shared(self) -> bool:
        first, *others = self._candidates
        frame = first.tape.frame(self.sent, self._renderer(first))
        return all(
            self._greets_alike(first, each) or each.tape.frame(self.sent, self._renderer(each)) == frame
            for each in others
        )

    def _may_send(self, candidate: Candidate) -> bool:
        return self.sent < candidate.tape.limit(self.matched)

    def _at_server_end(self, candidate: Candidate) -> bool:
        end = candidate.tape.end
        return end is not None and end.by_server and end.gate <= self.matched and self.sent == len(candidate.tape)

    def _greets_alike(self, first: Candidate, other: Candidate) -> bool:
        if not self._may_send(other):
            return False
        one, two = first.tape.line(self.sent), other.tape.line(self.sent)
        return one.kind == two.kind and are_alike(self.rules.places.profile, one.data, two.data, self._desk.is_issued)

    def _decide(self, choice: Candidate) -> None:
        self._candidates = [choice]
        self._is_decided = True
        self._differing = False
        self._desk.decided(self, choice)
        choice.noticed = ()
        choice.entry.matched, choice.entry.sent, choice.entry.order = self.matched, self.sent, choice.tape
        timeline = self._desk.timeline
        if timeline is not None:
            timeline.done(choice.entry.index)
            for number in range(self.matched):
                self._mark(timeline, number)
        self._desk.on_progress()

    # ------------------------------------------------------------ the session's order

    def _limit(self) -> int:
        limit = self.tape.limit(self.matched)
        if self._desk.timeline is None and not self._desk.waits(self._candidates[0].entry):
            return limit
        k = self.sent
        while k < limit and self._session_allows(self.tape.sent_at[k], self.tape.line(k).time):
            k += 1
        return k

    def _session_allows(self, position: int, time: int) -> bool:
        timeline, entry = self._desk.timeline, self._candidates[0].entry
        if timeline is not None:
            return timeline.reached((entry.exchange.at + time, entry.index, self.tape.original[position]))
        return self._desk.may_send(entry, self.tape.original[position])

    def _mark(self, timeline: Timeline, number: int) -> None:
        timeline.done(self._candidates[0].entry.index, self.tape.original[self.tape.said_at[number]])

    # ------------------------------------------------------------ another one in its place

    def become(self, entry: ReplayEntry) -> None:
        """From here on it is another recorded socket, on which the same was said and sent so far."""
        candidate = self._candidates[0]
        assert entry.tape_played is not None
        candidate.entry, candidate.tape, candidate.noticed = entry, entry.tape_played, ()

    # ------------------------------------------------------------ its end

    def finish(self) -> Leftovers | None:
        """The connection has ended, by whomever: what of the recording is left. None at the second call."""
        if self._finished:
            return None
        self._finished = True
        if not self._is_decided and self._candidates:
            self._decide(self._desk.choose(self))
        if not self._candidates:
            return None
        timeline = self._desk.timeline
        if timeline is not None:
            timeline.release(self._candidates[0].entry.index, [self.tape.original[at] for at in self.tape.said_at])
        self._desk.ended(self)
        self._desk.on_progress()
        return self.leftovers()

    def leftovers(self) -> Leftovers:
        """What of the recording is left as things stand."""
        return leftovers(self.tape, self.sent, self.matched, self.rules) if self._candidates else Leftovers()

    def shown(self, line: Line | None) -> str:
        """A recorded line in a few words."""
        return "" if line is None else described(line.kind, line.data, self.rules)

    def expected(self) -> str:
        """The client's next message in a few words."""
        number = f"message {self.matched + 1} of the client"
        if not self._candidates or self.matched >= len(self.tape.said):
            return number
        said = self.tape.said[self.matched]
        return f"{number} ({described(said.kind, said.data, self.rules)})"

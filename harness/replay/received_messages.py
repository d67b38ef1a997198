"""`ReceivedMessages`: the client's messages on one socket, matched with the recorded ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.framing.streams import PacketSplitter, StreamFraming
from harness.match.compare import Rules
from harness.match.counters import counter_pairs
from harness.match.lenience import Lenience
from harness.match.request import MessageKind, ParsedMessage
from harness.replay.candidates import Candidate, message_mismatch
from harness.replay.frames import encode_message
from harness.replay.heartbeat_looks import is_goodbye
from harness.replay.message_matching import MatchedMessage, Overtaken, matched_messages
from harness.replay.problems import MessageMismatch
from harness.replay.rendering import Rendering
from harness.replay.socket_choice import SocketChoice
from harness.replay.socket_context import SessionContext
from harness.replay.tape import Piece

MOST_SAID: Final = 64
"""So many messages of a client are kept to be matched with further recorded sockets."""


class ReceivedMessages:
    """Matches each message, and narrows the choice to the recorded sockets that have it.

    Args:
        choice: The recorded sockets that the client's may be.
        context: The session.
        rules: How messages are compared.
        rendering: Learns the counters and times of this client.
        is_repeat: Whether the recorded socket is played again, with values of its own.

    Attributes:
        matched: How many messages were matched.
        overtaken: The messages that have yet to come, as a later one overtook them.
        replies: Replies to heartbeats, encoded, that are to be sent at once.
        said: The matched messages, while the socket is undecided; at most one more than `MOST_SAID`.
    """

    def __init__(
        self,
        choice: SocketChoice,
        context: SessionContext,
        rules: Rules,
        rendering: Rendering,
        *,
        is_repeat: bool,
    ) -> None:
        self.matched = 0
        self.overtaken = Overtaken()
        self.replies: list[Piece] = []
        self.said: list[ParsedMessage] = []
        self._choice = choice
        self._context = context
        self._rules = rules
        self._rendering = rendering
        self._is_repeat = is_repeat
        self._framing: StreamFraming | None = None
        self._splitter: PacketSplitter | None = None

    def packets(self, kind: MessageKind, data: bytes) -> list[ParsedMessage]:
        """Parse a client's message: into itself, or into the packets that it completes; see `harness.replay.units`."""
        if self._splitter is None:
            self._framing = self._choice.candidates[0].tape.framing if self._choice.candidates else None
            self._splitter = PacketSplitter(self._framing)
        name = "" if self._framing is None else self._framing.name
        return [ParsedMessage(kind, packet, name) for packet in self._splitter.feed(data)]

    def feed(self, message: ParsedMessage) -> MessageMismatch | None:
        """Receive a message of the client.

        Returns:
            None if it matches, or how it differs; after that the socket is over.

        Raises:
            MatcherError: A function of the profile raised.
        """
        if self._take_heartbeat(message):
            return None
        self._rules.mask.received(message.data)
        candidates = self._choice.candidates
        found = self._matches(candidates, self.matched, message)
        if not found:
            return None if self._is_last_goodbye(message) else self._mismatch(message)
        if any(one.overtook for one in found) and self.overtaken.problem is None:
            self.overtaken.problem = self._mismatch(message)
        for one in found:
            self._accept(one, message)
        self.matched += 1
        if len(self.said) <= MOST_SAID:
            self.said.append(message)
        if len(found) < len(candidates):
            self._choice.narrow([one.candidate for one in found])
        if self._choice.is_decided:
            self.said.clear()
            self._note_progress()
        else:
            self._choice.decide_if_single()
        return None

    def _matches(self, candidates: Sequence[Candidate], matched: int, message: ParsedMessage) -> list[MatchedMessage]:
        context, strict = self._context, self._rules.strict_order
        return matched_messages(
            candidates, matched, message, self._rules, self._lenience_for, context.may_exchange, strict=strict
        )

    def catches_up(self, candidate: Candidate) -> bool:
        """Match what the client said so far with a further candidate; returns whether all of it fits."""
        for number, message in enumerate(self.said):
            found = self._matches([candidate], number, message)
            if not found or found[0].overtook:
                return False
            self._learn(found[0], message, number)
        return True

    def _is_last_goodbye(self, message: ParsedMessage) -> bool:
        """Whether a message is a goodbye after all recorded messages: the recorded client closed before it was sent."""
        ends = (len(candidate.tape.client_messages) for candidate in self._choice.candidates)
        return is_goodbye(message.data) and not self._rules.strict_order and all(end <= self.matched for end in ends)

    def _mismatch(self, message: ParsedMessage) -> MessageMismatch:
        return message_mismatch(self._choice.candidates, self.matched, message, self._rules, self._choice.label)

    def _lenience_for(self, candidate: Candidate, message: ParsedMessage) -> Lenience:
        counters = {**self._rendering.counters, **candidate.counters}
        return self._context.lenience_for(candidate, message, counters)

    def _accept(self, one: MatchedMessage, message: ParsedMessage) -> None:
        self.overtaken.accept(one, self.matched)
        self._learn(one, message, self.matched)

    def _learn(self, one: MatchedMessage, message: ParsedMessage, matched: int) -> None:
        """Keep what a message binds, given how many messages were matched before."""
        candidate = one.candidate
        recorded = candidate.tape.client_messages[one.number]
        is_decided = self._choice.is_decided
        # Until it is decided, what was learned for one candidate must not apply to another.
        learns = self._rendering if is_decided else candidate
        learns.own.update(one.trial.loosely_owned())
        learns.counters.update(counter_pairs(recorded.data, message.data))
        learns.counters.update(candidate.tape.call_numbers.pairs(recorded.data, message.data))
        if is_decided and not self._is_repeat:
            self._context.keep(one.trial)
        else:
            one.trial.keep()
        candidate.matched = matched + 1
        if one.number > matched:
            candidate.moved(one.number, matched)
            if is_decided:
                candidate.entry.order = candidate.tape

    def _note_progress(self) -> None:
        candidate = self._choice.candidates[0]
        candidate.entry.matched = self.matched
        position = candidate.tape.original[candidate.tape.client_positions[self.matched - 1]]
        self._context.order.received(candidate.entry, [position])
        self._context.order.on_progress()

    def _take_heartbeat(self, message: ParsedMessage) -> bool:
        """Whether a message is a heartbeat; if so, its reply is added to `replies`."""
        for candidate in self._choice.candidates:
            heartbeats = candidate.tape.heartbeats
            if heartbeats.includes(message.kind, message.data):
                reply = heartbeats.reply(message.kind, message.data)
                if reply is not None:
                    self.replies.append(encode_message(reply[0], reply[1]))
                return True
        return False

"""`OpenSockets`: decides which recorded socket each open socket is, and keeps what its messages bind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from harness.match.bindings import Bindings
from harness.match.lenience import Lenience
from harness.match.request import ParsedMessage
from harness.replay.candidates import Candidate
from harness.replay.entries import ReplayEntry
from harness.replay.lenience import LenienceFactory
from harness.replay.likeness import Likeness, differing_strings
from harness.replay.rendering import Rendering
from harness.replay.sending_order import SendingOrder
from harness.replay.socket_choice import SocketChoice
from harness.replay.socket_context import PlayedSocket
from harness.replay.swapping import Swapping


class OpenSockets:
    """Decides between open sockets that may be the same recorded one, and keeps what their messages bind.

    Args:
        likeness: Compares messages of recorded sockets.
        bindings: Those of the session.
        order: When recorded lines may be sent.
        lenience: Makes the lenience towards a message.
        swapping: Lets exchanges change places.
    """

    def __init__(
        self,
        likeness: Likeness,
        bindings: Bindings,
        order: SendingOrder,
        lenience: LenienceFactory,
        swapping: Swapping,
    ) -> None:
        self._likeness = likeness
        self._bindings = bindings
        self._order = order
        self._lenience = lenience
        self._swapping = swapping
        self._undecided = swapping.undecided

    @property
    def order(self) -> SendingOrder:
        """When recorded lines may be sent."""
        return self._order

    @property
    def undecided(self) -> int:
        """How many open sockets may still be one of several recorded ones."""
        return len(self._undecided)

    def has_room_for(self, candidates: Sequence[Candidate]) -> bool:
        """Whether one more socket, which may be any of these, leaves a recorded one for each open socket."""
        return self._undecided.has_room_for(candidates)

    def opened(self, choice: SocketChoice) -> None:
        """Add a newly opened socket to the undecided ones, unless it is decided already."""
        if not choice.is_decided:
            self._undecided.add(choice)

    def left_of(self, entries: Sequence[ReplayEntry]) -> list[ReplayEntry]:
        """The exchanges that are left when each undecided socket takes one of its candidates."""
        return self._undecided.left_of(entries)

    # ------------------------------------------------------------ the context of a socket

    def lenience_for(self, candidate: Candidate, message: ParsedMessage, counters: Mapping[bytes, bytes]) -> Lenience:
        """What may differ in a recorded message of a socket; see `SessionContext.lenience_for`."""
        return self._lenience.of_message(candidate, message, counters)

    def may_exchange(self, candidate: Candidate) -> bool:
        """Whether values may change places with those of another socket; see `SessionContext.may_exchange`."""
        return self._lenience.issued.any or not candidate.bindings.is_empty

    @property
    def likeness(self) -> Likeness:
        """The comparison of messages of recorded sockets; see `SessionContext.likeness`."""
        return self._likeness

    def choose(self, choice: SocketChoice, line: int | None = None, /) -> Candidate:
        """The candidate to take where nothing tells them apart; see `SessionContext.choose`."""
        return self._undecided.choose(choice, line)

    def decided(self, socket: PlayedSocket, candidate: Candidate) -> None:
        """Note which recorded socket this one is; see `SessionContext.decided`."""
        if socket.is_repeat:
            # The values of this client stand for the recorded ones on this socket only.
            for actual, recorded in candidate.bindings.owned():
                self._bindings.know(actual, recorded)
        else:
            self.keep(candidate.bindings)
            candidate.bindings = self._bindings
            self._spare_sent_lines(socket.choice, candidate)
        candidate.entry.played = True
        self._swapping.live[candidate.entry.index] = socket
        self._undecided.decided(socket.choice, candidate.entry)
        tape = candidate.tape
        positions = [-1, *(tape.original[at] for at in tape.client_positions[: socket.matched])]
        self._order.received(candidate.entry, positions)

    def _spare_sent_lines(self, choice: SocketChoice, candidate: Candidate) -> None:
        """Replace the ids in those lines of a recorded socket that another client was sent before this was decided."""
        for instead, number in self._undecided.ahead_of(choice, candidate.entry):
            if instead.tape is None or number >= len(instead.tape):
                continue
            ours, theirs = candidate.tape.line(number).data, instead.tape.line(number).data
            for one, other in differing_strings(ours, theirs):
                self._bindings.transpose(one, self._bindings.sent(other))

    def keep(self, trial: Bindings) -> None:
        """Take over the bindings that a message of a decided socket made; see `SessionContext.keep`."""
        self._swapping.keep(trial, self._bindings)

    def add_senders_times(self, rendering: Rendering, entry: ReplayEntry, positions: Iterable[int]) -> None:
        """Render the times that clients sent on other exchanges and that these lines repeat.

        See `SessionContext.add_senders_times`.
        """
        self._swapping.add_senders_times(rendering, entry, positions)

    def ended(self, socket: PlayedSocket) -> None:
        """Note that the socket's connection has ended; see `SessionContext.ended`."""
        self._swapping.ended(socket)

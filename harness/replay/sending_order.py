"""`SendingOrder`: when the service's recorded lines may be sent, given what clients have done so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from harness.cassette.model import Cassette
from harness.replay.cause_guesses import guessed_needs
from harness.replay.causes import Causes
from harness.replay.entries import ReplayEntry
from harness.replay.issued import Issued
from harness.replay.session_order import Timeline


def _nothing() -> None:
    return None


class SendingOrder:
    """Holds lines back until clients have done what comes before them.

    With ``order: session`` in the cassette that is everything that clients did earlier in the recording. Without, it is
    what the lines of other exchanges were guessed to wait for; see `harness.replay.causes`.

    Args:
        cassette: The cassette.
        entries: Its exchanges.
        issued: The values that the service issued.

    Attributes:
        on_progress: Called when lines of other exchanges may have become free.
    """

    def __init__(self, cassette: Cassette, entries: Sequence[ReplayEntry], issued: Issued) -> None:
        self._timeline = Timeline(cassette) if cassette.order == "session" else None
        self._causes = Causes({} if self._timeline is not None else guessed_needs(entries, issued))
        self.on_progress: Callable[[], None] = _nothing

    @property
    def is_recorded(self) -> bool:
        """Whether the cassette has ``order: session``, which fixes the order of the whole session."""
        return self._timeline is not None

    # ------------------------------------------------------------ what clients have done

    def request_played(self, entry: ReplayEntry) -> None:
        """Note that a client made the request of an exchange."""
        matters = self._causes.done(entry.index, -1)
        if self._timeline is not None:
            self._timeline.done(entry.index)
        if matters or self._timeline is not None:
            self.on_progress()

    def received(self, entry: ReplayEntry, positions: Iterable[int]) -> None:
        """Note messages of a client on an exchange; -1 is the request.

        Args:
            entry: The exchange.
            positions: Where the messages stand in the recording.
        """
        for position in positions:
            self._causes.done(entry.index, position)
            if self._timeline is not None:
                self._timeline.done(entry.index, position)

    def sent(self, entry: ReplayEntry, positions: Iterable[int]) -> None:
        """Note lines of the service on a socket, which stand at ``positions`` in the recording."""
        if self._causes.is_awaited(entry.index):
            self.received(entry, positions)
            self.on_progress()

    def client_left(self, entry: ReplayEntry, positions: Iterable[int]) -> None:
        """Count the client's messages at ``positions`` as done, because the connection of their exchange has ended."""
        if self._timeline is not None:
            self._timeline.release(entry.index, positions)

    def change_places(self, one: ReplayEntry, other: ReplayEntry) -> None:
        """Count what clients did on either of two exchanges as done on the other one."""
        self._causes.change_places(one.index, other.index)

    def redo(self, entry: ReplayEntry, positions: Iterable[int]) -> None:
        """Replace what a client did on an exchange by the messages at these positions."""
        self._causes.redo(entry.index, positions)

    # ------------------------------------------------------------ what may be sent

    def may_respond(self, entry: ReplayEntry) -> bool:
        """Whether the response of an exchange may begin."""
        if self._timeline is None:
            return self._causes.may_respond(entry)
        ending = entry.exchange.response or entry.exchange.aborted
        after = ending.after if ending is not None else 0
        return self._timeline.reached((entry.exchange.at + after, entry.index, 0))

    def may_send_piece(self, entry: ReplayEntry, position: int) -> bool:
        """Whether a piece of a streamed response may be sent; a session's recorded order holds none of them back."""
        return self._causes.may_send(entry.index, position)

    def may_send_line(self, entry: ReplayEntry, position: int, time: int) -> bool:
        """Whether a line of a socket may be sent.

        Args:
            entry: The socket's exchange.
            position: Where the line stands in the recording.
            time: Its recorded time, in microseconds since the upgrade.
        """
        if self._timeline is not None:
            return self._timeline.reached((entry.exchange.at + time, entry.index, position))
        return self._causes.may_send(entry.index, position)

    def has_causes(self, entry: ReplayEntry) -> bool:
        """Whether lines of an exchange are guessed to wait for what clients do on other exchanges."""
        return self._causes.has_waiting_lines(entry.index)

    def takes_part(self, entry: ReplayEntry) -> bool:
        """Whether lines of an exchange are guessed to wait for other exchanges, or other lines for this exchange."""
        return self.has_causes(entry) or self._causes.is_awaited(entry.index)

    def may_hold_back(self, entry: ReplayEntry) -> bool:
        """Whether any line of an exchange can be held back at all."""
        return self._timeline is not None or self.has_causes(entry)

    def causes_of(self, entry: ReplayEntry, positions: Iterable[int]) -> list[int]:
        """Numbers of the exchanges whose clients' actions the lines at ``positions`` wait for, line by line."""
        return [cause for each in positions for cause in sorted(self._causes.needs(entry.index, each))]

    def awaited(self, entry: ReplayEntry) -> int | None:
        """Number of the exchange whose client has to act before this one goes on; None if there is none."""
        awaited = None if self._timeline is None else self._timeline.awaited
        return self._causes.awaited(entry.index) if awaited is None else awaited

    def release(self, entry: ReplayEntry) -> bool:
        """Hold nothing of an exchange back any longer.

        Returns:
            False if nothing changes: a recorded order is not given up.
        """
        if self._timeline is not None:
            return False
        self._causes.release(entry.index)
        return True

"""`ExchangeProgress`: how far a live service has come, measured by what it sent in the recording.

A live service does not repeat a recording message by message: an answer comes in more pieces or in fewer, and events
may change places. So a message counts by its event's name. Repeated events are one step, a skipped one is passed over,
and an event that comes early counts when its turn comes. A reply to one call passes over no reply to another one: the
client may need both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.play.script import ExpectedEvent


class ExchangeProgress:
    """Counts which of the events that the service sent in the recording of an exchange have come again.

    Args:
        expected: What the service sent in the recording.
    """

    def __init__(self, expected: Sequence[ExpectedEvent]) -> None:
        self._expected = expected
        self._last_place = {each.data: at for at, each in enumerate(expected) if each.data}
        self._early: Counter[str] = Counter()
        # Of those, the ones that came right after one of the same name: perhaps further pieces of one text.
        self._pieces: Counter[str] = Counter()
        # Places of expected events that have come, or were passed over, while an earlier one is still awaited.
        self._settled: set[int] = set()
        self._last = ""
        self._at = 0
        self.ended = False

    @property
    def come(self) -> int:
        """Number of expected events that the service has sent, or that were passed over."""
        return self._at

    def has_reached(self, count: int) -> bool:
        """Whether the first ``count`` expected events have come; an exchange that ended sends no more."""
        return self.ended or self._at >= count

    def missing(self, count: int) -> str:
        """The name of the next event that is missing among the first ``count``; empty if none is."""
        return "" if self.has_reached(count) else self._expected[self._at].name

    def sent(self, limit: int) -> None:
        """Note that the client sent a message: an event of a name that came before it is no further piece from now on.

        Args:
            limit: As for `receive`, from now on.
        """
        for name in {each.name for each in self._expected[: self._at]}:
            self._early[name] = max(0, self._early[name] - self._pieces.pop(name, 0))
        self._count_early(limit)

    def give_up(self, count: int) -> None:
        """Wait no longer for the first ``count`` expected events."""
        self._at = max(self._at, count)

    def receive(self, name: str, limit: int, data: bytes = b"") -> int | None:
        """Count an event.

        Args:
            name: Of the event.
            limit: How many expected events may come before the client sends its next message.
            data: Its payload. One that equals an event still expected comes early, and is no piece of another text.

        Returns:
            Number of the expected event that it stands for; None if it is a further one.
        """
        awaited = (at for at in range(self._at, min(limit, len(self._expected))) if at not in self._settled)
        found = next((at for at in awaited if self._is(at, name)), None)
        is_piece, self._last = name == self._last, name
        if found is None or (found > self._at and self._repeats(name)):
            self._early[name] += 1
            self._pieces[name] += is_piece and self._last_place.get(data, -1) < self._at
            return None
        passed = {"", self._expected[found].call}
        self._settled.update(at for at in range(self._at, found + 1) if self._expected[at].call in passed)
        self._count_early(limit)
        return found

    def _count_early(self, limit: int) -> None:
        while self._at < min(limit, len(self._expected)) and self._has_come(self._at):
            self._at += 1

    def _has_come(self, at: int) -> bool:
        """Whether an expected event has come, in its turn or early; one that came early stands for no other one."""
        name = self._expected[at].name
        if at not in self._settled and self._early[name]:
            self._early[name] -= 1
            self._settled.add(at)
        return at in self._settled

    def _is(self, at: int, name: str) -> bool:
        return self._expected[at].name == name

    def _repeats(self, name: str) -> bool:
        """Whether the last expected event that came has this name: then one more with the name is a further piece."""
        return self._at > 0 and self._is(self._at - 1, name)

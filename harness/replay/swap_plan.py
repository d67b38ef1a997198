"""`SwapPlan`: two recorded exchanges to exchange for each other, with everything that has to change places with them.

What a client did with a value of one of them must be possible with the value of the other: a request that is equal but
for the value, with an equal response; or a socket on which the same was sent and received so far. Then these two
change places as well, and so do the values that the service issued in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, TypeAlias

from harness.match.counters import without_counters
from harness.match.generated import masked, slots_of
from harness.match.looks import is_time_text
from harness.replay.entries import ReplayEntry
from harness.replay.fitted_tapes import Shape, fitted
from harness.replay.issued_groups import IssuedGroup, asked_values, named_values, text_of

Use: TypeAlias = tuple[ReplayEntry, int]
"""Where a client used a value: the exchange, and the number of its message as recorded; -1 for the request."""
_NUMBERS: Final = re.compile(r"\d{4,}")
_MOST_DEPTH: Final = 100


@dataclass(frozen=True, slots=True)
class Known:
    """The issued values of a cassette, and where clients used them.

    Attributes:
        uses: Value -> where clients used it.
        groups: Value -> the first message in which the service sent it.
        by_entry: Number of an exchange -> the values that its service issued in it, message by message.
        shape: Returns a message of a client without issued and generated values.
        sort: Returns what a client did in a use of a value, likewise: equal for uses that may change places.
    """

    uses: Mapping[str, Sequence[Use]]
    groups: Mapping[str, IssuedGroup]
    by_entry: Mapping[int, Sequence[IssuedGroup]]
    shape: Shape
    sort: Callable[[Use], str]


class SwapPlan:
    """Decides whether two exchanges can change places, and collects the values that change places with them.

    Attributes:
        values: Issued value of one exchange -> that of the other.
        made: Value that a client generated in one exchange -> that of the other.
        times: Time that a client sent in one exchange -> that of the other.
        entries: Pairs of exchanges.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self.values: dict[str, str] = {}
        self.made: dict[str, str] = {}
        self.times: dict[str, str] = {}
        self.entries: list[tuple[ReplayEntry, ReplayEntry]] = []

    def takes(self, ours: IssuedGroup, theirs: IssuedGroup, depth: int = 0) -> bool:
        """Whether the values issued in two messages can change places; collects all that change places with them."""
        if depth > _MOST_DEPTH or not self._takes_values(ours, theirs, depth):
            return False
        if (ours.entry, theirs.entry) in self.entries:
            return True
        if ours.entry.tape is not None and theirs.entry.tape is not None:
            return self._sockets_change(ours.entry, theirs.entry, depth)
        self.entries.append((ours.entry, theirs.entry))
        return self._requests_change(ours.entry, theirs.entry, depth)

    def _requests_change(self, one: ReplayEntry, other: ReplayEntry, depth: int) -> bool:
        """Whether all values of two requests can change places, issued and generated ones."""
        return self._go_back(one, other, depth) and self._made_change(made_in(one, other), depth)

    def _made_change(self, pairs: Iterable[tuple[str, str]], depth: int) -> bool:
        """Whether generated values can change places, each with its counterpart: a retry sends them again."""
        for ours, theirs in pairs:
            if is_time_text(ours):
                # A time identifies nothing: several clients may have sent the same one, and one client two.
                self.times.setdefault(ours, theirs)
                continue
            known = self.values.get(ours) or self.made.get(ours)
            if known == theirs or ours in self._known.groups or theirs in self._known.groups:
                continue
            if known is not None or theirs in self.made.values() or theirs in self.made:
                return False
            self.made[ours] = theirs
            if not self._follow(ours, theirs, depth):
                return False
        return True

    def takes_made(self, ours: str, theirs: str) -> bool:
        """Whether two generated values can change places, with all that clients did with them."""
        if ours not in self._known.uses or theirs not in self._known.uses or is_time_text(ours):
            return False
        return self._made_change([(ours, theirs)], 0) and bool(self.entries)

    def _takes_values(self, ours: IssuedGroup, theirs: IssuedGroup, depth: int) -> bool:
        if ours.values.keys() != theirs.values.keys():
            return False
        for path, one in ours.values.items():
            other = theirs.values[path]
            if self.values.get(one) == other:
                continue
            if one in self.values:
                return False
            self.values[one] = other
            if not self._follow(one, other, depth):
                return False
        return True

    def _go_back(self, one: ReplayEntry, other: ReplayEntry, depth: int) -> bool:
        """Whether the issued values in two clients' requests can change places, each with its counterpart."""
        return self._all_change(asked_values(one), asked_values(other), depth)

    def _all_change(self, ours_said: Iterable[str], theirs_said: Iterable[str], depth: int) -> bool:
        """Whether issued values that two clients sent can change places, each with its counterpart."""
        groups = self._known.groups
        left, right = ([value for value in message if value in groups] for message in (ours_said, theirs_said))
        if len(left) != len(right):
            return False
        for mine, its in zip(left, right, strict=True):
            if mine == its or self.values.get(mine) == its:
                continue
            ours, theirs = groups[mine], groups[its]
            if ours.family != theirs.family or not self.takes(ours, theirs, depth + 1):
                return False
        return True

    # ------------------------------------------------------------ what was done with the values

    def _follow(self, one: str, other: str, depth: int) -> bool:
        left, right = self._known.uses.get(one, ()), self._known.uses.get(other, ())
        for mine, its in _paired(left, right, self._known.sort):
            if not (mine and _is_matched(*mine)) and not (its and _is_matched(*its)):
                continue
            if mine is None or its is None or not self._changes_places(mine, its, depth):
                return False
        return True

    def _changes_places(self, mine: Use, its: Use, depth: int) -> bool:
        one, other = mine[0], its[0]
        if (one, other) in self.entries or one is other:
            return True
        if one.tape is not None or other.tape is not None:
            return self._sockets_change(one, other, depth)
        self.entries.append((one, other))
        if not self._requests_change(one, other, depth) or not self._calls_are_alike(one, other):
            return False
        return self._issued_change(one, other, depth, lines=0)

    def _issued_change(self, one: ReplayEntry, other: ReplayEntry, depth: int, *, lines: int) -> bool:
        """Whether the values issued in two exchanges can change places; of a socket those in its first lines."""
        ours, theirs = (self._known.by_entry.get(each.index, ()) for each in (one, other))
        if one.tape is not None:
            ours, theirs = ([group for group in groups if group.line < lines] for groups in (ours, theirs))
        if len(ours) != len(theirs):
            return False
        pairs = zip(ours, theirs, strict=True)
        return all(self._takes_values(mine, its, depth + 1) for mine, its in pairs)

    def _calls_are_alike(self, one: ReplayEntry, other: ReplayEntry) -> bool:
        """Whether two exchanges differ only in exchanged and generated values."""
        if one.request.method != other.request.method or one.response[0] != other.response[0]:
            return False
        if masked(self._exchanged(_text_of_request(one))) != masked(_text_of_request(other)):
            return False
        if not one.responded and not other.responded:
            return True
        return self._payloads_are_alike(one.response[1], other.response[1])

    def _payloads_are_alike(self, one: bytes, other: bytes) -> bool:
        """Whether two payloads of a service differ only in values and in numbers, which may count its messages."""
        texts = self._exchanged(text_of(one)), text_of(other)
        return len({_NUMBERS.sub("0", masked(text)) for text in texts}) == 1

    # ------------------------------------------------------------ sockets

    def _sockets_change(self, one: ReplayEntry, other: ReplayEntry, depth: int) -> bool:
        """Whether nothing that was sent or received so far tells two recorded sockets apart."""
        if one.tape is None or other.tape is None:
            return False
        self.entries.append((one, other))
        # First the values, among them those of the paths: only then are the requests equal.
        if not self._requests_change(one, other, depth):
            return False
        if masked(self._exchanged(_text_of_request(one))) != masked(_text_of_request(other)):
            return False
        sent = max(one.sent, other.sent)
        if not self._issued_change(one, other, depth, lines=sent):
            return False
        return self._messages_fit(one, other, depth) and self._lines_are_alike(one, other, sent)

    def _lines_are_alike(self, one: ReplayEntry, other: ReplayEntry, sent: int) -> bool:
        assert one.tape is not None and other.tape is not None  # noqa: PT018  # the caller looked
        if min(len(one.tape), len(other.tape)) < sent:
            return False
        if (one.ended or other.ended) and not (len(one.tape) == len(other.tape) == sent):
            return False
        return all(self._payloads_are_alike(one.tape.line(k).data, other.tape.line(k).data) for k in range(sent))

    def _messages_fit(self, one: ReplayEntry, other: ReplayEntry, depth: int) -> bool:
        """Whether the messages of each client also fit the other recorded socket."""
        shape = self._known.shape
        for mine, its in ((one, other), (other, one)):
            tape = fitted(mine, its, shape)
            if tape is None or mine.tape_played is None or (mine.ended and mine.matched < len(tape.client_messages)):
                return False
            message = zip(
                mine.tape_played.client_messages[: mine.matched], tape.client_messages[: mine.matched], strict=True
            )
            pairs = [(ours.data, theirs.data) if mine is one else (theirs.data, ours.data) for ours, theirs in message]
            if not all(self._messages_change(*pair, depth) for pair in pairs):
                return False
        return True

    def _messages_change(self, one: bytes, other: bytes, depth: int) -> bool:
        left, right = ((value for _, value in named_values(each)) for each in (one, other))
        if not self._all_change(left, right, depth):
            return False
        if not self._made_change(_made_pairs(text_of(one), text_of(other)), depth):
            return False
        return _shape(self._exchanged(text_of(one))) == _shape(text_of(other))

    def _exchanged(self, text: str) -> str:
        return _replaced(text, self.values)


def _paired(
    left: Sequence[Use], right: Sequence[Use], sort: Callable[[Use], str]
) -> Iterator[tuple[Use | None, Use | None]]:
    """The uses of two values, each with the next one of its sort: one client may have done something more between."""
    waiting: dict[str, list[Use]] = {}
    for its in right:
        waiting.setdefault(sort(its), []).append(its)
    alone: list[Use] = []
    for mine in left:
        alike = waiting.get(sort(mine))
        if alike:
            yield mine, alike.pop(0)
        else:
            alone.append(mine)
    # Values that no mask recognizes make sorts differ: the uses that are left are paired in their order.
    yield from zip_longest(alone, (its for alike in waiting.values() for its in alike))


def _shape(text: str) -> str:
    return masked(text_of(without_counters(text.encode("latin-1"))))


def _replaced(text: str, table: Mapping[str, str]) -> str:
    if not table:
        return text
    longest_first = sorted(table, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda found: table[found[0]], text)


def _text_of_request(entry: ReplayEntry) -> str:
    return f"{entry.request.plain_target}\n{entry.request.plain_body}"


def made_in(one: ReplayEntry, other: ReplayEntry) -> list[tuple[str, str]]:
    """The generated values in which two requests of one shape differ, as pairs."""
    return _made_pairs(_text_of_request(one), _text_of_request(other))


def _made_pairs(one: str, other: str) -> list[tuple[str, str]]:
    mine, its = slots_of(one), slots_of(other)
    if len(mine) != len(its):
        return []
    return [(ours, theirs) for (_, _, ours), (_, _, theirs) in zip(mine, its, strict=True) if ours != theirs]


def _is_matched(entry: ReplayEntry, number: int) -> bool:
    return entry.played and (number < 0 or entry.number_played(number) < entry.matched)

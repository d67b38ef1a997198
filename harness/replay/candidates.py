"""`Candidate`: a recorded socket that a client's socket may be; and the problem of a message that matches none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.match.bindings import Bindings
from harness.match.compare import Rules, difference, event_name, match
from harness.match.lenience import Lenience
from harness.match.request import ParsedMessage
from harness.replay.entries import ReplayEntry
from harness.replay.likeness import differing_strings
from harness.replay.naming import option_for
from harness.replay.problems import MessageMismatch, Nearest, Other
from harness.replay.rendering import issue
from harness.replay.tape import Tape

_AHEAD: Final = 64
TAKEN: Final = "Other sockets took every recorded socket that this one could have been"


@dataclass(slots=True, eq=False)
class Candidate:
    """A recorded socket that the client's socket may turn out to be, with the bindings that hold in that case.

    Attributes:
        entry: The exchange.
        tape: Its messages, in the order in which this client sends them.
        upgraded: What the upgrade binds; candidates with equal upgrades may share it.
        noticed: Positions in the bindings' logs up to which `notice` has applied them to the tape.
        matched: How many of the client's messages were matched with its own.
        own: Times of the client, recorded -> actual, if its socket is this one.
        counters: Of the client's messages, likewise; see `harness.match.counters`.
        doubt: In how many headers the upgrade contradicts the recorded one, and in how many that is unknown.
    """

    entry: ReplayEntry
    tape: Tape
    upgraded: Bindings
    noticed: tuple[int, ...] = ()
    matched: int = 0
    own: dict[str, str] = field(default_factory=dict[str, str])
    counters: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    doubt: tuple[int, int] = (0, 0)
    _bindings: Bindings | None = None

    @property
    def bindings(self) -> Bindings:
        """The bindings that hold if the client's socket is this one."""
        if self._bindings is None:
            # Copied only now: of a thousand candidates most are ruled out before their bindings are needed.
            self._bindings = self.upgraded.copy()
        return self._bindings

    @bindings.setter
    def bindings(self, bindings: Bindings) -> None:
        self._bindings = bindings

    @property
    def swaps(self) -> Sequence[object]:
        """The swaps of issued values that the bindings contain."""
        return (self._bindings or self.upgraded).swaps

    def match(self, number: int, message: ParsedMessage, rules: Rules, lenience: Lenience | None) -> Bindings | None:
        """The bindings of a match between an actual message and a recorded one; None if they differ."""
        return match(self.tape.client_messages[number], message, rules, self.bindings, lenience)

    def free_numbers(self, matched: int) -> Iterator[int]:
        """Numbers of the client's messages between the next one and the server's next: they may come in any order."""
        for number in range(matched + 1, min(len(self.tape.client_messages), matched + _AHEAD)):
            if not self.tape.is_free(number, matched):
                return
            yield number

    def later_numbers(self, matched: int) -> Iterator[int]:
        """Numbers of coming client messages that the recorded client sent only after further messages of the server.

        Args:
            matched: How many of the recorded client's messages the actual client has sent.
        """
        for number in range(matched + 1, min(len(self.tape.client_messages), matched + _AHEAD)):
            if not self.tape.is_free(number, matched):
                yield number

    def may_send(self, sent: int, matched: int) -> bool:
        """Whether the server's line number ``sent`` may follow after so many messages of the client."""
        return sent < self.tape.limit(matched)

    def is_at_server_end(self, sent: int, matched: int) -> bool:
        """Whether all lines were sent, and the server ends the socket next."""
        end = self.tape.end
        return end is not None and end.by_server and end.gate <= matched and sent == len(self.tape)

    def notice(self, start: int) -> None:
        """Note that the server's lines from ``start`` on are to be rendered with the newly bound values."""
        found, self.noticed = self.bindings.news(self.noticed)
        if found:
            self.tape.hold(frozenset(found), start)

    def moved(self, number: int, to: int) -> None:
        """Reorder the tape: the client sent message ``number`` earlier than recorded, as number ``to``."""
        self.tape = self.tape.reordered(number, to)
        self.noticed = ()


def message_mismatch(
    candidates: Sequence[Candidate], matched: int, message: ParsedMessage, rules: Rules, label: str
) -> MessageMismatch:
    """The problem of a message that is not the next one of any candidate.

    Args:
        candidates: The recorded sockets that were still possible, in file order.
        matched: How many of the client's messages were matched before.
        message: The message.
        rules: How it was compared.
        label: Name of the socket in reports.
    """
    found = sorted((_nearest(each, matched, message, rules) for each in candidates), key=_distance)
    others = tuple(Other(near.exchange, ", ".join(each.field for each in near.differences[:4])) for near in found[1:7])
    return MessageMismatch(
        exchange=label,
        number=matched + 1,
        message=described(message.kind, message.data, rules),
        nearest=found[0] if found else None,
        others=others,
        hint=_hint(candidates, matched, message, rules),
    )


def _nearest(candidate: Candidate, matched: int, message: ParsedMessage, rules: Rules) -> Nearest:
    recorded = candidate.tape.client_messages
    if matched >= len(recorded):
        return Nearest(candidate.entry.label, ())
    return Nearest(candidate.entry.label, tuple(difference(recorded[matched], message, rules, candidate.bindings)))


def _hint(candidates: Sequence[Candidate], matched: int, message: ParsedMessage, rules: Rules) -> str:
    if not candidates:
        return TAKEN
    for candidate in candidates:
        recorded = candidate.tape.client_messages
        for number in range(matched + 1, min(len(recorded), matched + _AHEAD)):
            if match(recorded[number], message, rules, candidate.bindings) is not None:
                return f"It matches message {number + 1} of the recording: the messages before that did not come"
        if matched and match(recorded[matched - 1], message, rules, candidate.bindings) is not None:
            return f"It matches message {matched} of the recording, which came already: sent twice?"
    if all(matched >= len(each.tape.client_messages) for each in candidates):
        return "The recorded client sent nothing more here"
    return option_for(min((_nearest(each, matched, message, rules) for each in candidates), key=_distance).places)


def _distance(near: Nearest) -> int:
    return len(near.differences)


def described(kind: str, payload: bytes, rules: Rules) -> str:
    """A message in a few words: its event if it has one, and its size."""
    name = event_name(rules.places.profile, payload) if kind in {"text", "binary"} else None
    shown = "" if name is None else f"{rules.mask.text(name)[:80]}, "
    return f"{shown}{kind}, {len(payload)} bytes"


def issue_in_place(first: Candidate, other: Candidate, numbers: Iterable[int]) -> None:
    """Bind the values that the first candidate's lines issued also for another candidate, which the socket may be."""
    for k in numbers:
        one, two = first.tape.line(k).data, other.tape.line(k).data
        if one == two:
            # Mostly none is held: then the candidate needs no bindings of its own yet.
            if held := other.tape.held(k):
                issue(other.bindings, held)
            continue
        for ours, theirs in differing_strings(two, one):
            other.bindings.transpose(ours, first.bindings.sent(theirs))

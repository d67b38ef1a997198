"""Finds the recorded message that a client's message matches: the next one, or a later one that came early."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from harness.match.bindings import Bindings
from harness.match.compare import Rules
from harness.match.lenience import Lenience
from harness.match.request import ParsedMessage
from harness.replay.candidates import Candidate
from harness.replay.problems import MessageMismatch

MayExchange: TypeAlias = Callable[[Candidate], bool]
"""Returns whether values of a recorded socket may change places with others."""
LenienceFor: TypeAlias = Callable[[Candidate, ParsedMessage], Lenience]
"""Returns the lenience towards a recorded message."""
Numbers: TypeAlias = Callable[[Candidate], Iterator[int]]
"""Returns the numbers of the recorded messages to try, in order."""


@dataclass(frozen=True, slots=True)
class MatchedMessage:
    """A recorded message that an actual one matches.

    Attributes:
        candidate: The recorded socket.
        number: Number of the message on it, from 0.
        trial: What the match binds.
        overtook: Whether lines of the server precede it in the recording that were not sent yet.
    """

    candidate: Candidate
    number: int
    trial: Bindings
    overtook: bool = False


def matched_messages(
    candidates: Sequence[Candidate],
    matched: int,
    message: ParsedMessage,
    rules: Rules,
    lenience_for: LenienceFor,
    may_exchange: MayExchange,
    *,
    strict: bool = False,
) -> list[MatchedMessage]:
    """The recorded messages that a client's message matches best; empty if it matches none.

    Exact matches come before those in which generated values differ, and both before those that overtook lines of the
    server. Within a socket the next message comes first. Later ones that no line of the server stands before come
    after it, as chance orders such messages.

    Args:
        candidates: The recorded sockets that the client's may be.
        matched: How many of the client's messages were matched before.
        message: The message.
        rules: How to compare.
        lenience_for: Returns what may differ.
        may_exchange: Returns whether a candidate's values may change places with others': most sessions have none.
        strict: Whether messages have to come in the recorded order.

    Raises:
        MatcherError: A function of the profile raised.
    """
    for numbers, lenient, overtook in _ways(matched, strict=strict):
        found: list[MatchedMessage] = []
        missed: list[Candidate] = []
        for candidate in candidates:
            one = _first(candidate, numbers(candidate), message, rules, lenience_for if lenient else None, overtook)
            if one is None:
                missed.append(candidate)
            else:
                found.append(one)
        if not found:
            continue
        if not lenient:
            # The next message may show that the socket is another one, to which the same ids could have been issued.
            missed = [candidate for candidate in missed if may_exchange(candidate)]
            found += _exchanged(missed, numbers, message, rules, lenience_for, overtook)
        return found
    return []


def _exchanged(
    missed: Sequence[Candidate],
    numbers: Numbers,
    message: ParsedMessage,
    rules: Rules,
    lenience_for: LenienceFor,
    overtook: bool,  # noqa: FBT001  # of this module only
) -> list[MatchedMessage]:
    found = (_first(candidate, numbers(candidate), message, rules, lenience_for, overtook) for candidate in missed)
    return [one for one in found if one is not None and one.trial.swaps and not one.trial.accepted]


def _ways(matched: int, *, strict: bool) -> Iterator[tuple[Numbers, bool, bool]]:
    def following(candidate: Candidate) -> Iterator[int]:
        if matched < len(candidate.tape.client_messages):
            yield matched
            if not strict:
                yield from candidate.free_numbers(matched)

    def later(candidate: Candidate) -> Iterator[int]:
        return candidate.later_numbers(matched) if matched < len(candidate.tape.client_messages) else iter(())

    yield following, False, False
    yield following, True, False
    if not strict:
        yield later, False, True
        yield later, True, True


def _first(
    candidate: Candidate,
    numbers: Iterator[int],
    message: ParsedMessage,
    rules: Rules,
    lenience_for: LenienceFor | None,
    overtook: bool,  # noqa: FBT001  # of this module only
) -> MatchedMessage | None:
    for number in numbers:
        lenience = None if lenience_for is None else lenience_for(candidate, candidate.tape.client_messages[number])
        trial = candidate.match(number, message, rules, lenience)
        if trial is not None:
            return MatchedMessage(candidate, number, trial, overtook)
    return None


class Overtaken:
    """Keeps the client's messages that a later one overtook; the server's lines wait until they have come.

    Attributes:
        problem: The problem of the message that came early, for the report if the overtaken ones do not come in time.
    """

    def __init__(self) -> None:
        self.problem: MessageMismatch | None = None
        self._messages: list[ParsedMessage] = []

    def __bool__(self) -> bool:
        return bool(self._messages)

    def accept(self, one: MatchedMessage, matched: int) -> None:
        """Note a matched message, which either overtakes others or is one of the overtaken ones.

        Args:
            one: The message.
            matched: How many of the client's messages were matched before.
        """
        message = one.candidate.tape.client_messages
        if one.overtook:
            self._messages = [*message[matched : one.number], *self._messages]
        elif message[one.number] in self._messages:
            self._messages.remove(message[one.number])
        if not self._messages:
            self.problem = None

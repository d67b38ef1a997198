"""Which recorded message a client's message is: the next one, one that may come too, or one that overtook others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from harness.match.bindings import Bindings
from harness.match.compare import Rules
from harness.match.lenience import Lenience
from harness.match.request import ParsedMessage
from harness.replay.candidates import Candidate

LenienceFor: TypeAlias = Callable[[Candidate, ParsedMessage], Lenience]
"""Gives the lenience towards one recorded message."""


Numbers: TypeAlias = Callable[[Candidate], Iterator[int]]


@dataclass(frozen=True, slots=True)
class Heard:
    """A recorded message that the client's message is.

    Attributes:
        candidate: Of the socket.
        number: Of the message.
        trial: What that binds.
        overtook: Messages of the server stand between: those that the client sent later have yet to come.
    """

    candidate: Candidate
    number: int
    trial: Bindings
    overtook: bool = False


def heard(
    candidates: Sequence[Candidate],
    matched: int,
    said: ParsedMessage,
    rules: Rules,
    lenience_for: LenienceFor,
    *,
    strict: bool = False,
) -> list[Heard]:
    """What a client's message may be, in the candidates that it fits best; none if it fits none of them.

    Exact matches come before those in which generated values differ, and both before those that overtook messages of
    the server. In one socket the next message comes before one that no message of the server stands before; of two
    sockets neither does, as chance orders such messages.

    Args:
        candidates: The recorded sockets that the client's may be.
        matched: How many messages were matched before.
        said: The message.
        rules: By what to compare.
        lenience_for: What may differ besides.
        strict: Whether messages have to come in the recorded order.
    """
    for numbers, lenient, overtook in _ways(matched, strict=strict):
        found: list[Heard] = []
        missed: list[Candidate] = []
        for candidate in candidates:
            one = _first(candidate, numbers(candidate), said, rules, lenience_for if lenient else None, overtook)
            if one is None:
                missed.append(candidate)
            else:
                found.append(one)
        if not found:
            continue
        if not lenient:
            # The next message may tell that it was another one, to which what was issued here could have been issued.
            found += _exchanged(missed, numbers, said, rules, lenience_for, overtook)
        return found
    return []


def _exchanged(
    missed: Sequence[Candidate],
    numbers: Numbers,
    said: ParsedMessage,
    rules: Rules,
    lenience_for: LenienceFor,
    overtook: bool,  # noqa: FBT001  # of this module only
) -> list[Heard]:
    found = (_first(candidate, numbers(candidate), said, rules, lenience_for, overtook) for candidate in missed)
    return [one for one in found if one is not None and one.trial.swaps and not one.trial.accepted]


def _ways(matched: int, *, strict: bool) -> Iterator[tuple[Numbers, bool, bool]]:
    def following(candidate: Candidate) -> Iterator[int]:
        if matched < len(candidate.tape.said):
            yield matched
            if not strict:
                yield from candidate.free_numbers(matched)

    def later(candidate: Candidate) -> Iterator[int]:
        return candidate.later_numbers(matched) if matched < len(candidate.tape.said) else iter(())

    yield following, False, False
    yield following, True, False
    if not strict:
        yield later, False, True
        yield later, True, True


def _first(
    candidate: Candidate,
    numbers: Iterator[int],
    said: ParsedMessage,
    rules: Rules,
    lenience_for: LenienceFor | None,
    overtook: bool,  # noqa: FBT001  # of this module only
) -> Heard | None:
    for number in numbers:
        lenience = None if lenience_for is None else lenience_for(candidate, candidate.tape.said[number])
        trial = candidate.match(number, said, rules, lenience)
        if trial is not None:
            return Heard(candidate, number, trial, overtook)
    return None

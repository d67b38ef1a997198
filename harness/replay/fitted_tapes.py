"""The messages of one recorded socket, in the order in which the client of another one sent its messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from harness.replay.entries import ReplayEntry
from harness.replay.tape import Tape

Shape: TypeAlias = Callable[[bytes], str]
"""Returns a message without the values in which two clients' messages may differ."""


def fitted(mine: ReplayEntry, its: ReplayEntry, shape: Shape) -> Tape | None:
    """The messages of another socket, in the order in which the client of this one has sent its messages so far.

    Args:
        mine: The recorded socket that the client had so far.
        its: The one that it has from now on.
        shape: Returns a message without issued and generated values.

    Returns:
        None if the client sent a message that the other socket does not have.
    """
    played, tape = mine.tape_played, its.tape_played
    return None if played is None or tape is None else reordered_like(played, mine.matched, tape, shape)


def reordered_like(played: Tape, matched: int, tape: Tape, shape: Shape) -> Tape | None:
    """A tape whose first messages of the client come in the order of another tape; None if it lacks one of them."""
    if len(tape.client_messages) < matched:
        return None
    for number in range(matched):
        sought = shape(played.client_messages[number].data)
        at = next(
            (n for n in range(number, len(tape.client_messages)) if shape(tape.client_messages[n].data) == sought), None
        )
        if at is None:
            return None
        tape = tape if at == number else tape.reordered(at, number)
    return tape

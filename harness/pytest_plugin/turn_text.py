"""A turn's transcript: the answer as text to read and compare, in order, without values that differ in each run.

Placeholders replace ids, local servers, signatures and dates. The transcript keeps the order of text, images, reasoning
and sources, but not how the service split its text: ``"He", "llo"`` reads like ``"Hello"``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, TypeGuard, cast

from harness.errors import HarnessError
from harness.pytest_plugin.placeholders import Placeholders
from harness.pytest_plugin.turn_blocks import ITEMS, Keep, Left, lines
from provider.async_turn import AsyncTurn
from provider.errors import CopilotError
from provider.record import Record
from provider.turn import Turn

AnyTurn: TypeAlias = Turn | AsyncTurn | Record | Sequence[Any]
"""A client's turn, its record, or its items."""
_EMPTY = "(nothing)"


class UnfinishedTurnError(HarnessError):
    """The turn has no complete answer yet: it was not awaited, or is still being iterated."""


def transcript(turn: AnyTurn, keep: Keep | None = None) -> str:
    """Return a turn as text with a newline at its end.

    A `Turn` that has not begun is iterated to its end. If it ends in an error, the error becomes part of the text.

    Args:
        turn: A `Turn`, an awaited `AsyncTurn`, a `Record`, or a list of items as ``create_completion`` yields them;
            or a list of turns, in which equal values have the same placeholder.
        keep: Returns whether to keep blocks of a kind, such as ``"title"``; None to keep all.

    Raises:
        UnfinishedTurnError: An `AsyncTurn` was not awaited, or the turn is still being iterated.
    """
    placeholders = Placeholders()
    turns = [_items(each) for each in turn] if is_turns(turn) else [_items(turn)]
    # The first rendering collects the generated values, so that the second replaces them in earlier text as well.
    _rendered(turns, placeholders, keep)
    return _rendered(turns, placeholders, keep)


def is_turn(value: object) -> TypeGuard[AnyTurn]:
    """Whether a value is a turn, a turn's record, or a list of a turn's items, of which at least one is no text."""
    if isinstance(value, Turn | AsyncTurn | Record):
        return True
    if not isinstance(value, list | tuple):
        return False
    items = cast("Sequence[object]", value)
    return all(isinstance(each, ITEMS) for each in items) and not all(isinstance(each, str) for each in items)


def is_turns(value: object) -> TypeGuard[Sequence[AnyTurn]]:
    """Whether a value is a non-empty list of turns."""
    if not isinstance(value, list | tuple) or not value:
        return False
    return all(isinstance(each, Turn | AsyncTurn | Record) for each in cast("Sequence[object]", value))


def _rendered(turns: Sequence[Sequence[object]], placeholders: Placeholders, keep: Keep | None) -> str:
    texts = ["\n".join(list(lines(items, placeholders, keep)) or [_EMPTY]) + "\n" for items in turns]
    if len(texts) == 1:
        return texts[0]
    return "".join(f"---- turn {number} ----\n{text}" for number, text in enumerate(texts, 1))


# ---------------------------------------------------------------- items of a turn
def _items(turn: AnyTurn) -> list[object]:
    if isinstance(turn, Turn | AsyncTurn):
        _finish(turn)
        return _with_end(turn.record, turn.error)
    return _with_end(turn, None) if isinstance(turn, Record) else list(turn)


def _finish(turn: Turn | AsyncTurn) -> None:
    if turn.state == "running":
        raise UnfinishedTurnError(f"{turn!r} is still being iterated: finish the loop, or close the iterator, first")
    if turn.state == "over":
        return
    if isinstance(turn, AsyncTurn):
        raise UnfinishedTurnError(f"{turn!r} has not been awaited: `await turn.read()` first")
    try:
        for _ in turn:
            pass
    except CopilotError:
        pass  # `turn.error` keeps it


def _with_end(record: Record, error: CopilotError | None) -> list[object]:
    end: list[object] = [error] if error is not None else [] if record.finish_reason else [Left()]
    return [*record.items, *end]

"""A turn as a text that people read and tests compare: what was answered, in order, without what each run makes up.

How the service cuts its text into pieces is no behaviour: ``"He", "llo"`` reads like ``"Hello"``. The order of text,
images, reasoning and sources is. Ids, local servers, signatures and dates are replaced by placeholders.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, TypeGuard, cast

from harness.errors import HarnessError
from harness.pytest_plugin.placeholders import Placeholders
from harness.pytest_plugin.turn_blocks import ITEMS, Keep, Left, lines
from provider.errors import CopilotError
from provider.turn import AsyncTurn, Record, Turn

AnyTurn: TypeAlias = Turn | AsyncTurn | Record | Sequence[Any]
"""A turn of a client, its record, or the items themselves."""


_EMPTY = "(nothing)"


class UnfinishedTurnError(HarnessError):
    """The turn has not been waited for, or somebody is iterating it: there is no whole answer to look at."""


def transcript(turn: AnyTurn, keep: Keep | None = None) -> str:
    """The turn as text, ending in a newline.

    A `Turn` that nobody has looked at is iterated to its end; the error that it ends in becomes a part of the text.

    Args:
        turn: A `Turn`, an `AsyncTurn` that was awaited, a `Record`, or a list of items as ``create_completion`` gives
            them; or a list of turns, in which the same value has the same placeholder.
        keep: Leaves out the kinds of blocks for which it says False.

    Raises:
        UnfinishedTurnError: An `AsyncTurn` was not awaited, or the turn is still being iterated.
    """
    placeholders = Placeholders()
    told = [_told(each) for each in turn] if is_turns(turn) else [_told(turn)]
    _rendered(told, placeholders, keep)  # once to learn what was made up, so that text before it is masked, too
    return _rendered(told, placeholders, keep)


def is_turn(value: object) -> TypeGuard[AnyTurn]:
    """Whether it is a turn, or a list of items of which at least one is more than text."""
    if isinstance(value, Turn | AsyncTurn | Record):
        return True
    if not isinstance(value, list | tuple):
        return False
    items = cast("Sequence[object]", value)
    return all(isinstance(each, ITEMS) for each in items) and not all(isinstance(each, str) for each in items)


def is_turns(value: object) -> TypeGuard[Sequence[AnyTurn]]:
    """Whether it is a list of turns."""
    if not isinstance(value, list | tuple) or not value:
        return False
    return all(isinstance(each, Turn | AsyncTurn | Record) for each in cast("Sequence[object]", value))


def _rendered(told: Sequence[Sequence[object]], placeholders: Placeholders, keep: Keep | None) -> str:
    texts = ["\n".join(list(lines(items, placeholders, keep)) or [_EMPTY]) + "\n" for items in told]
    if len(texts) == 1:
        return texts[0]
    return "".join(f"---- turn {number} ----\n{text}" for number, text in enumerate(texts, 1))


# -------------------------------------------------------------------- what a turn told
def _told(turn: AnyTurn) -> list[object]:
    if isinstance(turn, Turn | AsyncTurn):
        _make_whole(turn)
        return _ended(turn.record, turn.error)
    return _ended(turn, None) if isinstance(turn, Record) else list(turn)


def _make_whole(turn: Turn | AsyncTurn) -> None:
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
        pass  # it stays in `turn.error`


def _ended(record: Record, error: CopilotError | None) -> list[object]:
    end: list[object] = [error] if error is not None else [] if record.finish_reason else [Left()]
    return [*record.items, *end]

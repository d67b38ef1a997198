"""Finds the refusal of a block in what a library has raised."""

from __future__ import annotations

from typing import Any, cast

from harness.netblock import NetworkBlockedError


def refusal_in(error: BaseException) -> NetworkBlockedError | None:
    """The error, or one of its causes, contexts or group members, that is the block's."""
    left, known = [error], set[int]()
    while left:
        each = left.pop()
        if isinstance(each, NetworkBlockedError):
            return each
        if id(each) in known:
            continue
        known.add(id(each))
        if isinstance(each, BaseExceptionGroup):
            left.extend(cast("BaseExceptionGroup[Any]", each).exceptions)
        left.extend(next_ for next_ in (each.__cause__, each.__context__) if next_ is not None)
    return None

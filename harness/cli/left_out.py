"""Exchanges that are missing from a cassette because its format cannot express them, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from harness.cli.console import say

if TYPE_CHECKING:
    from harness.cassette.model import Cause, LeftOut

LEFT_OUT: Final = 3
"""Exit code of a command whose cassette lacks exchanges."""
MEANING: Final[Mapping[Cause, str]] = {
    "request-line": "its method or target is not valid HTTP",
    "headers": "a header's name or value is not valid HTTP",
    "status": "its status or reason phrase is not that of a final response",
    "messages": "a message or close frame is not valid WebSocket",
    "time": "a time is negative, or beyond thirty years",
    "too-large": "a body or message is larger than a cassette may hold",
    "too-much": "the cassette was full",
    "other": "the format cannot express it",
}
_MOST: Final = 10


def lines(left_out: Sequence[LeftOut]) -> Iterator[str]:
    """A line for each exchange that the cassette lacks, with the cause; after ten, one with the number of the rest."""
    for one in left_out[:_MOST]:
        yield f"left out: {one.exchange} ({one.cause}: {MEANING[one.cause]})"
    if len(left_out) > _MOST:
        yield f"left out: {len(left_out) - _MOST} more"


def report_left_out(left_out: Sequence[LeftOut], code: int) -> int:
    """Name the exchanges that are missing from a written cassette.

    Returns:
        The exit code: ``code``, or `LEFT_OUT` if that is 0 and exchanges are missing.
    """
    for line in lines(left_out):
        say(line, "yellow")
    return code or (LEFT_OUT if left_out else 0)

"""What a cassette lacks, in words: exchanges that were recorded, and that the format cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from harness.cassette.model import Cause, LeftOut
from harness.cli.console import say

LEFT_OUT: Final = 3
"""The exit code of a command that wrote a cassette from which something was left out."""
MEANING: Final[Mapping[Cause, str]] = {
    "request-line": "its method or target is none that HTTP has",
    "headers": "a header's name or value is none that HTTP has",
    "status": "its status or reason phrase is none of a final answer",
    "messages": "a message or close frame is none that WebSocket has",
    "time": "a time is negative, or beyond thirty years",
    "too-large": "a body or message is larger than a cassette may hold",
    "too-much": "the cassette was full",
    "other": "the format has no words for it",
}
_MOST: Final = 10


def lines(left_out: Sequence[LeftOut]) -> Iterator[str]:
    """One line for each that was left out, the first ones of many."""
    for one in left_out[:_MOST]:
        yield f"left out: {one.exchange} ({one.cause}: {MEANING[one.cause]})"
    if len(left_out) > _MOST:
        yield f"left out: {len(left_out) - _MOST} more"


def tell(left_out: Sequence[LeftOut], code: int) -> int:
    """Name what was left out of a cassette that was written; the exit code, which is `LEFT_OUT` unless there is one."""
    for line in lines(left_out):
        say(line, "yellow")
    return code or (LEFT_OUT if left_out else 0)

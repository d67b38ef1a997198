"""Leaving out exchanges that the cassette format cannot express, so that one of them does not cost the others.

It is needed only after a whole cassette was refused: each exchange is then rendered on its own. The causes are a closed
list, `harness.cassette.model.Cause`; docs/recovery.md explains them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from harness.cassette.codec import Rendered, render
from harness.cassette.encode import encode
from harness.cassette.errors import CassetteError, LimitError
from harness.cassette.fields import MAX_SECONDS
from harness.cassette.model import LIMITS, Call, Cassette, Cause, Exchange, LeftOut, Limits, Recorded
from harness.cassette.side_files import Collected
from harness.printable import one_line

_MOST_SHOWN: Final = 200
_HEAD_BYTES: Final = 1 << 20
"""Bytes of the YAML that are reserved for the head and the list of left-out exchanges."""
_PLACES: Final[tuple[tuple[re.Pattern[str], Cause], ...]] = (
    (re.compile(r"\.(headers|trailers)\b"), "headers"),
    (re.compile(r"\.(call|socket)$"), "request-line"),
    (re.compile(r"\.response\.(status|reason)$"), "status"),
    (re.compile(r"\.(messages|stream)$"), "messages"),
    (re.compile(r"\.(at|after)$"), "time"),
)


def expressible(cassette: Cassette, limits: Limits = LIMITS) -> Cassette:
    """The cassette without the exchanges that the format cannot express; the same object if none was at fault.

    If all exchanges together exceed the limits of a cassette, the first ones stay.
    """
    kept: list[Exchange] = []
    left = list(cassette.left_out)
    room = _Room(limits, cassette)
    for each in cassette.exchanges:
        cause = _cause(each, cassette.recorded, room)
        if cause is None:
            kept.append(each)
        else:
            left.append(_left_out(each, cause))
    if len(kept) == len(cassette.exchanges):
        return cassette
    return msgspec.structs.replace(cassette, exchanges=tuple(kept), left_out=tuple(left))


def _left_out(exchange: Exchange, cause: Cause) -> LeftOut:
    line = f"{exchange.method if isinstance(exchange, Call) else 'socket'} {exchange.target}"
    plain = line.encode("ascii", "backslashreplace").decode()
    at = exchange.at if 0 <= exchange.at < MAX_SECONDS * 1_000_000 else 0
    return LeftOut(exchange=one_line(plain, _MOST_SHOWN).replace("…", "~"), at=at, cause=cause)


def _cause(exchange: Exchange, recorded: Recorded, room: _Room) -> Cause | None:
    """Why an exchange cannot be kept; None if it can, and then it is counted."""
    # An exchange on its own need not show an end, even if the whole cassette is complete.
    alone = Cassette(recorded=msgspec.structs.replace(recorded, complete=False), exchanges=(exchange,))
    try:
        rendered = render(alone)
    except LimitError:
        return "too-large"
    except CassetteError as error:
        return _cause_of(error)
    return None if room.takes(alone, rendered) else "too-much"


def _cause_of(error: CassetteError) -> Cause:
    for place, cause in _PLACES:
        if place.search(error.where):
            return cause
    return "other"


class _Room:
    """Counts what the kept exchanges use of the limits of a cassette: bytes, YAML values and transcript lines."""

    def __init__(self, limits: Limits, cassette: Cassette) -> None:
        self._most = limits
        head = msgspec.structs.replace(cassette, exchanges=())
        self._used = _Used(bytes=_HEAD_BYTES, values=_values(encode(head, Collected())) + 10 * len(cassette.exchanges))

    def takes(self, alone: Cassette, rendered: Rendered) -> bool:
        """Whether one more exchange fits within the limits; if so, it is counted as kept."""
        plain = encode(alone, Collected())["exchanges"]
        sizes = [len(content) for content in rendered.side_files.values()]
        more = _Used(
            exchanges=1,
            bytes=len(rendered.content),
            values=_values(plain),
            lines=_lines(plain),
            payload=sum(size for size in sizes if size <= self._most.side_file_bytes),
            large=sum(size for size in sizes if size > self._most.side_file_bytes),
        )
        after = self._used.plus(more)
        most = self._most
        fits = (
            after.exchanges <= most.exchanges
            and after.bytes <= most.file_bytes
            and after.values <= most.nodes
            and after.lines <= most.lines
            and after.payload <= most.payload_bytes
            and after.large <= most.large_bytes
        )
        self._used = after if fits else self._used
        return fits


class _Used(msgspec.Struct, frozen=True):
    exchanges: int = 0
    bytes: int = 0
    values: int = 0
    lines: int = 0
    payload: int = 0
    large: int = 0

    def plus(self, other: _Used) -> _Used:
        return _Used(
            *(
                one + more
                for one, more in zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
            )
        )


def _values(plain: Any) -> int:
    """The number of values in a cassette's data, as the limit of YAML values counts them."""
    if isinstance(plain, dict):
        return 1 + sum(1 + _values(value) for value in cast("Mapping[str, Any]", plain).values())
    if isinstance(plain, list):
        return 1 + sum(_values(value) for value in cast("Sequence[Any]", plain))
    return 1


def _lines(plain: Any) -> int:
    """How many lines of transcripts a part of a cassette as plain data has, counted as the loader counts them."""
    if isinstance(plain, list):
        return sum(_lines(each) for each in cast("Sequence[Any]", plain))
    if not isinstance(plain, dict):
        return 0
    found = cast("Mapping[str, Any]", plain)
    inner = sum(_lines(found[key]) for key in ("request", "response") if key in found)
    return inner + sum(str(found[key]).count("\n") + 1 for key in ("messages", "stream") if key in found)

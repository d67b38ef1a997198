"""The shape of an exchange: its request, its response, and the runs of events on a socket."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.cassette.model import Call, Exchange, Line, searched_body
from harness.compare.closely import numbering
from harness.compare.json_fields import parsed
from harness.compare.messages import NamedMessage, messages_of
from harness.profile import ServiceProfile

_UNTIMELY: Final = frozenset({"ping", "pong"})
_ENDS: Final = frozenset({"close", "eof", "reset", "cut"})
_ID: Final = re.compile(r"(?=[^/]*[0-9A-Z])[A-Za-z0-9_-]{16,}")
"""A path segment that is an id of one run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeShape:
    """The shape of one exchange.

    Attributes:
        label: Method and path, without ids.
        answer: Status and content type, or how the exchange was aborted.
        body: The JSON of the response's body; None if the body is not JSON, or consists of events.
        asked: The JSON of the request's body; likewise.
        runs: Direction and name of each event of a socket or a stream, such as ``< appendText``. An event that repeats
            before the next change of direction or milestone is listed once.
        events: Name of a run -> the JSON of its messages.
        numbering: How the service numbers its messages on the socket; see `harness.compare.closely.numbering`.
    """

    label: str
    answer: str
    body: object = field(default=None, repr=False)
    asked: object = field(default=None, repr=False)
    runs: tuple[str, ...] = ()
    events: dict[str, list[object]] = field(default_factory=dict[str, list[object]], repr=False)
    numbering: str = ""


def shape(exchange: Exchange, profile: ServiceProfile) -> ExchangeShape:
    """The shape of an exchange."""
    path = "/".join("{id}" if _ID.fullmatch(part) else part for part in exchange.target.partition("?")[0].split("/"))
    messages = messages_of(exchange, profile)
    rows = list(_rows(messages, profile))
    events: dict[str, list[object]] = {}
    for row, message in rows:
        value = parsed(message.data) if message.line.kind == "text" else None
        if value is not None:
            events.setdefault(row, []).append(value)
    runs = tuple(_runs((row for row, _ in rows), profile.end_of_turn | profile.milestones))
    if isinstance(exchange, Call):
        return ExchangeShape(
            label=f"{exchange.method} {path}",
            answer=_answer(exchange),
            body=None if messages else parsed(_body(exchange)),
            asked=parsed(exchange.request.body.searched),
            runs=runs,
            events=events,
        )
    return ExchangeShape(
        label=f"socket {path}",
        answer=_answer(exchange),
        runs=runs,
        events=events,
        numbering=numbering(exchange.messages, profile.numbering) if profile.numbering else "",
    )


def _body(exchange: Exchange) -> bytes:
    response = exchange.response
    return b"" if response is None else searched_body(response)


def _answer(exchange: Exchange) -> str:
    if exchange.response is None:
        return failure_name(exchange)
    kind = next((value for name, value in exchange.response.headers if name == "content-type"), "")
    kind = kind.partition(";")[0].strip().lower()
    aborted = exchange.response.aborted
    end = "" if aborted is None else f", broken off by the {aborted.by} ({aborted.how})"
    return f"{exchange.response.status} {kind}".rstrip() + end


def failure_name(exchange: Exchange) -> str:
    """How an exchange without a response ended: ``no answer``, or who aborted it. For FIN and RST see `end_name`."""
    how = exchange.aborted
    if how is None:
        return "no answer"
    return f"aborted by the {how.by}{' (timeout)' if how.how == 'timeout' else ''}"


def _rows(messages: Sequence[NamedMessage], profile: ServiceProfile) -> Iterable[tuple[str, NamedMessage]]:
    over = False
    for message in messages:
        line = message.line
        if line.kind in _UNTIMELY or (over and line.kind in _ENDS):
            continue  # which side closes first after a turn is a race
        name = message.name if line.kind in {"text", "binary"} else end_name(line)
        over = (over and line.direction != ">") or name in profile.end_of_turn
        yield f"{line.direction} {name or line.kind}", message


def end_name(line: Line) -> str:
    """How a socket or a stream ended: ``close 1000``, ``close``, ``connection lost`` or ``cut``.

    FIN and RST have one name: the system sends RST instead of FIN where bytes of the other side are still unread, and
    that is chance.
    """
    if line.kind in ("eof", "reset"):
        return "connection lost"
    return f"{line.kind} {line.code}" if line.code is not None else line.kind


def _runs(rows: Iterable[str], milestones: Collection[str]) -> Iterable[str]:
    """The rows without repetitions: each once until the next change of direction, or the next milestone event."""
    stretch: set[str] = set()
    previous = ""
    for row in rows:
        direction, _, name = row.partition(" ")
        if direction != previous[:1] or name in milestones:
            stretch.clear()
        if row != previous and row not in stretch:
            yield row
        if name not in milestones:
            stretch.add(row)
        previous = row

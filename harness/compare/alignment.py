"""`aligned`: two recordings of a session by exchange and message, with the changes of each pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from harness.cassette.model import Cassette, Exchange, Headers, RequestPart, ResponsePart, SocketExchange, searched_body
from harness.compare.changes import Change
from harness.compare.json_fields import parsed
from harness.compare.messages import NamedMessage, messages_of
from harness.compare.shape import end_name, failure_name, shape
from harness.compare.values import Absent, ValueDiff, mapping, shown
from harness.profile import ServiceProfile

_TIMELY_HEADERS: Final = frozenset(
    {"date", "age", "expires", "sec-websocket-key", "sec-websocket-accept", "content-length"}
)
_MOST_COMPARED: Final = 25_000_000
"""Pairs of messages among which a match is looked for: some seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedMessages:
    """Messages of a socket, or events of a stream, that correspond.

    Attributes:
        one: Numbers of the first recording's messages, from 0; several are pieces of one text. Empty if only the
            second recording has them.
        other: Those of the second recording, likewise.
        changes: How they differ.
    """

    one: tuple[int, ...]
    other: tuple[int, ...]
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedExchanges:
    """Two exchanges that correspond, or one that only one recording has.

    Attributes:
        one: Number in the first recording, from 0; None if only the second has it.
        other: Number in the second recording; None if only the first has it.
        changes: How request and response differ, or that a side is missing.
        messages: Of a socket, or of a stream of events, that both have.
    """

    one: int | None
    other: int | None
    changes: tuple[Change, ...]
    messages: tuple[AlignedMessages, ...] = ()


def aligned(
    one: Cassette, other: Cassette, profile: ServiceProfile, *, exact: bool = False
) -> Iterator[AlignedExchanges]:
    """All exchanges of both recordings, in the order of the first; see `harness.compare.diff.differences`."""
    return _Alignment(profile, exact=exact).sessions(one.exchanges, other.exchanges)


@dataclass(frozen=True, slots=True)
class _Item:
    """A message, or consecutive pieces of one text."""

    numbers: tuple[int, ...]
    name: str
    value: object


class _Alignment:
    def __init__(self, profile: ServiceProfile, *, exact: bool) -> None:
        self._profile = profile
        self._exact = exact
        self._diff = ValueDiff(exact=exact)

    def sessions(self, one: Sequence[Exchange], other: Sequence[Exchange]) -> Iterator[AlignedExchanges]:
        labels = [[shape(each, self._profile).label for each in side] for side in (one, other)]
        for tag, i1, i2, j1, j2 in _opcodes(*labels):
            if tag == "equal":
                for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                    yield self._exchange((i, j), labels[0][i], one[i], other[j])
                continue
            for i in range(i1, i2):
                change = Change(kind="removed", exchange=i, label=labels[0][i])
                yield AlignedExchanges(one=i, other=None, changes=(change,))
            for j in range(j1, j2):
                change = Change(kind="added", exchange=j, label=labels[1][j])
                yield AlignedExchanges(one=None, other=j, changes=(change,))

    def _exchange(self, numbers: tuple[int, int], label: str, one: Exchange, other: Exchange) -> AlignedExchanges:
        changes = tuple(
            Change(kind="changed", exchange=numbers[0], label=label, what=what, field=field, one=before, other=after)
            for what, mine, yours in self._parts(one, other)
            for field, before, after in self._diff.values("", mine, yours, 0)
        )
        messages: tuple[AlignedMessages, ...] = ()
        sides = [messages_of(each, self._profile) for each in (one, other)]
        if isinstance(one, SocketExchange) or (sides[0] and sides[1]):
            messages = tuple(self._messages(numbers[0], label, *sides))
        return AlignedExchanges(one=numbers[0], other=numbers[1], changes=changes, messages=messages)

    def _parts(self, one: Exchange, other: Exchange) -> Iterator[tuple[str, object, object]]:
        yield "target", _segments(one.target), _segments(other.target)
        yield from self._headers("request header", one.request.headers, other.request.headers)
        yield "request body", _content(one.request), _content(other.request)
        yield "outcome", _outcome(one), _outcome(other)
        if self._exact and one.aborted is not None and other.aborted is not None:
            yield "aborted", one.aborted.how, other.aborted.how
        if one.response is not None and other.response is not None:
            yield "reason", one.response.reason, other.response.reason
            yield from self._headers("response header", one.response.headers, other.response.headers)
            if not (messages_of(one, self._profile) and messages_of(other, self._profile)):
                yield "response body", _content(one.response), _content(other.response)

    def _headers(self, what: str, one: Headers, other: Headers) -> Iterator[tuple[str, object, object]]:
        sides = [_by_name(each) for each in (one, other)]
        for name in dict.fromkeys((*sides[0], *sides[1])):
            if self._exact or name not in _TIMELY_HEADERS:
                yield f"{what} {name}", sides[0].get(name, Absent), sides[1].get(name, Absent)

    # ------------------------------------------------------------ messages
    def _messages(
        self, number: int, label: str, one: Sequence[NamedMessage], other: Sequence[NamedMessage]
    ) -> Iterator[AlignedMessages]:
        sides = [list(self._items(each)) for each in (one, other)]
        names = [[said.name for said in side] for side in sides]
        for tag, i1, i2, j1, j2 in _opcodes(*names):
            if tag == "equal":
                for mine, yours in zip(sides[0][i1:i2], sides[1][j1:j2], strict=True):
                    changes = tuple(
                        _change("changed", number, label, mine, *found)
                        for found in self._diff.values("", mine.value, yours.value, 0)
                    )
                    yield AlignedMessages(one=mine.numbers, other=yours.numbers, changes=changes)
                continue
            for each in sides[0][i1:i2]:
                removed = (_change("removed", number, label, each),)
                yield AlignedMessages(one=each.numbers, other=(), changes=removed)
            for each in sides[1][j1:j2]:
                added = (_change("added", number, label, each),)
                yield AlignedMessages(one=(), other=each.numbers, changes=added)

    def _items(self, messages: Sequence[NamedMessage]) -> Iterator[_Item]:
        previous: _Item | None = None
        for number, message in enumerate(messages):
            said = self._item(number, message)
            joined = None if previous is None or self._exact else self._joined(previous, said)
            if joined is None and previous is not None:
                yield previous
            previous = joined or said
        if previous is not None:
            yield previous

    def _item(self, number: int, message: NamedMessage) -> _Item:
        line = message.line
        value: object = parsed(message.data) if line.kind == "text" else None
        if value is None:
            value = message.data.decode("utf-8", "backslashreplace")
        end = "" if line.code is None else f" {line.code}"
        kind = line.kind if self._exact or line.kind not in {"eof", "reset"} else end_name(line)
        if not self._exact and isinstance(value, dict):
            value = {name: each for name, each in mapping(value).items() if name != self._profile.numbering}
        return _Item((number,), f"{line.direction} {message.name or kind}{end}", value)

    def _joined(self, before: _Item, after: _Item) -> _Item | None:
        """Two pieces of one text joined; None if they are not such pieces."""
        piece = self._profile.deltas.get(before.name.partition(" ")[2])
        if piece is None or before.name != after.name:
            return None
        if not (isinstance(before.value, dict) and isinstance(after.value, dict)):
            return None
        one, other = dict(mapping(before.value)), dict(mapping(after.value))
        texts = one.pop(piece, None), other.pop(piece, None)
        if one != other or not (isinstance(texts[0], str) and isinstance(texts[1], str)):
            return None
        return _Item((*before.numbers, *after.numbers), before.name, {**one, piece: texts[0] + texts[1]})


def _opcodes(one: list[str], other: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """As `difflib.SequenceMatcher.get_opcodes`, without its square time for long lists that begin or end alike."""
    shorter = min(len(one), len(other))
    begin = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    rest = shorter - begin
    end = next((at for at in range(rest) if one[-1 - at] != other[-1 - at]), rest)
    mine, yours = one[begin : len(one) - end], other[begin : len(other) - end]
    if begin:
        yield "equal", 0, begin, 0, begin
    if len(mine) * len(yours) > _MOST_COMPARED:
        yield "replace", begin, begin + len(mine), begin, begin + len(yours)
    else:
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, mine, yours, autojunk=False).get_opcodes():
            yield tag, begin + i1, begin + i2, begin + j1, begin + j2
    if end:
        yield "equal", len(one) - end, len(one), len(other) - end, len(other)


def _change(
    kind: Literal["added", "removed", "changed"],
    exchange: int,
    label: str,
    said: _Item,
    *found: str,
) -> Change:
    field, one, other = found or ("", "", "")
    if kind != "changed":
        one, other = (shown(said.value), "") if kind == "removed" else ("", shown(said.value))
    return Change(
        kind=kind,
        exchange=exchange,
        label=label,
        message=said.numbers[0],
        what=said.name,
        field=field,
        one=one,
        other=other,
    )


def _content(part: RequestPart | ResponsePart) -> object:
    data = part.body.shown if part.stream is None else searched_body(part)
    value = parsed(data)
    return data.decode("utf-8", "backslashreplace") if value is None else value


def _outcome(exchange: Exchange) -> str:
    return failure_name(exchange) if exchange.response is None else f"{exchange.response.status}"


def _segments(target: str) -> dict[str, object]:
    """A target's path segments and query values, so that each id in it is compared alone."""
    path, _, query = target.partition("?")
    found: dict[str, object] = {f"/{number}": part for number, part in enumerate(path.split("/"))}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        found[f"?{name}"] = value
    return found


def _by_name(headers: Headers) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in headers:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found

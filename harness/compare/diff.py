"""`differences`: two recordings side by side, by exchange and message, down to the field that differs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal, cast

from harness.cassette.model import Cassette, Exchange, Headers, Line, RequestPart, ResponsePart, SocketExchange
from harness.compare.json_fields import parsed
from harness.compare.shape import shape
from harness.profile import ServiceProfile

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_OPAQUE: Final = re.compile(r"(?=[^\s]*[0-9A-Z_-])[A-Za-z0-9_.:-]{8,256}")
_TIMELY_HEADERS: Final = frozenset(
    {"date", "age", "expires", "sec-websocket-key", "sec-websocket-accept", "content-length"}
)
_LOCAL: Final = re.compile(r"(https?://(?:127\.0\.0\.1|localhost|\[::1\])):\d{1,5}(/[^\s]*)?")
_MOST_DEPTH: Final = 40
_ABSENT: Final = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two recordings.

    Attributes:
        kind: ``added`` and ``removed``: only the second, only the first has it.
        exchange: Number in the first recording, or in the second if only that has it; from 0.
        label: Method and path, or ``socket`` and path.
        message: Number of the message in the same recording, from 0; None if the difference is not in a message.
        what: ``target``, ``request header x``, ``response body``, ``< appendText`` and the like.
        field: Path in the JSON (``content[0].text``), or empty.
        one: The first recording's value, as text.
        other: The second recording's value, as text.
    """

    kind: Literal["added", "removed", "changed"]
    exchange: int
    label: str
    message: int | None = None
    what: str = ""
    field: str = ""
    one: str = ""
    other: str = ""


def differences(one: Cassette, other: Cassette, profile: ServiceProfile, *, exact: bool = False) -> tuple[Change, ...]:
    """The differences between two recordings of a session; times and provenance are not compared.

    Args:
        one: The first recording.
        other: The second recording.
        profile: Of the service.
        exact: Whether to compare ids, times and the splitting of a text into pieces, too. Otherwise two ids of one
            format are equal if they always occur in corresponding places, and the pieces of a text form one text.
    """
    view = _View(profile, exact=exact)
    return tuple(view.sessions(one.exchanges, other.exchanges))


@dataclass(frozen=True, slots=True)
class _Item:
    """A message, or consecutive pieces of one text."""

    number: int
    name: str
    value: object


class _View:
    def __init__(self, profile: ServiceProfile, *, exact: bool) -> None:
        self._profile = profile
        self._exact = exact
        self._stands_for: dict[str, str] = {}
        self._stood_for: dict[str, str] = {}

    def sessions(self, one: Sequence[Exchange], other: Sequence[Exchange]) -> Iterator[Change]:
        labels = [[shape(each, self._profile).label for each in side] for side in (one, other)]
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, *labels, autojunk=False).get_opcodes():
            if tag == "equal":
                for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                    yield from self._exchange(i, labels[0][i], one[i], other[j])
                continue
            yield from (Change(kind="removed", exchange=i, label=labels[0][i]) for i in range(i1, i2))
            yield from (Change(kind="added", exchange=j, label=labels[1][j]) for j in range(j1, j2))

    def _exchange(self, number: int, label: str, one: Exchange, other: Exchange) -> Iterator[Change]:
        def changed(what: str, field: str, before: str, after: str) -> Change:
            return Change(kind="changed", exchange=number, label=label, what=what, field=field, one=before, other=after)

        for what, before, after in self._parts(one, other):
            found_in = self._values("", before, after, 0)
            yield from (changed(what, *found) for found in found_in)
        if isinstance(one, SocketExchange) and isinstance(other, SocketExchange):
            yield from self._messages(number, label, one.messages, other.messages)

    def _parts(self, one: Exchange, other: Exchange) -> Iterator[tuple[str, object, object]]:
        yield "target", _segments(one.target), _segments(other.target)
        yield from self._headers("request header", one.request.headers, other.request.headers)
        yield "request body", _content(one.request), _content(other.request)
        yield "outcome", _outcome(one), _outcome(other)
        if one.response is not None and other.response is not None:
            yield "reason", one.response.reason, other.response.reason
            yield from self._headers("response header", one.response.headers, other.response.headers)
            yield "response body", _content(one.response), _content(other.response)

    def _headers(self, what: str, one: Headers, other: Headers) -> Iterator[tuple[str, object, object]]:
        sides = [_by_name(each) for each in (one, other)]
        for name in dict.fromkeys((*sides[0], *sides[1])):
            if self._exact or name not in _TIMELY_HEADERS:
                yield f"{what} {name}", sides[0].get(name, _Absent), sides[1].get(name, _Absent)

    # ------------------------------------------------------------ messages
    def _messages(self, number: int, label: str, one: Sequence[Line], other: Sequence[Line]) -> Iterator[Change]:
        sides = [list(self._items(each)) for each in (one, other)]
        names = [[said.name for said in side] for side in sides]
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
            if tag == "equal":
                for mine, yours in zip(sides[0][i1:i2], sides[1][j1:j2], strict=True):
                    for found in self._values("", mine.value, yours.value, 0):
                        yield _change("changed", number, label, mine, *found)
                continue
            yield from (_change("removed", number, label, each) for each in sides[0][i1:i2])
            yield from (_change("added", number, label, each) for each in sides[1][j1:j2])

    def _items(self, messages: Sequence[Line]) -> Iterator[_Item]:
        previous: _Item | None = None
        for number, line in enumerate(messages):
            said = self._item(number, line)
            joined = None if previous is None or self._exact else self._joined(previous, said)
            if joined is None and previous is not None:
                yield previous
            previous = joined or said
        if previous is not None:
            yield previous

    def _item(self, number: int, line: Line) -> _Item:
        value: object = parsed(line.data) if line.kind == "text" else None
        if value is None:
            value = line.data.decode("utf-8", "backslashreplace")
        event = self._profile.event_name(line.data) if line.kind in {"text", "binary"} else None
        end = "" if line.code is None else f" {line.code}"
        if not self._exact and isinstance(value, dict):
            value = {name: each for name, each in _mapping(value).items() if name != self._profile.numbering}
        return _Item(number, f"{line.direction} {event or line.kind}{end}", value)

    def _joined(self, before: _Item, after: _Item) -> _Item | None:
        """Two pieces of one text joined; None if they are not such pieces."""
        piece = self._profile.deltas.get(before.name.partition(" ")[2])
        if piece is None or before.name != after.name:
            return None
        if not (isinstance(before.value, dict) and isinstance(after.value, dict)):
            return None
        one, other = dict(_mapping(before.value)), dict(_mapping(after.value))
        texts = one.pop(piece, None), other.pop(piece, None)
        if one != other or not (isinstance(texts[0], str) and isinstance(texts[1], str)):
            return None
        return _Item(before.number, before.name, {**one, piece: texts[0] + texts[1]})

    # ------------------------------------------------------------ values
    def _values(self, path: str, one: object, other: object, depth: int) -> Iterator[tuple[str, str, str]]:
        if one == other and type(one) is type(other):
            return
        if depth < _MOST_DEPTH and isinstance(one, dict) and isinstance(other, dict):
            mine, yours = _mapping(one), _mapping(other)
            for name in dict.fromkeys((*mine, *yours)):
                below = f"{path}.{name}" if path else name
                yield from self._values(below, mine.get(name, _Absent), yours.get(name, _Absent), depth + 1)
        elif depth < _MOST_DEPTH and isinstance(one, list) and isinstance(other, list):
            yield from self._lists(path, cast("list[object]", one), cast("list[object]", other), depth)
        elif self._exact or not self._alike(one, other):
            yield path, _shown(one), _shown(other)

    def _lists(self, path: str, one: list[object], other: list[object], depth: int) -> Iterator[tuple[str, str, str]]:
        for index in range(max(len(one), len(other))):
            sides = [side[index] if index < len(side) else _Absent for side in (one, other)]
            yield from self._values(f"{path}[{index}]", sides[0], sides[1], depth + 1)

    def _alike(self, one: object, other: object) -> bool:
        """Whether two texts have the same format of a volatile value, and always correspond to each other."""
        if not (isinstance(one, str) and isinstance(other, str)):
            return False
        if _TIME.fullmatch(one) and _TIME.fullmatch(other):
            return True
        local = [_LOCAL.fullmatch(each) for each in (one, other)]
        if local[0] and local[1]:
            return local[0].groups() == local[1].groups()  # a local server, on another port
        for kind in (_UUID, _OPAQUE):
            if kind.fullmatch(one) and kind.fullmatch(other):
                return (
                    self._stands_for.setdefault(one, other) == other and self._stood_for.setdefault(other, one) == one
                )
        return False


class _Absent:
    """Marks a value that one side does not have."""


def _change(
    kind: Literal["added", "removed", "changed"],
    exchange: int,
    label: str,
    said: _Item,
    *found: str,
) -> Change:
    field, one, other = found or ("", "", "")
    if kind != "changed":
        one, other = (_shown(said.value), "") if kind == "removed" else ("", _shown(said.value))
    return Change(
        kind=kind,
        exchange=exchange,
        label=label,
        message=said.number,
        what=said.name,
        field=field,
        one=one,
        other=other,
    )


def _content(part: RequestPart | ResponsePart) -> object:
    data = part.body.data + b"".join(line.data for line in part.stream or ())
    value = parsed(data)
    return data.decode("utf-8", "backslashreplace") if value is None else value


def _outcome(exchange: Exchange) -> str:
    if exchange.response is not None:
        return f"{exchange.response.status}"
    how = exchange.aborted
    return "no answer" if how is None else f"aborted by the {how.by} ({how.how})"


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


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value)


def _shown(value: object) -> str:
    return _ABSENT if value is _Absent else json.dumps(value, ensure_ascii=False)

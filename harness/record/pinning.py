"""`pinned`: makes a new recording differ from the old cassette only where the content changed, not in times alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from harness.cassette.model import Body, Call, Cassette, Exchange, Headers, Line, RequestPart, ResponsePart
from harness.match.places import Places
from harness.profile import ServiceProfile
from harness.record.merge import ids_in


def pinned(new: Cassette, old: Cassette, profile: ServiceProfile) -> Cassette:
    """The new cassette with the date of the old one, or the old one itself if they are equal.

    Cassettes are equal if they differ only in times and in generated ids (by the profile), where each id of the new
    cassette corresponds to one of the old.
    """
    dated = replace(new, recorded=replace(new.recorded, at=old.recorded.at))
    return old if _comparable(dated, _renaming(new, old, profile)) == _comparable(old, _same) else dated


def _same(data: bytes) -> bytes:
    return data


def _renaming(new: Cassette, old: Cassette, profile: ServiceProfile) -> Callable[[bytes], bytes]:
    places = Places.of(profile)
    ours, theirs = (tuple(dict.fromkeys(ids_in(each.exchanges, places))) for each in (new, old))
    names = {one.encode(): other.encode() for one, other in zip(ours, theirs, strict=False) if one != other}
    if not names or len(ours) != len(theirs):
        return _same
    known = re.compile(b"|".join(re.escape(one) for one in sorted(names, key=len, reverse=True)))
    return lambda data: known.sub(lambda found: names[found[0]], data)


class _Plain:
    """Makes comparable copies of exchanges: without times and the names of side files, which the writer chooses."""

    def __init__(self, rename: Callable[[bytes], bytes]) -> None:
        self._rename = rename

    def exchange(self, exchange: Exchange) -> Exchange:
        changes: dict[str, object] = {
            "at": 0,
            "target": self._text(exchange.target),
            "request": self._request(exchange.request),
            "response": None if exchange.response is None else self._response(exchange.response),
            "aborted": None if exchange.aborted is None else replace(exchange.aborted, after=0),
        }
        if isinstance(exchange, Call):
            return replace(exchange, **changes)
        return replace(exchange, **changes, messages=self._lines(exchange.messages))

    def _request(self, part: RequestPart) -> RequestPart:
        stream = None if part.stream is None else self._lines(part.stream)
        return replace(part, headers=self._headers(part.headers), body=self._body(part.body), stream=stream)

    def _response(self, part: ResponsePart) -> ResponsePart:
        stream = None if part.stream is None else self._lines(part.stream)
        aborted = None if part.aborted is None else replace(part.aborted, after=0)
        part = replace(part, after=0, aborted=aborted)
        return replace(part, headers=self._headers(part.headers), body=self._body(part.body), stream=stream)

    def _body(self, body: Body) -> Body:
        data = body.searched
        renamed = self._rename(data)
        return (body if renamed is data else body.holding(renamed)).unnamed()

    def _headers(self, headers: Headers) -> Headers:
        return tuple((name, self._text(value)) for name, value in headers)

    def _text(self, text: str) -> str:
        return self._rename(text.encode()).decode()

    def _lines(self, lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(replace(line, time=0, file=None, data=self._rename(line.data)) for line in lines)


def _comparable(cassette: Cassette, rename: Callable[[bytes], bytes]) -> Cassette:
    return replace(cassette, exchanges=tuple(map(_Plain(rename).exchange, cassette.exchanges)))

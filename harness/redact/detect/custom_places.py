"""Places that users name by hand: ``--redact query.t``, ``header.x-id``, ``json.items[*].id``, ``path[2]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from harness.errors import HarnessError
from harness.profile import plain_name
from harness.redact.detect.hits import Hit, string_value

Step: TypeAlias = "str | int | None"
"""A field's name; an item's number; None for any item."""
_PLACE: Final = re.compile(r"(query|header|form|json|message|path)(.*)", re.DOTALL)
_STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\*)\]")
_SCOPES: Final = "query.NAME, form.NAME, header.NAME, json.FIELD.FIELD[*].FIELD, message.FIELD, path[NUMBER]"


class CustomPlaceError(HarnessError):
    """A place that the user named does not follow the syntax of places."""


def _steps(place: str, text: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise CustomPlaceError(f"unknown place {place!r}: write one of {_SCOPES}")
        steps.append(found[1] or (None if found[2] == "*" else int(found[2])))
        at = found.end()
    if not steps:
        raise CustomPlaceError(f"place {place!r} has nothing after its first word: write one of {_SCOPES}")
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class CustomPlaces:
    """Places that the user named, grouped by where the redactor looks for them.

    Args:
        written: Each place as the user wrote it.

    Raises:
        CustomPlaceError: A place does not follow the syntax of places.
    """

    written: Sequence[str]
    query: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    fields: dict[str, str] = field(default_factory=dict[str, str])
    json: list[tuple[Step, ...]] = field(default_factory=list[tuple[Step, ...]])
    segments: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        for place in self.written:
            self._add(place)

    def _add(self, place: str) -> None:
        found = _PLACE.fullmatch(place)
        if found is None:
            raise CustomPlaceError(f"unknown place {place!r}: write one of {_SCOPES}")
        scope, steps = found[1], _steps(place, found[2])
        if scope in {"json", "message"}:
            self.json.append(steps)
            return
        (first, *more) = steps
        if scope == "path" and isinstance(first, int) and not more:
            self.segments.add(first)
        elif scope in {"query", "form", "header"} and isinstance(first, str):
            name = plain_name(found[2].removeprefix("."))
            (self.headers if scope == "header" else self.query)[name] = "token"
        else:
            raise CustomPlaceError(f"unknown place {place!r}: write one of {_SCOPES}")

    def in_json(self, data: bytes) -> Iterator[Hit]:
        """The strings and numbers at the places in JSON, including those within an object or list at such a place."""
        for path, start, end in json_values(data):
            for steps in self.json:
                if _leads_to(steps, path):
                    raw = data[start:end]
                    quoted = raw[:1] == b'"'
                    inner = raw[1:-1] if quoted else raw
                    label = ".".join(str(step) for step in steps if isinstance(step, str)) or "json"
                    if inner:
                        kind = "token" if quoted else "number"
                        value = string_value(inner) if quoted else inner
                        yield Hit(start + quoted, end - quoted, value, kind, label[:40], "a place named by hand")
                    break

    def in_path(self, target: bytes) -> Iterator[Hit]:
        """Yield a hit for each path segment of a target that a place ``path[NUMBER]`` names, counted from 0."""
        if not self.segments:
            return
        found = _PATH.match(target)
        if found is None:
            return
        at = found.start(1) + 1
        for number, segment in enumerate(found[1][1:].split(b"/")):
            if number in self.segments and segment:
                reason = "a place named by hand"
                yield Hit(at, at + len(segment), unquote_to_bytes(segment), "token", f"path[{number}]", reason)
            at += len(segment) + 1


_PATH: Final = re.compile(rb"(?:https?://[^/?#]*)?(/[^?#]*)")


def _leads_to(steps: Sequence[Step], path: Sequence[str | int]) -> bool:
    if len(path) < len(steps):
        return False
    return all(isinstance(here, int) if step is None else step == here for step, here in zip(steps, path, strict=False))


_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_MAX_DEPTH: Final = 200


def json_values(data: bytes) -> Iterator[tuple[tuple[str | int, ...], int, int]]:
    """Path, start and end of each string and number of a JSON text, which may be incomplete."""
    place = _JsonPlace()
    for token in _TOKEN.finditer(data):
        first = token.group()[:1]
        if first in b"{[":
            if len(place.path) >= _MAX_DEPTH:
                return
            place.open(is_list=first == b"[")
        elif first in b"}],:":
            place.pass_by(first)
        elif first == b'"' and place.is_in_object and _is_key(data, token.end()):
            place.key = string_value(token.group()[1:-1]).decode("utf-8", "replace")
        elif first in b'"-0123456789':
            yield tuple(place.path), *token.span()


class _JsonPlace:
    """The path of the value at which a reader of JSON text stands. Ignores unmatched brackets."""

    def __init__(self) -> None:
        self.path: list[str | int] = []
        self.key = ""
        self._lists: list[bool] = []

    @property
    def is_in_object(self) -> bool:
        return bool(self._lists) and not self._lists[-1]

    def open(self, *, is_list: bool) -> None:
        self._lists.append(is_list)
        self.path.append(0 if is_list else "")

    def pass_by(self, mark: bytes) -> None:
        if not self._lists:
            return
        if mark in b"}]":
            self._lists.pop()
            self.path.pop()
        elif mark == b"," and self._lists[-1]:
            self.path[-1] = int(self.path[-1]) + 1
        elif mark == b":" and not self._lists[-1]:
            self.path[-1] = self.key


_COLON: Final = re.compile(rb"\s*:")


def _is_key(data: bytes, at: int) -> bool:
    return _COLON.match(data, at) is not None

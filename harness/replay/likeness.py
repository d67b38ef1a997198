"""`Likeness`: compares two messages of a service, in the same place of two recorded sockets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final, cast

from harness.framing.json_values import NOT_JSON, parse_json
from harness.framing.records import records_of
from harness.match.compare import event_name
from harness.match.counters import is_labelled_number
from harness.match.generated import masked
from harness.profile import ServiceProfile

_NUMBERED: Final = re.compile(r"\d{5,}")
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{4,}")


class Likeness:
    """Compares the messages of one cassette's services.

    Args:
        profile: Names the events of messages.
        is_issued: Whether the service issued a value, which its client then used.
    """

    def __init__(self, profile: ServiceProfile, is_issued: Callable[[str], bool]) -> None:
        self._profile = profile
        self._is_issued = is_issued
        # Of twenty sockets that begin alike each is compared with each: a message's text is computed once.
        self._without_values = cache(self._text_without_values)

    def are_alike(self, one: bytes, other: bytes) -> bool:
        """Whether two recorded messages differ in their values only.

        They are the same event with the same fields, or the same text without generated and issued values.

        Raises:
            MatcherError: The profile's function raised.
        """
        if self._without_values(one) == self._without_values(other):
            return True
        name = event_name(self._profile, one)
        if name is None or name != event_name(self._profile, other):
            return False
        left, right = parse_json(one), parse_json(other)
        return isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys()

    def _text_without_values(self, payload: bytes) -> str:
        text = _WORD.sub(lambda found: "\0" if self._is_issued(found[0]) else found[0], payload.decode("latin-1"))
        return _NUMBERED.sub("0", masked(text))


def differing_strings(one: bytes, other: bytes) -> Iterator[tuple[str, str]]:
    """Yield pairs of the strings in which two messages of equal shape differ, one from each message."""
    values = _values(one), _values(other)
    if not values[0] and not values[1]:
        yield from _differing_words(one, other)
        return
    waiting = list(zip(*values, strict=False)) if len(values[0]) == len(values[1]) else []
    while waiting:
        left, right = waiting.pop()
        if isinstance(left, str) and isinstance(right, str):
            if left != right:
                yield left, right
        elif _is_numbered(left) and _is_numbered(right):
            if left != right:
                yield str(left), str(right)
        elif isinstance(left, dict) and isinstance(right, dict):
            ours, theirs = cast("dict[str, object]", left), cast("dict[str, object]", right)
            waiting += [(ours[name], theirs[name]) for name in ours.keys() & theirs.keys() if not _counts(name, ours)]
        elif isinstance(left, list) and isinstance(right, list):
            waiting += list(zip(cast("list[object]", left), cast("list[object]", right), strict=False))


def _differing_words(one: bytes, other: bytes) -> Iterator[tuple[str, str]]:
    texts = one.decode("latin-1"), other.decode("latin-1")
    if _WORD.sub("", texts[0]) == _WORD.sub("", texts[1]):
        yield from ((left, right) for left, right in zip(*map(_WORD.findall, texts), strict=False) if left != right)


def _counts(name: str, fields: dict[str, object]) -> bool:
    """Whether a field holds the number of the call to which a message replies, as `harness.match.counters` has it."""
    if name != "id":
        return name == "invocationId"
    # Beside a type, the id may also be the client's own: a service that greets issues one.
    return ("jsonrpc" in fields or "type" in fields) and not _may_be_issued(fields[name])


def _may_be_issued(value: object) -> bool:
    return isinstance(value, str) and not is_labelled_number(value)


def _is_numbered(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 10_000


def _values(payload: bytes) -> list[object]:
    whole = parse_json(payload)
    if whole is not NOT_JSON:
        return [whole]
    records = records_of(payload)
    return [] if records is None else [record.value for record in records[1] if record.value is not NOT_JSON]

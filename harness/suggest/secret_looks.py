"""Values that look secret, and that no rule replaced: long and random, where a client sends them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, cast

from harness.framing.json_values import NOT_JSON
from harness.match.looks import UUID, looks_random
from harness.match.placeholders import may_hold
from harness.match.request import ParsedRequest
from harness.suggest.client_run import ClientRun
from harness.suggest.rules import Suggested

_SHORTEST: Final = 20
_LONGEST: Final = 4096
_MOST_DEPTH: Final = 20
_NO_SECRETS: Final = re.compile(
    r"(?:^|[._-])(?:md5|sha\d*|crc32c?|digest|checksum|hash|etag|if-match|if-none-match|integrity|cursor|traceparent"
    r"|sec-websocket-key|sec-websocket-protocol|user-agent|cookie|content-type|accept|boundary)$",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(r"[A-Za-z0-9+/=_-]+")


def secret_places(runs: Sequence[ClientRun]) -> tuple[tuple[Suggested, ...], tuple[str, ...]]:
    """The places of values that look secret.

    Args:
        runs: The clients of takes, each with the take that answers it.

    Returns:
        Those whose values are the same in each take, as keys are; and the places of values that the service issues,
        which are sessions or ids.
    """
    same: dict[str, int] = {}
    issued: dict[str, int] = {}
    for run in runs:
        for step in run.sent:
            if isinstance(step.original, ParsedRequest) and isinstance(step.recorded, ParsedRequest):
                recorded = dict(_random_values(step.recorded))
                actual = dict(_random_values(step.actual)) if isinstance(step.actual, ParsedRequest) else {}
                for place, value in _random_values(step.original):
                    if recorded.get(place) == value:
                        same[place] = same.get(place, 0) + 1
                    elif recorded.get(place) == actual.get(place):
                        issued[place] = issued.get(place, 0) + 1
    keys = tuple(
        Suggested(place, f"long and random, and the same in each take: {count} requests")
        for place, count in same.items()
        if place not in issued
    )
    return keys, tuple(issued)


def _random_values(request: ParsedRequest) -> Iterator[tuple[str, str]]:
    for place, value in _values(request):
        if not _NO_SECRETS.search(place) and _looks_secret(value):
            yield place, value


def _values(request: ParsedRequest) -> Iterator[tuple[str, str]]:
    yield from ((f"header.{name}", value) for name, value in request.headers)
    yield from ((f"query.{name}", value) for name, value in request.query)
    yield from ((f"form.{name}", value) for name, value in request.form or ())
    if request.json is not NOT_JSON:
        yield from _leaves("json", request.json, 0)


def _leaves(place: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _MOST_DEPTH:
        return
    if isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _leaves(f"{place}.{name}", inner, depth + 1)
    elif isinstance(value, list):
        for inner in cast("list[object]", value)[:100]:
            yield from _leaves(f"{place}[*]", inner, depth + 1)
    elif isinstance(value, str):
        yield place, value


def _looks_secret(value: str) -> bool:
    if not _SHORTEST <= len(value) <= _LONGEST or may_hold(value) or UUID.fullmatch(value) or " " in value:
        return False
    words = _WORDS.findall(value)
    return any(len(word) >= _SHORTEST and looks_random(word) and not UUID.search(word) for word in words)

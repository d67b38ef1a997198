"""The fields in which two requests differ, of those that the user chose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, urlsplit

from harness.match.asked import Asked
from harness.match.errors import UserFunctionError
from harness.match.mask import Mask
from harness.match.places import Places
from harness.match.redacted import redacted_view
from harness.match.requests import authorization_findings, body_findings, pair_findings, path_findings, summary
from harness.match.selection import Matcher, MatchOn
from harness.match.structure import ABSENT, Finding
from harness.match.values import ValueComparison
from harness.match.views import RequestView

_OF_THE_CONNECTION: Final = frozenset(
    {"connection", "content-length", "host", "origin", "transfer-encoding", "upgrade", "sec-websocket-key"}
)
"""Headers that say where the server is, or how this one request travels."""


def selected_findings(
    recorded: Asked, actual: Asked, match_on: MatchOn, places: Places, mask: Mask, values: ValueComparison
) -> Iterator[Finding]:
    """How a request differs from a recorded one in what was chosen; functions are asked if all else is equal.

    Raises:
        UserFunctionError: A function raised something else than AssertionError.
    """
    differs = False
    for finding in _named(recorded, actual, match_on.names, places, values):
        differs = True
        yield finding
    if not match_on.functions or differs:
        return
    views = redacted_view(recorded, places, mask), redacted_view(actual, places, mask)
    for function in match_on.functions:
        finding = _asked(function, *views)
        if finding is not None:
            yield finding


def _named(
    recorded: Asked, actual: Asked, names: frozenset[str], places: Places, values: ValueComparison
) -> Iterator[Finding]:
    if "method" in names and recorded.method != actual.method:
        yield Finding("method", recorded.method, actual.method)
    yield from _origin_findings(recorded, actual, names)
    if "path" in names:
        yield from path_findings(recorded, actual, values)
    if "query" in names:
        yield from pair_findings("query", recorded.query, actual.query, places.query, values)
    if "headers" in names:
        yield from _header_findings(recorded, actual, places, values)
    if "authorization" in names:
        yield from authorization_findings(recorded, actual, values)
    if "raw_body" in names and recorded.content != actual.content:
        yield Finding("raw_body", summary(recorded.content), summary(actual.content))
    elif "body" in names:
        yield from body_findings(recorded, actual, places, values)


def _origin_findings(recorded: Asked, actual: Asked, names: frozenset[str]) -> Iterator[Finding]:
    if recorded.origin == actual.origin:
        return
    one, other = urlsplit(recorded.origin), urlsplit(actual.origin)
    parts = (("scheme", one.scheme, other.scheme), ("host", one.hostname, other.hostname))
    for name, left, right in (*parts, ("port", _port(one), _port(other))):
        if name in names and left != right:
            yield Finding(name, left or ABSENT, right or ABSENT)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None


def _header_findings(recorded: Asked, actual: Asked, places: Places, values: ValueComparison) -> Iterator[Finding]:
    """Of the headers that were recorded: a recording need not keep all that a client sends."""
    yield from authorization_findings(recorded, actual, values)
    kept = {name for name, _ in recorded.headers} - _OF_THE_CONNECTION - {"authorization"}
    one, other = ([each for each in asked.headers if each[0] in kept] for asked in (recorded, actual))
    yield from pair_findings("headers", one, other, places.header, values)


def _asked(function: Matcher, recorded: RequestView, actual: RequestView) -> Finding | None:
    name = getattr(function, "__name__", type(function).__name__)
    try:
        verdict = function(recorded, actual)
    except AssertionError as error:
        return Finding(name, "a match", "none", note=str(error)[:500] or "AssertionError without a text")
    except Exception as error:
        raise UserFunctionError(name) from error
    # None is what a function returns that only asserts.
    return None if verdict is None or verdict else Finding(name, "a match", "none", note=f"returned {verdict!r}"[:200])

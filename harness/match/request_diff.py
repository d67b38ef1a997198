"""The fields in which two requests differ."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final
from urllib.parse import SplitResult, urlsplit

from harness.framing.bodies import in_lines
from harness.framing.json_values import NOT_JSON
from harness.framing.sockjs import session_at
from harness.match.deciding import condition_finding
from harness.match.errors import UserFunctionError
from harness.match.json_diff import ABSENT, RawDifference, structural_findings
from harness.match.large_bodies import is_told
from harness.match.mask import Mask, redacted_view
from harness.match.match_on import Matcher, MatchOn
from harness.match.parts import PartComparison
from harness.match.places import AUTHORIZATION, Place, Places
from harness.match.request import ParsedRequest, RequestView
from harness.match.values import ValueComparison


def request_findings(
    recorded: ParsedRequest, actual: ParsedRequest, places: Places, values: ValueComparison
) -> Iterator[RawDifference]:
    """How a request differs from a recorded one: method, path, query, authorization, body.

    Of the headers, ``Range`` and the conditions count. The others depend on the client's library, not on what it
    requests.
    """
    values.is_upgrade = recorded.method == "SOCKET"
    if recorded.method != actual.method:
        yield RawDifference("method", recorded.method, actual.method)
    if recorded.origin != actual.origin:
        yield RawDifference("origin", recorded.origin or ABSENT, actual.origin or ABSENT)
    yield from path_findings(recorded, actual, values)
    yield from pair_findings("query", recorded.query, actual.query, places.query, values)
    yield from authorization_findings(recorded, actual, values)
    condition = condition_finding(recorded, actual, values, places.profile.deciding_headers)
    if condition is not None:
        yield condition
    yield from body_findings(recorded, actual, places, values)


def path_findings(recorded: ParsedRequest, actual: ParsedRequest, values: ValueComparison) -> Iterator[RawDifference]:
    """The difference of two paths, shown whole; segments may differ in values that the rules accept."""
    left, right = recorded.segments, actual.segments
    if left == right and not values.bindings.has_displaced:
        return
    if len(left) != len(right):
        yield RawDifference("path", recorded.path, actual.path)
        return
    session = session_at(left) if session_at(left) == session_at(right) else None
    # The first segment is the empty text before the leading slash.
    every = [(f"path[{at - 1}]", one, other) for at, (one, other) in enumerate(zip(left, right, strict=True))]
    differing: list[str] = []
    for at, (path, one, other) in enumerate(every):
        if session is not None and at == session - 1:
            continue
        finding = values.bound(path, one, other) if at == session else values.finding(path, None, one, other)
        if finding is not None:
            differing.append(path)
    if differing:
        note = f"segment{'s' if len(differing) > 1 else ''} {', '.join(differing)}"
        yield RawDifference("path", recorded.path, actual.path, note=note)


def authorization_findings(
    recorded: ParsedRequest, actual: ParsedRequest, values: ValueComparison
) -> Iterator[RawDifference]:
    """Compare whether the header is present, and its scheme; the credentials may change from run to run."""
    one, other = _look(recorded.header("authorization")), _look(actual.header("authorization"))
    if one != other and not values.is_named("headers.authorization"):
        yield RawDifference("headers.authorization", one, other)


def _look(value: str | None) -> object:
    if value is None:
        return ABSENT
    found = AUTHORIZATION.fullmatch(value)
    scheme, secret = found.groups() if found is not None else ("", "")
    if not scheme:
        return "(empty)"
    return f"{scheme.capitalize()} ***" if secret else "***"


def pair_findings(
    root: str,
    recorded: Sequence[tuple[str, str]],
    actual: Sequence[tuple[str, str]],
    place_of: Callable[[str], Place | None],
    values: ValueComparison,
) -> Iterator[RawDifference]:
    """The differences of two lists of names and values. Only the order of values of the same name counts."""
    left, right = _grouped(recorded), _grouped(actual)
    for name in dict.fromkeys((*left, *right)):
        ours, theirs = left.get(name, []), right.get(name, [])
        for i in range(max(len(ours), len(theirs))):
            path = f"{root}.{name}" if i == 0 else f"{root}.{name}[{i}]"
            one = ours[i] if i < len(ours) else ABSENT
            other = theirs[i] if i < len(theirs) else ABSENT
            place = place_of(name)
            if place is None and not values.is_named(path):
                # JSON in a field is compared by structure.
                yield from structural_findings(
                    path, one, other, place_of=place_of, leaf=values.finding, renamed=values.renamed
                )
            elif (finding := values.finding(path, place, one, other)) is not None:
                yield finding


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups


def body_findings(
    recorded: ParsedRequest, actual: ParsedRequest, places: Places, values: ValueComparison
) -> Iterator[RawDifference]:
    """How two bodies differ: by structure where both are JSON, or forms of the same kind."""
    may_mean_others = values.bindings.has_displaced or places.has_fields
    if recorded.body == actual.body and not (may_mean_others and recorded.body):
        return
    if recorded.json is not NOT_JSON and actual.json is not NOT_JSON:
        # Paths name a line like an item of an array.
        lines = in_lines(recorded.json), in_lines(actual.json)
        pair = (recorded.json, actual.json) if None in lines else lines
        yield from structural_findings(
            "body", *pair, place_of=places.field, leaf=values.finding, renamed=values.renamed
        )
    elif recorded.form is not None and actual.form is not None:
        yield from pair_findings("body", recorded.form, actual.form, places.field, values)
    elif recorded.parts is not None and actual.parts is not None:
        comparison = PartComparison(places, values, payload_findings, summary)
        yield from comparison.findings("body", recorded.content_type, recorded.parts, actual.parts)
    else:
        yield from payload_findings("body", recorded.body, actual.body, values)


def payload_findings(path: str, recorded: bytes, actual: bytes, values: ValueComparison) -> Iterator[RawDifference]:
    """The difference of two payloads that are not JSON: as texts if both are text, else in size and hash."""
    if recorded == actual and not values.bindings.has_displaced:
        return
    texts = _text(recorded), _text(actual)
    if is_told(recorded) or is_told(actual):
        if recorded != actual:
            yield RawDifference(path, _told(recorded), _told(actual))
        return
    if _is_long_blob(recorded, actual):
        if recorded != actual:
            yield RawDifference(path, summary(recorded), summary(actual))
        return
    if texts[0] is None or texts[1] is None:
        # Binary payloads may hold placeholders and generated values, too.
        if values.finding(path, None, recorded.decode("latin-1"), actual.decode("latin-1")) is not None:
            yield RawDifference(path, summary(recorded), summary(actual))
        return
    finding = values.finding(path, None, *texts)
    if finding is not None:
        yield finding


def _told(content: bytes) -> str:
    return content.decode() if is_told(content) else summary(content)


def _is_long_blob(recorded: bytes, actual: bytes) -> bool:
    return max(len(recorded), len(actual)) > 1_000_000


def _text(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


def summary(payload: bytes) -> str:
    """A payload that is no text, in a few words: its length and the start of its digest."""
    if not payload:
        return "no bytes"
    return f"{len(payload)} bytes, sha256 {hashlib.sha256(payload).hexdigest()[:12]}"


_OF_THE_CONNECTION: Final = frozenset(
    {"connection", "content-length", "host", "origin", "transfer-encoding", "upgrade", "sec-websocket-key"}
)
"""Headers that depend on the server's address, or on the connection of this request."""


def selected_findings(
    recorded: ParsedRequest,
    actual: ParsedRequest,
    match_on: MatchOn,
    places: Places,
    mask: Mask,
    values: ValueComparison,
) -> Iterator[RawDifference]:
    """The differences of two requests in the selected parts; the user's functions run if those are equal.

    Raises:
        UserFunctionError: A function raised anything but AssertionError.
    """
    differs = False
    for finding in _named(recorded, actual, match_on.names, places, values):
        differs = True
        yield finding
    if not match_on.functions or differs:
        return
    views = redacted_view(recorded, places, mask), redacted_view(actual, places, mask)
    for function in match_on.functions:
        finding = _verdict_of(function, *views)
        if finding is not None:
            yield finding


def _named(
    recorded: ParsedRequest, actual: ParsedRequest, names: frozenset[str], places: Places, values: ValueComparison
) -> Iterator[RawDifference]:
    if "method" in names and recorded.method != actual.method:
        yield RawDifference("method", recorded.method, actual.method)
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
        yield RawDifference("raw_body", summary(recorded.content), summary(actual.content))
    elif "body" in names:
        yield from body_findings(recorded, actual, places, values)


def _origin_findings(recorded: ParsedRequest, actual: ParsedRequest, names: frozenset[str]) -> Iterator[RawDifference]:
    if recorded.origin == actual.origin:
        return
    one, other = urlsplit(recorded.origin), urlsplit(actual.origin)
    parts = (("scheme", one.scheme, other.scheme), ("host", one.hostname, other.hostname))
    for name, left, right in (*parts, ("port", _port(one), _port(other))):
        if name in names and left != right:
            yield RawDifference(name, left or ABSENT, right or ABSENT)


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None


def _header_findings(
    recorded: ParsedRequest, actual: ParsedRequest, places: Places, values: ValueComparison
) -> Iterator[RawDifference]:
    """The differences in the recorded headers: a recording need not keep every header of its client."""
    yield from authorization_findings(recorded, actual, values)
    kept = {name for name, _ in recorded.headers} - _OF_THE_CONNECTION - {"authorization"}
    one, other = ([each for each in request.headers if each[0] in kept] for request in (recorded, actual))
    yield from pair_findings("headers", one, other, places.header, values)


def _verdict_of(function: Matcher, recorded: RequestView, actual: RequestView) -> RawDifference | None:
    name = getattr(function, "__name__", type(function).__name__)
    try:
        verdict = function(recorded, actual)
    except AssertionError as error:
        return RawDifference(name, "a match", "none", note=str(error)[:500] or "AssertionError without a text")
    except Exception as error:
        raise UserFunctionError(name) from error
    # A function that only asserts returns None.
    if verdict is None or verdict:
        return None
    return RawDifference(name, "a match", "none", note=f"returned {verdict!r}"[:200])

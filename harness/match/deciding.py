"""Request headers that choose among several recorded responses (RFC 9110 §12, §13, §14).

``Range``, the conditions (``If-None-Match`` ..) and what else says by its own standard what is requested (``Depth``,
``Destination``, ``SOAPAction`` ..) change the response, so an actual request must have the recorded ones. So do headers
whose name says that they name an operation, or what is copied (`names_operation`). ``Accept``,
``Accept-Language``, ``Last-Event-ID`` and the headers in the response's ``Vary`` choose among responses to requests
that are equal otherwise, before all others (`harness.match.telling_headers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from harness.match.json_diff import ABSENT, RawDifference
from harness.match.request import Headers, ParsedRequest
from harness.match.values import ValueComparison

CONDITIONS: Final = ("range", "if-none-match", "if-match", "if-modified-since", "if-unmodified-since", "if-range")
_ARGUMENTS: Final = (
    "content-range", "depth", "destination", "overwrite", "soapaction", "upload-offset", "x-http-method",
    "x-http-method-override", "x-method-override",
)  # fmt: skip
DECIDING: Final = (*CONDITIONS, *_ARGUMENTS)
"""Headers in which an actual request must have the recorded value."""
_OPERATION: Final = re.compile(
    r"(?!access-control-|sec-)(?:.*-)?"
    r"(?:target|action|operation|operation-name|command|rpc-method|copy-from|(?:copy|rename)-source(?:-.*)?|range"
    r"|upload-offset)"
)
"""Names of headers that say which operation is meant (``X-Amz-Target``, ``Next-Action``), or what it takes."""
_PREFERENCES: Final = ("accept", "accept-language", "last-event-id")
_NEVER: Final = frozenset(
    {"accept-encoding", "origin", "user-agent", "host", "cookie", "authorization", "*", ""} | set(DECIDING)
)
_OF_EVERY_CLIENT: Final = frozenset({"user-agent", "accept", "accept-encoding", "host"})
"""A recorded request without any of these was recorded without its headers, so a missing header means nothing."""


RESUMING: Final = "last-event-id"


@dataclass(frozen=True, slots=True)
class EventIds:
    """The ids of the events that a recording has, each with the path of its stream.

    Attributes:
        issued: Those of all events.
        resumed: Those behind which a client was recorded to come back.
    """

    issued: frozenset[tuple[str, str]] = frozenset()
    resumed: frozenset[tuple[str, str]] = frozenset()


NO_EVENTS: Final = EventIds()


def resuming_finding(
    recorded: ParsedRequest, actual: ParsedRequest, ids: EventIds, values: ValueComparison
) -> RawDifference | None:
    """The difference of a request that was recorded as it came back to a stream, and one that comes back elsewhere.

    What was recorded behind one event is wrong behind another one, or at the beginning of a stream. An id that no
    recorded stream has says nothing.
    """
    path = recorded.origin + recorded.path
    one, other = recorded.header(RESUMING), actual.header(RESUMING)
    if one is None or one == other or (path, one) not in ids.resumed:
        return None
    place = f"headers.{RESUMING}"
    is_unknown = other is not None and (path, other) not in ids.issued
    if is_unknown or (values.named is not None and values.named.frees(place)):
        return None
    return RawDifference(place, one, ABSENT if other is None else other, note="the client comes back to another event")


def condition_finding(
    recorded: ParsedRequest, actual: ParsedRequest, values: ValueComparison, more: Iterable[str] = ()
) -> RawDifference | None:
    """The first deciding header in which two requests differ; None if there is none, or if headers were not recorded.

    Args:
        recorded: The recorded request.
        actual: The actual one.
        values: Compares two values.
        more: Names of further headers that decide, in lower case: those of the profile.
    """
    operations = (name for request in (recorded, actual) for name, _ in request.headers if names_operation(name))
    for name in dict.fromkeys((*DECIDING, *operations, *more)):
        one, other = recorded.header(name), actual.header(name)
        if one is None and (other is None or not has_headers(recorded)):
            continue
        finding = values.finding(
            f"headers.{name}", None, ABSENT if one is None else one, ABSENT if other is None else other
        )
        if finding is not None:
            return finding
    return None


@lru_cache(4096)
def names_operation(name: str) -> bool:
    """Whether a header of this name, in lower case, says what is done: two operations never answer for each other."""
    return _OPERATION.fullmatch(name) is not None


def has_headers(recorded: ParsedRequest) -> bool:
    """Whether a request was recorded with the headers that its client sent."""
    return any(name in _OF_EVERY_CLIENT for name, _ in recorded.headers)


def preferences(response: Headers) -> tuple[str, ...]:
    """The request headers that choose among responses like this one, by name in lower case."""
    named = (each.strip().lower() for name, value in response if name == "vary" for each in value.split(","))
    return tuple(dict.fromkeys((*_PREFERENCES, *(name for name in named if name not in _NEVER))))


def unmet(recorded: ParsedRequest, actual: ParsedRequest, names: Iterable[str]) -> tuple[str, ...]:
    """The names of the headers in which two requests differ; a header of unknown presence does not count."""
    return tuple(
        name
        for name in names
        if recorded.header(name) != actual.header(name) and (recorded.header(name) is not None or has_headers(recorded))
    )

"""Request headers that tell recorded requests apart which are equal otherwise.

Clients put arguments, tenants, versions and credentials into headers of any name. A single recorded request says
nothing of what such a header means, so a difference is no mismatch. Among several requests that are equal otherwise,
the one whose headers agree best with the actual ones is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from harness.match.bindings import Bindings
from harness.match.deciding import has_headers
from harness.match.generated import masked
from harness.match.placeholders import captured, is_placeholder, may_hold
from harness.match.request import ParsedRequest

_OF_THE_TRANSPORT: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "date", "expect", "host", "keep-alive", "origin", "referer",
     "te", "trailer", "transfer-encoding", "upgrade", "via", "x-forwarded-for", "x-forwarded-host",
     "x-forwarded-port", "x-forwarded-proto"}
)  # fmt: skip
"""They follow from the body, the connection and the place of the client, and change with them."""
_CREDENTIALS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})


def telling(requests: Sequence[ParsedRequest]) -> tuple[str, ...]:
    """The names of the headers in which some of these requests differ, in lower case; those of the transport apart."""
    if len(requests) < 2 or all(each.headers == requests[0].headers for each in requests):
        return ()
    names = dict.fromkeys(name for each in requests for name, _ in each.headers if _may_tell(name))
    return tuple(name for name in names if len({each.header(name) for each in requests}) > 1)


def _may_tell(name: str) -> bool:
    return name not in _OF_THE_TRANSPORT and not name.startswith(("sec-websocket-", "sec-fetch-", "sec-ch-"))


def disagreement(
    recorded: ParsedRequest, actual: ParsedRequest, names: Iterable[str], bindings: Bindings
) -> tuple[int, int]:
    """In how many of these headers a request contradicts a recorded one, and in how many it is unknown whether it does.

    Unknown are placeholders of secrets that this session has not met yet, and headers that were not recorded.
    """
    found = [_of_values(recorded, actual, name, bindings) for name in names]
    return found.count("contradiction"), found.count("unknown")


def _of_values(recorded: ParsedRequest, actual: ParsedRequest, name: str, bindings: Bindings) -> str:
    one, other = recorded.header(name), actual.header(name)
    if one == other:
        return ""
    if one is None:
        return "contradiction" if has_headers(recorded) else "unknown"
    if other is None:
        return "contradiction"
    if bindings.actual(one) == other:
        return ""
    values = captured(one, other) if may_hold(one) else None
    if values is None:
        return "contradiction"
    looks = {_of_secret(each.placeholder, each.value, bindings) for each in values}
    return next((each for each in ("contradiction", "unknown") if each in looks), "")


def _of_secret(placeholder: str, value: str, bindings: Bindings) -> str:
    if placeholder in (value, bindings.recorded(value)) or bindings.sent(placeholder) == value:
        return ""
    is_known = bindings.actual(placeholder) is not None or bindings.recorded(value) is not None
    return "contradiction" if is_known or is_placeholder(value) else "unknown"


def untold(recorded: ParsedRequest, actual: ParsedRequest, names: Iterable[str]) -> tuple[str, ...]:
    """The names of the headers whose values differ in more than what clients generate; credentials apart."""
    return tuple(
        name
        for name in names
        if name not in _CREDENTIALS and masked(recorded.header(name) or "") != masked(actual.header(name) or "")
    )

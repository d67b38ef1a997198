"""`bind_headers`: binds what a client generates in the headers of a request."""

from __future__ import annotations

from typing import Final

from harness.match.bindings import Accepted, Bindings
from harness.match.generated import pairs
from harness.match.placeholders import captured, may_hold
from harness.match.request import ParsedRequest
from harness.replay.auto_bind import AutoBind
from harness.replay.entries import ReplayEntry

_SHORTEST_BOUND: Final = 10
_NOT_BOUND: Final = frozenset(
    {"accept", "accept-encoding", "accept-language", "authorization", "content-length", "content-type", "cookie",
     "date", "host", "origin", "referer", "user-agent", "sec-websocket-key"}
)  # fmt: skip


def bind_headers(entry: ReplayEntry, request: ParsedRequest, bindings: Bindings, lenience: AutoBind) -> None:
    """Bind a client's generated headers (``x-request-id``) and its credentials, where they occur again later.

    Headers are no part of a match, so no difference is an error here.
    """
    if entry.request.headers == request.headers:
        return
    actual = dict(request.headers)
    for name, recorded in entry.request.headers:
        came = actual.get(name)
        if came is None or came == recorded:
            continue
        if may_hold(recorded):
            for each in captured(recorded, came) or ():
                bindings.bind_loosely(each.placeholder, each.value)
        elif name not in _NOT_BOUND and len(recorded) >= _SHORTEST_BOUND:
            _bind_generated(entry, name, recorded, came, bindings, lenience)


def _bind_generated(
    entry: ReplayEntry, name: str, recorded: str, came: str, bindings: Bindings, lenience: AutoBind
) -> None:
    found = pairs(recorded, came, lenience.clocks, bindings.actual)
    for pair in found or ():
        free = not bindings.contradicts(pair.recorded, pair.actual) and pair.look != "time"
        if free and lenience.takes_generated and lenience.evidence.comes_back(pair.recorded, entry):
            bindings.bind(pair.recorded, pair.actual)
            bindings.accepted.append(Accepted(f"headers.{name}", pair.look))

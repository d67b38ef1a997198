"""Headers that decide: requests that are equal but for one header, and whose responses differ, in every take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from harness.replay.entries import SOCKET, ReplayEntry
from harness.suggest.rules import Suggested
from harness.suggest.takes import Take

_OTHERS: Final = frozenset(
    {"accept", "accept-encoding", "accept-language", "authorization", "connection", "content-length", "cookie", "date",
     "host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-event-id",
     "origin", "range", "referer", "traceparent", "tracestate", "transfer-encoding", "user-agent"}
)  # fmt: skip
"""Headers that decide, choose, or say nothing in any case."""


def deciding_headers(takes: Sequence[Take], known: Sequence[str]) -> tuple[Suggested, ...]:
    """The headers that decide in every take.

    Args:
        takes: The takes.
        known: Headers that the profile names already.
    """
    found = [dict(_deciding(take)) for take in takes]
    names = [name for name in found[0] if all(found[0][name] == each.get(name) for each in found)]
    return tuple(
        Suggested(name, f"requests equal but for it get other responses: {len(found[0][name])} values in each take")
        for name in names
        if name not in known
    )


def _deciding(take: Take) -> Iterator[tuple[str, tuple[str, ...]]]:
    groups: dict[tuple[str, str, bytes], list[ReplayEntry]] = defaultdict(list)
    for entry in take.entries:
        if entry.request.method != SOCKET:
            groups[entry.request.method, entry.request.target, entry.request.content].append(entry)
    for entries in groups.values():
        if len({entry.masked_response for entry in entries}) < 2:
            continue
        for name in dict.fromkeys(name for entry in entries for name, _ in entry.request.headers):
            responses: dict[str, set[object]] = defaultdict(set)
            for entry in entries:
                responses[entry.request.header(name) or ""].add(entry.masked_response)
            if name not in _OTHERS and len(responses) > 1 and all(len(each) == 1 for each in responses.values()):
                yield name, tuple(responses)

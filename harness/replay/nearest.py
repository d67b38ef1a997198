"""The recorded exchanges that are most like a request that nothing matches, for reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.match.bindings import Bindings
from harness.match.compare import Rules, difference
from harness.match.request import ParsedRequest
from harness.replay.buckets import MOST_COMPARED
from harness.replay.entries import ReplayEntry
from harness.replay.path_index import PathIndex
from harness.replay.problems import Nearest, Other

_MOST_SHOWN: Final = 6
_WEIGHTS: Final = {"method": 20, "path": 20, "origin": 20}
"""How much a difference in a field counts; 1 for every other field."""


def nearest(
    index: PathIndex, request: ParsedRequest, rules: Rules, bindings: Bindings
) -> tuple[Nearest | None, tuple[Other, ...]]:
    """The exchange that is most like a request, with its differences; and why others do not match.

    Args:
        index: The cassette's exchanges.
        request: The actual request.
        rules: How to compare.
        bindings: What is bound in the session; nothing here changes it.

    Raises:
        MatcherError: A function of the profile raised.
    """
    ranked: list[tuple[int, int, Nearest]] = []
    for i, entry in enumerate(_compared(index, request, bindings)):
        found = difference(entry.request, request, rules, bindings)
        weight = sum(_WEIGHTS.get(each.field, 1) for each in found)
        ranked.append((weight, i, Nearest(entry.label, tuple(found), entry.played)))
    ranked.sort(key=lambda each: each[:2])
    if not ranked:
        return None, ()
    return ranked[0][2], tuple(Other(near.exchange, _why(near)) for _, _, near in ranked[1 : 1 + _MOST_SHOWN])


def _compared(index: PathIndex, request: ParsedRequest, bindings: Bindings) -> Sequence[ReplayEntry]:
    """The exchanges of the request's path; if there are none, those of the most similar paths."""
    buckets = index.alike(request, bindings)
    entries = [entry for bucket in buckets for entry in bucket.compared()]
    if not entries:
        entries = [entry for bucket in index.most_similar(request.path, _MOST_SHOWN) for entry in bucket.compared()]
    return entries[:MOST_COMPARED]


def _why(near: Nearest) -> str:
    if not near.differences:
        return "already played"
    fields = ", ".join(each.field for each in near.differences[:4])
    more = f" and {len(near.differences) - 4} more" if len(near.differences) > 4 else ""
    return f"differs in {fields}{more}" + (", and already played" if near.played else "")

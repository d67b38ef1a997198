"""Chooses between recorded exchanges that all match a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.match.bindings import Bindings
from harness.match.deciding import preferences, unmet
from harness.match.named_places import NamedPlaces
from harness.match.request import ParsedRequest
from harness.replay.entries import ReplayEntry


@dataclass(frozen=True, slots=True)
class ChosenExchange:
    """The exchange that responds.

    Attributes:
        entry: The exchange.
        trial: What the match binds.
        unmet: Names of headers that choose between the exchanges, and in which none equals the request.
        is_repeat: Whether it was played before and responds once more.
        start: Number of the line at which its stream begins: behind the event that the client had last.
    """

    entry: ReplayEntry
    trial: Bindings
    unmet: tuple[str, ...] = ()
    is_repeat: bool = False
    start: int = 0


def by_preference(
    fitting: Sequence[tuple[ReplayEntry, Bindings]], request: ParsedRequest, named: NamedPlaces | None = None
) -> ChosenExchange:
    """The exchange whose recorded request has most of the actual preferences; of equals the first in the file.

    Args:
        fitting: The exchanges that match, at least one, in file order.
        request: The actual request.
        named: The places that the user named; headers there do not choose.
    """
    if len(fitting) == 1:
        return ChosenExchange(*fitting[0])
    names = tuple(dict.fromkeys(name for entry, _ in fitting for name in preferences(entry.response_headers)))
    counting = [name for name in names if named is None or not named.frees(f"headers.{name}")]
    differing = tuple(name for name in counting if len({entry.request.header(name) for entry, _ in fitting}) > 1)
    if not differing:
        return ChosenExchange(*fitting[0])
    missed = [unmet(entry.request, request, differing) for entry, _ in fitting]
    best = min(range(len(fitting)), key=lambda number: (len(missed[number]), number))
    return ChosenExchange(*fitting[best], missed[best])

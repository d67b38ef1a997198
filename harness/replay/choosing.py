"""Which of several recorded exchanges answers a request that fits more than one of them."""

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
    """The exchange that answers.

    Attributes:
        entry: The exchange.
        trial: What the match binds.
        unmet: Names of the headers that should have told this exchange from others, and were met by none.
        is_repeat: Whether it was played before and responds once more.
    """

    entry: ReplayEntry
    trial: Bindings
    unmet: tuple[str, ...] = ()
    is_repeat: bool = False


def by_preference(
    fitting: Sequence[tuple[ReplayEntry, Bindings]], request: ParsedRequest, named: NamedPlaces | None = None
) -> ChosenExchange:
    """Of exchanges that fit, the one whose request had the same preferences; of equals the first in the file.

    Args:
        fitting: At least one, in file order.
        asked: What came.
        named: The places that the user named: headers that choose nothing.
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

"""Chooses between recorded exchanges that all match a request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.match.bindings import Bindings
from harness.match.deciding import preferences, unmet
from harness.match.named_places import NamedPlaces
from harness.match.request import ParsedRequest
from harness.match.telling_headers import disagreement, telling, untold
from harness.replay.candidates import Candidate
from harness.replay.entries import ReplayEntry

_SUBPROTOCOL: Final = "sec-websocket-protocol"


@dataclass(frozen=True, slots=True)
class ChosenExchange:
    """The exchange that responds.

    Attributes:
        entry: The exchange.
        trial: What the match binds.
        unmet: Names of headers that choose between the exchanges, and in which none equals the request.
        is_repeat: Whether it was played before and responds once more.
        start: Number of the line at which its stream begins: behind the event that the client had last.
        stays_open: Whether its stream, which has no events, stays open now: its client came back to it.
    """

    entry: ReplayEntry
    trial: Bindings
    unmet: tuple[str, ...] = ()
    is_repeat: bool = False
    start: int = 0
    stays_open: bool = False


def by_headers(
    fitting: Iterable[tuple[ReplayEntry, Bindings]], request: ParsedRequest, named: NamedPlaces | None = None
) -> ChosenExchange | None:
    """The exchange whose recorded headers agree best with the actual ones; None if there is no exchange.

    Preferences (`harness.match.deciding.preferences`) count before all other headers; of equals the first in the file
    is chosen.

    Args:
        fitting: The exchanges that match.
        request: The actual request.
        named: The places that the user named; headers there do not choose.
    """
    every = sorted({entry.index: (entry, trial) for entry, trial in fitting}.items())
    found = [each for _, each in every]
    if len(found) <= 1:
        return ChosenExchange(*found[0]) if found else None
    names = [name for name in telling([entry.request for entry, _ in found]) if not _is_free(name, named)]
    if not names:
        return ChosenExchange(*found[0])
    preferred = {name for entry, _ in found for name in preferences(entry.response_headers)}
    first, others = [[name for name in names if (name in preferred) is wanted] for wanted in (True, False)]
    missed = [unmet(entry.request, request, first) for entry, _ in found]
    differing = [disagreement(entry.request, request, others, trial) for entry, trial in found]
    best = min(range(len(found)), key=lambda number: (len(missed[number]), *differing[number], number))
    lost = untold(found[best][0].request, request, others) if differing[best][0] else ()
    return ChosenExchange(*found[best], (*missed[best], *lost))


def agreeing(
    fitting: Sequence[tuple[ReplayEntry, Bindings]], request: ParsedRequest
) -> list[tuple[ReplayEntry, Bindings]]:
    """Those of the exchanges whose recorded headers contradict the actual ones the least, in their order."""
    names = telling([entry.request for entry, _ in fitting])
    if not names:
        return list(fitting)
    counts = [disagreement(entry.request, request, names, trial)[0] for entry, trial in fitting]
    return [each for each, count in zip(fitting, counts, strict=True) if count == min(counts)]


def _is_free(name: str, named: NamedPlaces | None) -> bool:
    return named is not None and named.frees(f"headers.{name}")


def weighed(candidates: Sequence[Candidate], request: ParsedRequest) -> list[Candidate]:
    """The recorded sockets whose subprotocol the client offers, all if there is none; each with its doubt.

    Args:
        candidates: The recorded sockets that match the upgrade.
        request: The upgrade.
    """
    names = telling([each.entry.request for each in candidates])
    if names:
        for each in candidates:
            each.doubt = disagreement(each.entry.request, request, names, each.upgraded)
    offered = {each.strip() for each in (request.header(_SUBPROTOCOL) or "").split(",")}
    return [each for each in candidates if _subprotocol(each.entry) in offered] or list(candidates)


def _subprotocol(entry: ReplayEntry) -> str:
    return next((value.strip() for name, value in entry.response_headers if name == _SUBPROTOCOL), "")

"""Chooses between recorded exchanges that all match a request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.match.bindings import Bindings
from harness.match.deciding import preferences, unmet
from harness.match.named_places import NamedPlaces
from harness.match.placeholders import may_hold
from harness.match.request import ParsedRequest
from harness.match.telling_headers import disagreement, telling, untold
from harness.match.values import UNTOLD
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
        untold: Names of headers with credentials that only the order tells apart: another exchange, with another
            response, agrees as well.
    """

    entry: ReplayEntry
    trial: Bindings
    unmet: tuple[str, ...] = ()
    is_repeat: bool = False
    start: int = 0
    stays_open: bool = False
    untold: tuple[str, ...] = ()

    def notes(self) -> list[str]:
        """What the report says of the choice."""
        label, found = self.entry.label, list[str]()
        if self.unmet:
            found.append(f"{label}: no recorded response has this {', '.join(self.unmet)}; the first one was played")
        if self.untold:
            names = ", ".join(self.untold)
            found.append(
                f"{label}: {UNTOLD} ({names}); of users who request the same, the first recorded one was taken"
            )
        return found


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
    rivals = [
        entry for at, (entry, _) in enumerate(found) if (missed[at], differing[at]) == (missed[best], differing[best])
    ]
    alike = _only_by_order(found[best][0], rivals, others) if differing[best][1] else ()
    return ChosenExchange(*found[best], (*missed[best], *lost), untold=alike)


def _only_by_order(chosen: ReplayEntry, rivals: Sequence[ReplayEntry], names: Iterable[str]) -> tuple[str, ...]:
    """The headers with credentials in which the chosen exchange differs from those that agree with the client as well.

    Empty if the responses are equal: then it does not matter which user is meant.
    """
    others = [each for each in rivals if each.masked_response != chosen.masked_response]
    return tuple(
        name
        for name in names
        if may_hold(chosen.request.header(name) or "")
        and any(each.request.header(name) != chosen.request.header(name) for each in others)
    )


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


def weighed(fitting: Iterable[tuple[ReplayEntry, Bindings]], request: ParsedRequest) -> list[Candidate]:
    """The recorded sockets whose subprotocol the client offers, all if there is none; each with its doubt.

    Args:
        fitting: The exchanges that match the upgrade; refused upgrades are left out.
        request: The upgrade.
    """
    candidates = [Candidate(entry, entry.tape, trial) for entry, trial in fitting if entry.tape is not None]
    names = telling([each.entry.request for each in candidates])
    if names:
        for each in candidates:
            each.doubt = disagreement(each.entry.request, request, names, each.upgraded)
    offered = {each.strip() for each in (request.header(_SUBPROTOCOL) or "").split(",")}
    return [each for each in candidates if _subprotocol(each.entry) in offered] or candidates


def _subprotocol(entry: ReplayEntry) -> str:
    return next((value.strip() for name, value in entry.response_headers if name == _SUBPROTOCOL), "")

"""The problems of requests that no recorded exchange responds to."""

from __future__ import annotations

from harness.match.bindings import Bindings
from harness.match.compare import Rules
from harness.match.mask import Mask
from harness.match.request import ParsedRequest
from harness.replay.catalogue import Catalogue
from harness.replay.entries import ReplayEntry, shown
from harness.replay.naming import option_for
from harness.replay.played import Mismatch
from harness.replay.problems import NoMatch, OutOfOrder, UsedUp


def missed(catalogue: Catalogue, request: ParsedRequest, rules: Rules, bindings: Bindings) -> Mismatch:
    """The problem of a request that matches no unplayed exchange.

    Raises:
        MatcherError: A function of the profile raised.
    """
    name = shown(request, rules.mask)
    gone = catalogue.played(request, rules, bindings)
    nearest, others = catalogue.nearest(request, rules, bindings)
    if gone is not None:
        hint = f"{gone.label} matched the same request before; each exchange is played once"
        return Mismatch(UsedUp(request=name, nearest=nearest, others=others, hint=hint))
    hint = "The cassette is empty"
    if nearest is not None:
        hint = option_for(nearest.places) or "Record the session again if the client changed on purpose"
    return Mismatch(NoMatch(request=name, nearest=nearest, others=others, hint=hint))


def kept_out(request: ParsedRequest, mask: Mask) -> Mismatch:
    """The problem of a request that the user's function excludes from cassettes."""
    hint = "before_record_request keeps this request out of cassettes: nothing can be recorded for it"
    return Mismatch(NoMatch(request=shown(request, mask), hint=hint))


def overbooked(request: ParsedRequest, label: str, open_sockets: int, mask: Mask) -> Mismatch:
    """The problem of an upgrade for which no recorded socket is left, as each may belong to a socket that is open.

    Args:
        request: The upgrade.
        label: Name of a recorded socket that it matches.
        open_sockets: How many undecided sockets are open.
        mask: Hides secrets.
    """
    hint = f"{open_sockets} open sockets may be {label} and those like it; no more were recorded"
    return Mismatch(UsedUp(request=shown(request, mask), hint=hint))


def out_of_order(entry: ReplayEntry, awaited: ReplayEntry | None) -> Mismatch:
    """The problem of a response that the player never sent, because an earlier action of a client did not come.

    Args:
        entry: The exchange of the response.
        awaited: The exchange of the missing action; None if none is known.
    """
    hint = "" if awaited is None else f"What the client did in {awaited.label} did not come before it"
    return Mismatch(OutOfOrder(request=entry.label, hint=hint))

"""Playing a cassette, and what stands where there is none."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from harness.cassette.age import too_old
from harness.cassette.errors import CassetteDiskError, CassetteError, NewerFormatError
from harness.cassette.model import Cassette, Exchange
from harness.cassette.store import load
from harness.match.named_places import NamedPlace
from harness.match.selection import UnknownMatcherError
from harness.profile import with_places
from harness.pytest_plugin.backing.base import Backing
from harness.pytest_plugin.failure import WireFailure, WiretapeWarning
from harness.pytest_plugin.plan import Plan
from harness.replay.no_cassette import NoCassette
from harness.replay.player import Player
from harness.replay.report import Report
from harness.replay.rules import DEFAULT_MATCH_ON, PlayRules
from harness.services.copilot import COPILOT
from provider import clock

_KINDS: Final[Mapping[type[CassetteError], str]] = {
    NewerFormatError: "newer-format",
    CassetteDiskError: "unreadable-cassette",
}


def read_cassette(plan: Plan, path: Path) -> Cassette:
    """The cassette of a plan.

    Raises:
        WireFailure: It cannot be read, was written in a newer format, or is older than it may be.
    """
    try:
        cassette = load(path)
    except CassetteError as error:
        kind = _KINDS.get(type(error), "broken-cassette")
        if error.file in (None, str(path)):
            error.found_in(plan.shown(path))  # short, as the rest of the report has it
        raise WireFailure(f"{kind}: {error}") from None
    most = plan.config.max_age
    problem = "" if most is None else too_old(cassette, most, clock.now())
    if problem and plan.config.too_old == "error":
        raise WireFailure(f"too-old: {plan.shown(path)}: {problem}")
    if problem:
        warnings.warn(f"{plan.shown(path)}: {problem}", WiretapeWarning, stacklevel=1)
    return cassette


def make_player(plan: Plan, cassette: Cassette) -> Player:
    """A player that does what the plan says.

    Raises:
        WireFailure: The plan names a matcher that there is not.
    """
    config = plan.config
    rules = PlayRules(
        match_on=config.match_on or DEFAULT_MATCH_ON,
        repeats=config.allow_playback_repeats,
        before_request=config.before_record_request,
        auto_bind=config.auto_bind,
        ignore=tuple(NamedPlace.parse(each, "ignore") for each in config.ignore),
        bind=tuple(NamedPlace.parse(each, "bind") for each in config.bind),
        strict_order=config.strict_order,
    )
    try:
        profile = with_places(COPILOT, config.secret_places, personal=config.redact_personal)
        return Player(
            cassette,
            profile,
            speed=config.speed,
            deadline=config.timeout,
            rules=rules,
            clock=config.clock,
        )
    except UnknownMatcherError as error:
        raise WireFailure(f"config: {error}") from None


class Playing(Backing):
    """Modes that play: ``none``, and ``once`` with a file."""

    def __init__(self, plan: Plan, path: Path) -> None:
        self.cassette = cassette = read_cassette(plan, path)
        self.stage = self._player = make_player(plan, cassette)
        if cassette.exchanges and not any(map(_has_token, cassette.exchanges)):
            self.token = None  # an anonymous session

    def report(self) -> Report:
        """See `Backing`."""
        return self._player.report()


def _has_token(exchange: Exchange) -> bool:
    headers = exchange.request.headers
    return any(name == "authorization" for name, _ in headers) or "accesstoken=" in exchange.target.lower()


class Missing(Backing):
    """There is nothing to play: each request is refused, and says so."""

    def __init__(self, plan: Plan, path: Path) -> None:
        self._player = NoCassette(plan.shown(path))
        self.stage = self._player

    def report(self) -> Report:
        """See `Backing`."""
        return self._player.report()

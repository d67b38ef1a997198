"""`Backend`: what answers behind a wire; and the backends that need no service: player, refusal and script."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fake_server.stage import Stage
from harness.cassette.age import too_old
from harness.cassette.compiled import load
from harness.cassette.errors import CassetteDiskError, CassetteError, NewerFormatError
from harness.cassette.model import Cassette, Exchange
from harness.doors import Doors
from harness.match.match_on import UnknownMatcherError
from harness.match.named_places import NamedPlace
from harness.profile import ServiceProfile, with_places
from harness.pytest_plugin.failure import WireFailure, WiretapeWarning
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.services import service_of
from harness.redact.placeholders import FIRST_TOKEN
from harness.replay.player import Player
from harness.replay.report import Report
from harness.replay.responses import NoCassette
from harness.replay.rules import DEFAULT_MATCH_ON, PlayRules
from harness.services.choice import default_service
from provider import clock
from provider.wire.errors import UsageError
from provider.wire.generations import DEFAULT_GENERATION

if TYPE_CHECKING:
    from harness.record.recording import Recording
    from harness.scripted import Scripted

_KINDS: Final[Mapping[type[CassetteError], str]] = {
    NewerFormatError: "newer-format",
    CassetteDiskError: "unreadable-cassette",
}


class Backend:
    """What answers behind one wire. This base class writes nothing and reports no problem.

    Attributes:
        stage: The stage that answers.
        service: The profile of the service that is replayed, recorded or scripted.
        script: The script that the test writes, if there is one.
        cassette: The cassette that is replayed, if there is one.
        generation: The protocol generation of the upstream, if known.
        token: The placeholder token that clients are to send, or None. The user's own token stays in the relay.
        recording: The recording of what goes to the service, if anything may.
        doors: The further upstreams; None if there are none.
    """

    stage: Stage
    service: ServiceProfile
    script: Scripted | None = None
    cassette: Cassette | None = None
    generation: str | None = None
    token: str | None = FIRST_TOKEN
    recording: Recording | None = None
    doors: Doors | None = None

    @property
    def records(self) -> bool:
        """Whether `finish` writes a cassette."""
        return False

    @property
    def unreached(self) -> str:
        """Why the service could not be reached; empty if it was reached, or if no request needed it."""
        return self.recording.unreached[-1] if self.recording is not None and self.recording.unreached else ""

    @property
    def reached_service(self) -> bool:
        """Whether at least one request reached the service; also True if no request needed it."""
        return self.recording is None or self.recording.is_empty or self.recording.reached_service

    @property
    def may_have_problems(self) -> bool:
        """Whether `report` may hold a problem besides leftovers. Any thread may read it."""
        return True

    def report(self) -> Report:
        """Return the problems so far; at the end also what was not played.

        Called in the servers' thread while the server runs.
        """
        return Report()

    def allow_repeats(self) -> None:
        """Let recorded responses be played more than once, because a client repeats its request after a fault."""

    def finish(self, aside: Path | None) -> str:
        """Write the cassette, if this backend records. Called after the server has stopped, if there was a request.

        Args:
            aside: Where to write instead because the test failed; the existing cassette stays. None to replace it.

        Returns:
            A report of what is wrong with the session as a whole; empty if nothing is.

        Raises:
            HarnessError: The cassette cannot be written; an existing one stays.
        """
        del aside
        return ""

    def close(self) -> None:
        """Close what the backend holds open; called after `finish`, or instead of it."""


# ---------------------------------------------------------------- replaying
def read_cassette(plan: Plan, path: Path) -> Cassette:
    """Load the cassette of a plan, and check its age.

    Raises:
        WireFailure: The cassette cannot be read, has a newer format, or is older than ``max_age``.
    """
    try:
        cassette = load(path)
    except CassetteError as error:
        kind = _KINDS.get(type(error), "broken-cassette")
        if error.file in (None, str(path)):
            error.found_in(plan.shown(path))  # short, as in the rest of the report
        raise WireFailure(f"{kind}: {error}") from None
    max_age = plan.config.max_age
    problem = "" if max_age is None else too_old(cassette, max_age, clock.now())
    if problem and plan.config.too_old == "error":
        raise WireFailure(f"too-old: {plan.shown(path)}: {problem}")
    if problem:
        warnings.warn(f"{plan.shown(path)}: {problem}", WiretapeWarning, stacklevel=1)
    return cassette


def make_player(plan: Plan, cassette: Cassette, doors: Doors | None = None) -> Player:
    """Make a player with the plan's settings.

    Raises:
        WireFailure: ``match_on`` names an unknown matcher.
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
        service = service_of(plan, cassette.recorded.origin)
        profile = with_places(service, config.secret_places, personal=config.redact_personal)
        return Player(
            cassette,
            profile,
            speed=config.speed,
            deadline=config.timeout,
            rules=rules,
            clock=config.clock,
            doors=doors,
        )
    except UnknownMatcherError as error:
        raise WireFailure(f"config: {error}") from None


class PlayerBackend(Backend):
    """Replays a cassette: the mode ``none``, and ``once`` with a file."""

    def __init__(self, plan: Plan, path: Path) -> None:
        self.cassette = cassette = read_cassette(plan, path)
        self.service = service_of(plan, cassette.recorded.origin)
        self.doors = _doors_of(plan, self.service, cassette)
        self.stage = self._player = make_player(plan, cassette, self.doors)
        if cassette.exchanges and not any(map(_has_token, cassette.exchanges)):
            self.token = None  # an anonymous session was recorded

    @property
    def may_have_problems(self) -> bool:
        """Whether `report` may hold a problem besides leftovers; see `Backend`."""
        return self._player.may_have_problems

    def report(self) -> Report:
        """Return the problems so far; at the end also the unplayed exchanges; see `Backend`."""
        return self._player.report()

    def allow_repeats(self) -> None:
        """Let exchanges of the cassette respond again; see `Backend`."""
        self._player.allow_repeats()


def _doors_of(plan: Plan, service: ServiceProfile, cassette: Cassette | None) -> Doors | None:
    """The local ports for further upstreams: those of the cassette, and those that only settings or profile name."""
    recorded = {} if cassette is None else cassette.recorded.upstreams
    taken = {*recorded.values(), "" if cassette is None else cassette.recorded.origin}
    given = {**service.further_upstreams, **plan.config.upstreams}.items()
    found = {**recorded, **{name: url for name, url in given if name not in recorded and url not in taken}}
    return Doors(found) if found else None


def _has_token(exchange: Exchange) -> bool:
    headers = exchange.request.headers
    return any(name == "authorization" for name, _ in headers) or "accesstoken=" in exchange.target.lower()


class Missing(Backend):
    """The backend of a wire that replays but has no cassette: it refuses each request, and reports the missing file."""

    def __init__(self, plan: Plan, path: Path) -> None:
        self.service = service_of(plan, plan.config.upstream)
        self.doors = _doors_of(plan, self.service, None)
        self.stage = self._player = NoCassette(plan.shown(path))

    def report(self) -> Report:
        """Return a report with one problem for each refused request: the cassette is missing; see `Backend`."""
        return self._player.report()


# ---------------------------------------------------------------- scripts
class ScriptBackend(Backend):
    """The fake service, following the script that a test writes."""

    def __init__(self, plan: Plan) -> None:
        from harness.scripted import Scripted  # noqa: PLC0415  # not for tests with a cassette

        try:
            self.script = self._script = Scripted(plan.config.generation or DEFAULT_GENERATION)
        except UsageError as error:
            raise WireFailure(f"config: {error}") from None
        self.service = default_service()
        self.stage = self._script.stage()

    def report(self) -> Report:
        """Return the problems so far; at the end also the turns of the script that were not played; see `Backend`."""
        return self._script.report()

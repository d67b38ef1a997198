"""The backends that reach a service by a relay: recording, adding new episodes, verifying, passing on.

`harness.pytest_plugin.record_modes` imports this module only for wires that need it: it loads recorder, relay and
curl_cffi.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from harness.cassette.model import Cassette
from harness.compare.verify import compare
from harness.doors import Doors, named_upstreams
from harness.errors import HarnessError
from harness.netblock import exempted
from harness.new_episodes import Episodes
from harness.origins import as_origin
from harness.pages import allowed_pages
from harness.profile import ServiceProfile
from harness.proxy.parents import Parents
from harness.pytest_plugin.backends import Backend, make_player, read_cassette
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.plan import Plan, mode_option
from harness.pytest_plugin.servers import Servers
from harness.pytest_plugin.services import service_of
from harness.pytest_plugin.upstream import WireUpstream
from harness.record.hooks import RecordHooks
from harness.record.merge import asked_in
from harness.record.options import RecordingOptions, SaveMode, SaveOptions
from harness.record.recording import Recording
from harness.redact.placeholders import FIRST_TOKEN
from harness.relay.about import describe_origin
from harness.relay.several import relays_for
from harness.relay.token_swap import TokenSwap
from harness.replay.report import Report

_CLIENT: Final = "pytest"
_SAVE_MODES: Final[dict[str, SaveMode]] = {
    "once": "replace_once",
    "rewrite": "replace_once",
    "all": "replace_matching",
}


def _origin_of(url: str) -> str:
    """Return the upstream's origin for the cassette's head; it may look up a host that another wire's block refuses."""
    with exempted():
        return describe_origin(url)


class LiveBackend(Backend):
    """A relay to an upstream, and the recording that the relay writes; the base of all backends that go live.

    Args:
        plan: The wire's plan.
        servers: Runs a fake upstream.
        journal: Whether a killed recording leaves a journal to recover from.
        recorded: The existing cassette, whose further upstreams stay.

    Raises:
        WireFailure: The upstream is invalid.
    """

    def __init__(self, plan: Plan, servers: Servers, *, journal: bool, recorded: Cassette | None = None) -> None:
        self._upstream = WireUpstream(plan, servers)
        try:
            origin = _origin_of(self._upstream.url)
            self.service = service_of(plan, origin)
            token = self._upstream.token(self.service)
            allowed_pages(plan.config.allowed_origins, swaps_token=token not in (None, FIRST_TOKEN))
            doors = _doors_to(plan, self.service, self._upstream.url, recorded)
            self.recording = self._recording = _start_recording(plan, self.service, origin, doors, journal=journal)
            swap = None if token is None else TokenSwap.of(token, self._recording.redactor)
            # A test may set a proxy for its clients by variables; the relay must not use that one.
            parents = Parents()
            self._relay = relays_for(
                self._upstream.url,
                self.service,
                self._recording,
                doors,
                swap,
                settings=lambda url: parents.fixed(None, url),
                impersonate=None,
            )
        except HarnessError as error:
            self._upstream.close()
            raise WireFailure(f"config: {error}") from None
        except BaseException:
            self._upstream.close()
            raise
        self.stage = self._relay
        self.doors = doors or None
        self.token = None if swap is None else swap.shown
        self.generation = self._upstream.generation

    def _write(self, options: SaveOptions, aside: Path | None) -> None:
        """Finish the recording.

        Args:
            options: The cassette's file, and how to treat an existing one.
            aside: Another file to write instead.

        Raises:
            HarnessError: The cassette cannot be written; an existing one stays.
        """
        target = aside or options.path or self._recording.path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._recording.finish(options if aside is None else SaveOptions(path=aside))

    def close(self) -> None:
        """Release everything. An unwritten recording stays in its journal if a request reached the service."""
        if not self._recording.reached_service:
            self._recording.discard()
        else:
            self._recording.close()
        self._upstream.close()


def _doors_to(plan: Plan, service: ServiceProfile, main: str, recorded: Cassette | None) -> Doors:
    """The further upstreams of the settings, those of the existing cassette, and those of the profile.

    Raises:
        HarnessError: One is the main upstream, or two are the same.
        WireFailure: The cassette has one of them at another origin, so that its exchanges would not match.
    """
    known = {} if recorded is None else recorded.recorded.upstreams
    given = {**known, **plan.config.upstreams}
    taken = {as_origin(main), *given.values()}
    profiles = {name: url for name, url in service.further_upstreams.items() if url not in taken}
    named = named_upstreams({**profiles, **given}, main)
    for name, origin in named_upstreams(known).items():
        if named[name] != origin:
            raise WireFailure(
                f"config: upstreams: {name} is {named[name]} here and {origin} in the cassette: record it again "
                f"({mode_option(plan.node.config)}=rewrite)"
            )
    return Doors(named)


def _start_recording(plan: Plan, service: ServiceProfile, origin: str, doors: Doors, *, journal: bool) -> Recording:
    """Start the recording of a wire.

    Raises:
        HarnessError: The settings name an invalid place, or the journal cannot be written.
    """
    config = plan.config
    hooks = RecordHooks(
        before_request=config.before_record_request,
        before_response=config.before_record_response,
        ignore_hosts=config.ignore_hosts,
    )
    options = RecordingOptions(
        hooks=hooks,
        journal=journal,
        redact=config.secret_places,
        redact_personal=config.redact_personal,
    )
    return Recording(
        plan.path or Path(),
        service,
        by="relay",
        client=_CLIENT,
        origin=origin,
        upstreams=doors.upstreams,
        options=options,
    )


class PassThrough(LiveBackend):
    """Passes everything to the service and keeps nothing: the marker ``live``, and ``--disable-recording``."""

    def __init__(self, plan: Plan, servers: Servers) -> None:
        super().__init__(plan, servers, journal=False)


class RecordingBackend(LiveBackend):
    """Records without replaying: the modes ``all``, ``rewrite``, and ``once`` without a file.

    Args:
        plan: The wire's plan.
        servers: Runs a fake upstream.
        run: Id of the test run, in which several tests may record into one cassette.
    """

    def __init__(self, plan: Plan, servers: Servers, run: str) -> None:
        super().__init__(plan, servers, journal=True)
        config = plan.config
        self._save_options = SaveOptions(
            mode=_SAVE_MODES[config.record_mode], run=run, ignore=(*config.ignore, *config.bind)
        )

    @property
    def records(self) -> bool:
        """Whether `finish` writes a cassette; see `Backend`."""
        return True

    def finish(self, aside: Path | None) -> str:
        """Write the cassette; see `Backend.finish`."""
        self._write(self._save_options, aside)
        return ""


class NewEpisodes(LiveBackend):
    """Replays requests that the cassette has, and records all others: the mode ``new_episodes``."""

    def __init__(self, plan: Plan, path: Path, servers: Servers) -> None:
        self.cassette: Cassette | None = read_cassette(plan, path) if path.exists() else None
        super().__init__(plan, servers, journal=True, recorded=self.cassette)
        try:
            played = self.cassette or self._recording.cassette()
            self._episodes = Episodes(played, make_player(plan, played, self.doors), self._relay, self.service)
        except BaseException:
            self.close()
            raise
        self.stage = self._episodes

    @property
    def records(self) -> bool:
        """Whether `finish` writes a cassette; see `Backend`."""
        return self.cassette is None or self._episodes.missed > 0

    def report(self) -> Report:
        """Return the problems so far; at the end also the unplayed exchanges; see `Backend`."""
        return self._episodes.report()

    def finish(self, aside: Path | None) -> str:
        """Append the new exchanges to the cassette, if there are any; see `Backend`."""
        if self._episodes.missed:
            self._write(SaveOptions(mode="append"), aside)
        return ""


class Verifier(LiveBackend):
    """Compares the service's answers with the cassette and writes nothing: the mode ``verify``."""

    def __init__(self, plan: Plan, path: Path, servers: Servers, *, shared: bool) -> None:
        self._shared = shared
        self._free = (*plan.config.ignore, *plan.config.bind)
        self.cassette = self._recorded = read_cassette(plan, path)
        super().__init__(plan, servers, journal=False, recorded=self._recorded)

    def finish(self, aside: Path | None) -> str:
        """Return how the session differs from the cassette, as text; empty if it does not. Writes nothing."""
        del aside
        fresh = self._recording.hooked_cassette()
        # This test does not repeat the exchanges that other tests recorded into the same file.
        recorded = asked_in(self._recorded, fresh, self.service, self._free) if self._shared else self._recorded
        comparison = compare(recorded, fresh, self.service)
        return "" if comparison.ok else f"changed: the service is not what was recorded\n{comparison.text()}"

"""`Playback`: a cassette as the answers to what a client asks. Strict, causal; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from harness.cassette.model import Cassette, Exchange
from harness.match.asked import Asked, Headers
from harness.match.diff import Rules, match
from harness.match.mask import Mask
from harness.match.places import Places
from harness.match.volatile import Bindings
from harness.profile import ServiceProfile
from harness.replay.catalogue import SOCKET, Catalogue, Entry, shown
from harness.replay.claims import assignable
from harness.replay.dialogue import Candidate, SocketPlayback
from harness.replay.origins import Origins
from harness.replay.prepare import prepared, selected
from harness.replay.problems import NoMatch, OutOfOrder, Unplayed, UsedUp
from harness.replay.rendering import Rendering, is_text
from harness.replay.rules import PlayRules
from harness.replay.timeline import Timeline

_WINDOW: Final = 64
"""Of the recorded sockets with equal upgrades so many are held possible at once, beyond those that others may be."""


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """The exchange that answers a request; nobody else gets it.

    Attributes:
        entry: The exchange, and its name in reports.
        rendering: Puts this session's values, and the local origin, into what is sent.
    """

    entry: Entry
    rendering: Rendering

    @property
    def exchange(self) -> Exchange:
        """The exchange."""
        return self.entry.exchange


class Refused(Played):
    """The recorded answer to an upgrade is not a WebSocket: a response with another status, or none at all."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Nothing answers.

    Attributes:
        problem: What was asked, what came closest, and why the others do not match.
    """

    problem: NoMatch | UsedUp | OutOfOrder


def _sent_bodies(exchange: Exchange) -> Iterator[bytes]:
    response = exchange.response
    if response is None:
        return
    content_type = next((value for name, value in response.headers if name == "content-type"), None)
    if is_text(content_type, response.body.data):
        yield response.body.data
        yield from (line.data for line in response.stream or ())


def _nothing() -> None:
    return None


class Playback:
    """One session of playing a cassette.

    Args:
        cassette: What to play. Side files are in its bodies and lines already.
        profile: The service it was recorded from.
        redact: A further redactor for what problems show; the profile's secrets are masked in any case.
        strict_opcodes: Whether a text message differs from an equal binary one.
        map_origins: Whether URLs of the service become the local server's, and back.
        play_rules: What is compared, and what may be played again.

    Raises:
        UnknownMatcherError: The rules name something that is not compared.

    Attributes:
        bindings: Which actual values stand for which recorded ones.
        on_progress: Called when something has happened that other sockets and requests may be waiting for.
    """

    def __init__(
        self,
        cassette: Cassette,
        profile: ServiceProfile,
        *,
        redact: Callable[[str], str] | None = None,
        strict_opcodes: bool = False,
        map_origins: bool = True,
        play_rules: PlayRules | None = None,
    ) -> None:
        self.cassette = cassette
        self.profile = profile
        places = Places.of(profile)
        mask = Mask(places, redact)
        self._play_rules = play_rules or PlayRules()
        match_on = selected(self._play_rules.match_on)
        self.rules = Rules(
            places=places,
            mask=mask,
            strict_opcodes=strict_opcodes,
            match_on=match_on,
            optional_events=self._play_rules.optional_events,
        )
        self.origins = Origins(cassette.recorded.origin, profile.origins) if map_origins else Origins("")
        self.catalogue = Catalogue(
            cassette, places, mask, self.origins, is_keyed=match_on.is_keyed, is_signed=match_on.is_default
        )
        self.bindings = Bindings()
        self.timeline = self._new_timeline()
        self.on_progress: Callable[[], None] = _nothing
        self._undecided: list[SocketPlayback] = []

    def rewind(self) -> None:
        """Start again: nothing played, nothing bound. The frames stay encoded."""
        self.catalogue.rewind()
        self.bindings = Bindings()
        self.timeline = self._new_timeline()
        self._undecided = []

    def _new_timeline(self) -> Timeline | None:
        return Timeline(self.cassette) if self.cassette.order == "session" else None

    # ------------------------------------------------------------ requests

    def request(
        self, method: str, target: str, headers: Headers = (), body: bytes = b"", *, origin: str = ""
    ) -> Played | Mismatch:
        """The exchange that answers a request: the first unplayed one that matches.

        Args:
            method: Upper case.
            target: Path and query.
            headers: Names in lower case.
            body: Whole.
            origin: ``scheme://host[:port]`` at which the client found the server; ``""`` if URLs need no mapping.

        Raises:
            MatcherError: A function of the profile raised.
        """
        arrived, rules = self._arrived(Asked(method, self._target(target, origin), headers, body), origin)
        asked = self.prepare(arrived)
        if asked is None:
            return self._kept_out(arrived)
        found = self.catalogue.first(asked, rules, self.bindings) or self._again(asked, rules)
        if found is None:
            return self._missed(asked, rules)
        entry, trial = found
        trial.keep()
        self._play(entry)
        rendering = Rendering(self.origins, origin, self.bindings, self.catalogue.held)
        for payload in _sent_bodies(entry.exchange):
            rendering.issue(payload)
        return Played(entry, rendering)

    def prepare(self, asked: Asked) -> Asked | None:
        """A request as it is compared; None if ``before_request`` keeps it out of cassettes.

        Raises:
            UserFunctionError: The function raised.
        """
        return prepared(asked, self._play_rules.before_request, self.rules)

    def _kept_out(self, asked: Asked) -> Mismatch:
        hint = "before_record_request keeps this request out of cassettes: nothing can be recorded for it"
        return Mismatch(NoMatch(asked=shown(asked, self.rules.mask), hint=hint))

    def _again(self, asked: Asked, rules: Rules) -> tuple[Entry, Bindings] | None:
        return self.catalogue.again(asked, rules, self.bindings) if self._play_rules.repeats else None

    def may_answer(self, played: Played) -> bool:
        """Whether the session has come to this answer; always, unless the cassette says ``order: session``."""
        exchange = played.exchange
        if self.timeline is None:
            return True
        ending = exchange.response or exchange.aborted
        after = ending.after if ending is not None else 0
        return self.timeline.reached((exchange.at + after, played.entry.index, 0))

    def out_of_order(self, played: Played) -> Mismatch:
        """The problem of an answer that the session never came to."""
        awaited = self.timeline.awaited if self.timeline is not None else None
        entries = self.catalogue.entries
        hint = "" if awaited is None else f"What the client did in {entries[awaited].label} did not come before it"
        return Mismatch(OutOfOrder(asked=played.entry.label, hint=hint))

    def _arrived(self, asked: Asked, origin: str) -> tuple[Asked, Rules]:
        mask = self.rules.mask
        mask.learn_headers(asked.headers)
        mask.learn(value for place, value in asked.placed(self.rules.places) if place.secret)
        return asked, self._rules_at(origin)

    def _rules_at(self, origin: str) -> Rules:
        if not origin or not self.origins.foreign:
            return self.rules

        def home(text: str) -> str:
            return self.origins.to_home(text, origin)

        return replace(self.rules, home=home)

    def _target(self, target: str, origin: str) -> str:
        return origin + target if origin in self.catalogue.origins else target

    def _play(self, entry: Entry) -> None:
        entry.played = True
        if self.timeline is not None:
            self.timeline.done(entry.index)
            self.on_progress()

    def _missed(self, asked: Asked, rules: Rules) -> Mismatch:
        name = shown(asked, rules.mask)
        gone = self.catalogue.played(asked, rules, self.bindings)
        nearest, others = self.catalogue.nearest(asked, rules, self.bindings)
        if gone is not None:
            hint = f"{gone.label} answered the same before; each exchange is played once"
            return Mismatch(UsedUp(asked=name, nearest=nearest, others=others, hint=hint))
        hint = (
            "The cassette is empty" if nearest is None else "Record the session again if the client changed on purpose"
        )
        return Mismatch(NoMatch(asked=name, nearest=nearest, others=others, hint=hint))

    # ------------------------------------------------------------ sockets

    def open_socket(
        self, target: str, headers: Headers = (), *, origin: str = ""
    ) -> SocketPlayback | Refused | Mismatch:
        """The recorded sockets that an upgrade may be, or the recorded refusal.

        Raises:
            MatcherError: A function of the profile raised.
        """
        arrived, rules = self._arrived(Asked(SOCKET, self._target(target, origin), headers), origin)
        asked = self.prepare(arrived)
        if asked is None:
            return self._kept_out(arrived)
        fitting = list(islice(self._fitting(asked, rules), _WINDOW + len(self._undecided)))
        again = None if fitting else self._again(asked, rules)
        fitting = fitting if again is None else [again]
        if fitting and fitting[0][0].tape is None:
            entry, trial = fitting[0]
            trial.keep()
            self._play(entry)
            return Refused(entry, Rendering(self.origins, origin, self.bindings, self.catalogue.held))
        accepted = [Candidate(entry, entry.tape, trial) for entry, trial in fitting if entry.tape is not None]
        if not accepted or (again is None and not self._feasible(extra=[each.entry.index for each in accepted])):
            return self._missed(asked, rules) if not accepted else self._overbooked(asked, accepted)
        socket = SocketPlayback(
            accepted, self, rules, Rendering(self.origins, origin, self.bindings, self.catalogue.held)
        )
        if not socket.is_decided:
            self._undecided.append(socket)
        return socket

    def _fitting(self, asked: Asked, rules: Rules) -> Iterator[tuple[Entry, Bindings]]:
        for entry in self.catalogue.unplayed(asked, self.bindings):
            trial = match(entry.asked, asked, rules, self.bindings)
            if trial is not None:
                yield entry, trial

    def _overbooked(self, asked: Asked, accepted: list[Candidate]) -> Mismatch:
        label = accepted[0].entry.label
        hint = f"{len(self._undecided)} open sockets may be {label} and those like it; no more were recorded"
        return Mismatch(UsedUp(asked=shown(asked, self.rules.mask), hint=hint))

    def _feasible(
        self, *, extra: list[int] | None = None, without: SocketPlayback | None = None, taken: int = -1
    ) -> bool:
        claims = [
            [each.entry.index for each in socket.candidates if each.entry.index != taken]
            for socket in self._undecided
            if socket is not without
        ]
        return assignable(claims if extra is None else [*claims, extra])

    # ------------------------------------------------------------ the desk of the open sockets

    def choose(self, socket: SocketPlayback) -> Candidate:
        """The first candidate, in file order, that leaves one for every other undecided socket."""
        in_order = sorted(socket.candidates, key=lambda each: each.entry.index)
        for candidate in in_order:
            if self._feasible(without=socket, taken=candidate.entry.index):
                return candidate
        return in_order[0]

    def decided(self, socket: SocketPlayback, choice: Candidate) -> None:
        """The socket is that one: nobody else may have it, and what it binds is bound for the session."""
        choice.bindings.keep()
        choice.bindings = self.bindings
        choice.entry.played = True
        self._undecided = [each for each in self._undecided if each is not socket]
        for other in list(self._undecided):
            other.drop(choice.entry)

    def progressed(self) -> None:
        """Something that others may wait for has happened."""
        self.on_progress()

    # ------------------------------------------------------------ what is left

    def unplayed(self) -> list[Unplayed]:
        """The exchanges that nobody asked for; sockets that are open and undecided count for one each."""
        left = [entry for entry in self.catalogue.entries if not entry.played]
        for socket in self._undecided:
            maybe = {each.entry.index for each in socket.candidates}
            taken = next((entry for entry in left if entry.index in maybe), None)
            left = [entry for entry in left if entry is not taken]
        return [Unplayed(exchange=entry.label) for entry in left]

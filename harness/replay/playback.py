"""`Playback`: a cassette as the answers to what a client asks. Strict, causal; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from harness.cassette.model import Cassette, Exchange
from harness.match.bindings import Bindings
from harness.match.compare import Rules, match
from harness.match.counters import counter_pairs
from harness.match.looks import Clocks
from harness.match.mask import Mask
from harness.match.placeholders import may_hold
from harness.match.places import Places
from harness.match.request import Headers, ParsedMessage, ParsedRequest
from harness.match.values import UNTOLD
from harness.origins import Origins
from harness.profile import ServiceProfile
from harness.replay.auto_bind import AutoBind, bind_headers
from harness.replay.candidates import Candidate
from harness.replay.catalogue import Catalogue
from harness.replay.causes import Causes
from harness.replay.entries import SOCKET, ReplayEntry, is_preflight, shown
from harness.replay.moved_times import times_of
from harness.replay.naming import option_for
from harness.replay.pairing import UndecidedSockets
from harness.replay.played import Mismatch, Played, Refused
from harness.replay.prepare import match_on_of, named_places, prepared, relaxed_by, selected
from harness.replay.problems import NoMatch, OutOfOrder, Unplayed, UsedUp
from harness.replay.rendering import Rendering, is_text
from harness.replay.rules import PlayRules
from harness.replay.session_order import Timeline
from harness.replay.socket_playback import SocketPlayback
from harness.replay.swapping import Swapping
from harness.replay.taking_over import taken_over_by

_WINDOW: Final = 64
"""Of the recorded sockets with equal upgrades so many are held possible at once, beyond those that others may be."""


def _sent_bodies(exchange: Exchange) -> Iterator[bytes]:
    response = exchange.response
    if response is None:
        return
    content_type = next((value for name, value in response.headers if name == "content-type"), None)
    if is_text(content_type, response.body.data):
        yield response.body.data


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
        now: Seconds since 1970; without it no value is taken for a time.
        times_by: The same, by the clock to which recorded times move; None moves none.

    Raises:
        UnknownMatcherError: The rules name something that is not compared.

    Attributes:
        bindings: Which actual values stand for which recorded ones.
        on_progress: Called when something has happened that other sockets and requests may be waiting for.
        notes: What was decided without the cassette's saying so, for the report.
    """

    def __init__(  # noqa: PLR0913  # keyword-only options of the core
        self,
        cassette: Cassette,
        profile: ServiceProfile,
        *,
        redact: Callable[[str], str] | None = None,
        strict_opcodes: bool = False,
        map_origins: bool = True,
        play_rules: PlayRules | None = None,
        now: Callable[[], float] | None = None,
        times_by: Callable[[], float] | None = None,
    ) -> None:
        self.cassette = cassette
        self._now = now
        self._times_by = times_by
        self.profile = profile
        places = Places.of(profile)
        mask = Mask(places, redact)
        self._play_rules = play_rules or PlayRules()
        match_on = selected(match_on_of(cassette, self._play_rules))
        self.rules = Rules(
            places=places,
            mask=mask,
            strict_opcodes=strict_opcodes,
            match_on=match_on,
            optional_events=self._play_rules.optional_events,
            named=named_places(cassette, self._play_rules),
            strict_order=self._play_rules.strict_order,
        )
        self.origins = Origins(cassette.recorded.origin, profile.origins) if map_origins else Origins("")
        self.catalogue = Catalogue(
            cassette,
            places,
            mask,
            self.origins,
            is_keyed=match_on.is_keyed,
            is_signed=match_on.is_default,
            named=self.rules.named,
        )
        self.bindings = Bindings()
        self.notes: list[str] = []
        self.timeline = self._new_timeline()
        self.causes = Causes(self.catalogue.entries, self.catalogue.issued) if self.timeline is None else None
        self.on_progress: Callable[[], None] = _nothing
        self._undecided = UndecidedSockets()
        self.counters: dict[bytes, bytes] = {}
        self._swapping = Swapping(self.catalogue, self.causes)

    def rewind(self) -> None:
        """Start again: nothing played, nothing bound. The frames stay encoded."""
        self.catalogue.rewind()
        self.bindings = Bindings()
        self.notes = []
        if self.causes is not None:
            self.causes.rewind()
        self.timeline = self._new_timeline()
        self._undecided = UndecidedSockets()
        self._swapping = Swapping(self.catalogue, self.causes)

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
        arrived, rules = self._arrived(ParsedRequest(method, self._target(target, origin), headers, body), origin)
        asked = self.prepare(arrived)
        if asked is None:
            return self._kept_out(arrived)
        if self.rules.strict_order and not self._is_next(asked, rules):
            return self._missed(asked, rules)
        chosen = self.catalogue.first(asked, rules, self.bindings)
        if chosen is not None:
            return self._begin(chosen.entry, chosen.trial, asked, origin, unmet=chosen.unmet)
        again = self._again(asked, rules)
        found = None if again is not None else self._lenient(asked, rules)
        if found is not None:
            return self._begin(*found, asked, origin)
        again = again or self._again(asked, rules, lenient=True) or self._heartbeat(asked, rules)
        return self._missed(asked, rules) if again is None else self._repeat(*again, asked, origin)

    def _heartbeat(self, asked: ParsedRequest, rules: Rules) -> tuple[ReplayEntry, Bindings] | None:
        """A recorded heartbeat that answers one more; they go by a timer, and their number is chance."""
        found = self.catalogue.again(asked, rules, Bindings()) if asked.method == "POST" else None
        return found if found is not None and found[0].is_heartbeat else None

    def _begin(
        self, entry: ReplayEntry, trial: Bindings, asked: ParsedRequest, origin: str, *, unmet: tuple[str, ...] = ()
    ) -> Played:
        self._note_untold(entry, trial, asked)
        own = trial.loosely_owned()
        self.keep(trial)
        bind_headers(entry, asked, self.bindings, self.lenience(entry, entry.exchange.at, entry.asked.json, asked))
        if unmet:
            self.notes.append(
                f"{entry.label}: no recorded answer has this {', '.join(unmet)}; the first one was played"
            )
        self._play(entry)
        played = self._played(entry, asked, origin, self.bindings)
        played.rendering.own.update(own)
        return played

    def _note_untold(self, entry: ReplayEntry, trial: Bindings, asked: ParsedRequest) -> None:
        """Say where the order alone decides which of several recorded secrets a new one is."""
        fresh = any(may_hold(each) and self.bindings.actual(each) is None for each in trial.owned_values())
        untold = self.catalogue.untold(entry, asked, self.bindings) if fresh else []
        if untold:
            others = ", ".join(str(each.index + 1) for each in untold[:6])
            self.notes.append(
                f"{entry.label} and {others}: {UNTOLD}; each new value is taken for the next one that was recorded"
            )

    def _repeat(self, entry: ReplayEntry, trial: Bindings, asked: ParsedRequest, origin: str) -> Played:
        """Play an exchange again: what is new in it stands for the recorded values in this answer only."""
        for actual, recorded in trial.owned():
            self.bindings.know(actual, recorded)
        self._play(entry)
        return self._played(entry, asked, origin, trial)

    def _played(self, entry: ReplayEntry, asked: ParsedRequest, origin: str, bindings: Bindings) -> Played:
        rendering = self._rendering(entry, origin, bindings)
        pairs = counter_pairs(entry.asked.body, asked.body)
        self.counters.update(pairs)
        # A stream or a poll brings the answers to what was posted elsewhere.
        rendering.counters = pairs if asked.body else self.counters
        for payload in _sent_bodies(entry.exchange):
            rendering.issue(payload)
        played = self._swapping.answering[entry.index] = Played(entry, rendering)
        return played

    def keep(self, trial: Bindings) -> None:
        """Keep what a match binds, and let answers that stand for each other now change places."""
        self._swapping.keep(trial, self.bindings)

    def ended(self, socket: SocketPlayback) -> None:
        """The connection of a socket has ended."""
        self._swapping.ended(socket)

    # ------------------------------------------------------------ what fits but for values that vary

    def lenience(
        self, entry: ReplayEntry, moment: int, envelope: object, asked: ParsedRequest | None = None
    ) -> AutoBind:
        """What may differ in a request, or in a message, of a recorded exchange.

        Args:
            entry: The exchange.
            moment: When the recorded client sent it, in microseconds since the session began.
            envelope: The recorded JSON.
            asked: What came, if it is a request.
        """
        evidence = self.catalogue.evidence
        now = self._now() if self._now is not None else 0.0
        return AutoBind(
            evidence=evidence,
            issued=self.catalogue.issued,
            entry=entry,
            asked=asked,
            moment=moment,
            clocks=Clocks(evidence.began + moment / 1_000_000, now),
            takes_generated=self._play_rules.auto_bind,
            envelope=envelope,
        )

    def lenience_for(self, candidate: Candidate, said: ParsedMessage, counters: Mapping[bytes, bytes]) -> AutoBind:
        """See `Desk.lenience_for`."""
        tape, entry = candidate.tape, candidate.entry
        number = next(i for i, each in enumerate(tape.said) if each is said)
        moment = entry.exchange.at + tape.lines[tape.said_at[number]].time
        return replace(self.lenience(entry, moment, said.json), counters=counters)

    def _lenient(self, asked: ParsedRequest, rules: Rules) -> tuple[ReplayEntry, Bindings] | None:
        every = self.catalogue.lenient(asked, rules, self.bindings, self._lenience_towards(asked))
        # Of requests that repeat one value (a retry, a poll) the first is meant.
        fitting = list({frozenset(trial.owned_values()): (entry, trial) for entry, trial in reversed(every)}.values())
        # A client stays who it is, as long as what it asks for can be its own.
        fitting = [found for found in fitting if not found[1].swaps] or fitting
        fitting.sort(key=lambda found: (len(found[1].swaps), found[0].index))
        if len(fitting) <= 1:
            return fitting[0] if fitting else None
        exact = [found for found in fitting if not found[1].accepted]
        if exact:
            return exact[0]
        first, trial = fitting[0]
        if all(entry.masked_answer == first.masked_answer for entry, _ in fitting):
            return first, trial
        lenience = self.lenience(first, first.exchange.at, first.asked.json)
        if all(lenience.tells_nothing(accepted.place) for accepted in trial.accepted):
            return first, trial
        return None

    def _lenience_towards(self, asked: ParsedRequest) -> Callable[[ReplayEntry], AutoBind]:
        return lambda entry: self.lenience(entry, entry.exchange.at, entry.asked.json, asked)

    def _is_next(self, asked: ParsedRequest, rules: Rules) -> bool:
        """Whether a request is the first of the recording that was not played yet."""
        if is_preflight(asked.method, asked.headers):
            return True
        left = (each for each in self.catalogue.entries if not each.played)
        entry = next((each for each in left if not is_preflight(each.asked.method, each.asked.headers)), None)
        if entry is None:
            return False
        exact = match(entry.asked, asked, rules, self.bindings)
        return (
            exact is not None
            or match(entry.asked, asked, rules, self.bindings, self._lenience_towards(asked)(entry)) is not None
        )

    def prepare(self, asked: ParsedRequest) -> ParsedRequest | None:
        """A request as it is compared; None if ``before_request`` keeps it out of cassettes.

        Raises:
            UserFunctionError: The function raised.
        """
        return prepared(asked, self._play_rules.before_request, self.rules)

    def _kept_out(self, asked: ParsedRequest) -> Mismatch:
        hint = "before_record_request keeps this request out of cassettes: nothing can be recorded for it"
        return Mismatch(NoMatch(asked=shown(asked, self.rules.mask), hint=hint))

    def _again(
        self, asked: ParsedRequest, rules: Rules, *, lenient: bool = False
    ) -> tuple[ReplayEntry, Bindings] | None:
        """A played exchange that answers this request once more, and what the match binds; None if there is none."""
        if not self._play_rules.repeats:
            return None
        if not lenient:
            found = self.catalogue.again(asked, rules, self.bindings)
            return found or self.catalogue.again(asked, rules, Bindings())
        return self.catalogue.again(asked, rules, Bindings(), self._lenience_towards(asked))

    def may_answer(self, played: Played) -> bool:
        """Whether the session has come to this answer; always, unless the cassette says ``order: session``."""
        exchange = played.exchange
        if self.timeline is None:
            return self.causes is None or self.causes.may_answer(played.entry)
        ending = exchange.response or exchange.aborted
        after = ending.after if ending is not None else 0
        return self.timeline.reached((exchange.at + after, played.entry.index, 0))

    def out_of_order(self, played: Played) -> Mismatch:
        """The problem of an answer that the session never came to."""
        awaited = self.timeline.awaited if self.timeline is not None else None
        entries = self.catalogue.entries
        if awaited is None and self.causes is not None:
            awaited = self.causes.awaited(played.entry.index)
        hint = "" if awaited is None else f"What the client did in {entries[awaited].label} did not come before it"
        return Mismatch(OutOfOrder(asked=played.entry.label, hint=hint))

    def hear_causes(self, rendering: Rendering, index: int, positions: Iterable[int]) -> None:
        """What clients said elsewhere is said back in these lines of an exchange: so are the times that they said.

        Two clients may have said one time when it was recorded: whose it is shows in what the line waits for.
        """
        if self.causes is None:
            return
        for position in positions:
            for cause in sorted(self.causes.needs(index, position)):
                # What this client said itself comes first.
                rendering.own = {**self._swapping.own_values(cause), **rendering.own}

    def _arrived(self, asked: ParsedRequest, origin: str) -> tuple[ParsedRequest, Rules]:
        mask = self.rules.mask
        mask.hear(asked.target.encode("utf-8", "surrogatepass"), asked.content, headers=asked.headers)
        mask.learn_headers(asked.headers)
        mask.learn(value for place, value in asked.placed(self.rules.places) if place.secret)
        return asked, self._rules_at(origin)

    def _rules_at(self, origin: str) -> Rules:
        if not origin or not self.origins.foreign:
            return self.rules

        def home(text: str) -> str:
            return self.origins.to_canonical(text, origin)

        return replace(self.rules, home=home)

    def _target(self, target: str, origin: str) -> str:
        target = self.origins.to_canonical(target, origin) if origin else target
        return origin + target if origin in self.catalogue.origins else target

    def _rendering(self, entry: ReplayEntry, origin: str, bindings: Bindings | None = None) -> Rendering:
        now, fields = self._times_by, self.profile.moving_fields
        times = None if now is None else times_of(self.cassette, entry.exchange, now(), fields)
        return Rendering(self.origins, origin, bindings or self.bindings, self.catalogue.held, times)

    def _play(self, entry: ReplayEntry) -> None:
        entry.played = True
        if self.timeline is not None:
            self.timeline.done(entry.index)
        if self.timeline is not None or (self.causes is not None and self.causes.done(entry.index, -1)):
            self.on_progress()

    def _missed(self, asked: ParsedRequest, rules: Rules) -> Mismatch:
        name = shown(asked, rules.mask)
        gone = self.catalogue.played(asked, rules, self.bindings)
        nearest, others = self.catalogue.nearest(asked, rules, self.bindings)
        if gone is not None:
            hint = f"{gone.label} answered the same before; each exchange is played once"
            return Mismatch(UsedUp(asked=name, nearest=nearest, others=others, hint=hint))
        hint = "The cassette is empty"
        if nearest is not None:
            hint = option_for(nearest.places) or "Record the session again if the client changed on purpose"
        return Mismatch(NoMatch(asked=name, nearest=nearest, others=others, hint=hint))

    # ------------------------------------------------------------ sockets

    def open_socket(
        self, target: str, headers: Headers = (), *, origin: str = ""
    ) -> SocketPlayback | Refused | Mismatch:
        """The recorded sockets that an upgrade may be, or the recorded refusal.

        Raises:
            MatcherError: A function of the profile raised.
        """
        arrived, rules = self._arrived(ParsedRequest(SOCKET, self._target(target, origin), headers), origin)
        asked = self.prepare(arrived)
        if asked is None:
            return self._kept_out(arrived)
        if self.rules.strict_order and not self._is_next(asked, rules):
            return self._missed(asked, rules)
        fitting, is_repeat = self._fitting(asked, rules)
        if fitting and fitting[0][0].tape is None:
            entry, trial = fitting[0]
            self.keep(trial)
            self._play(entry)
            return Refused(entry, self._rendering(entry, origin))
        accepted = [Candidate(entry, entry.tape, trial) for entry, trial in fitting if entry.tape is not None]
        if not accepted or (not is_repeat and not self._undecided.has_room_for(accepted)):
            return self._missed(asked, rules) if not accepted else self._overbooked(asked, accepted)
        rendering = self._rendering(accepted[0].entry, origin)
        socket = SocketPlayback(accepted, self, rules, rendering, is_repeat=is_repeat)
        if not socket.is_decided:
            self._undecided.add(socket)
        return socket

    def _fitting(self, asked: ParsedRequest, rules: Rules) -> tuple[list[tuple[ReplayEntry, Bindings]], bool]:
        """The recorded sockets that an upgrade may be, and whether they were played before."""
        window = _WINDOW + len(self._undecided)
        found: list[tuple[ReplayEntry, Bindings]] = []
        for entry in self.catalogue.unplayed(asked, self.bindings):
            trial = match(entry.asked, asked, rules, self.bindings)
            if trial is not None:
                found.append((entry, trial))
                if len(found) == window:
                    break
        if not found:
            again = self._again(asked, rules)
            if again is not None:
                return [again], True
        more = self.catalogue.lenient(asked, rules, self.bindings, self._lenience_towards(asked))
        if found:
            # Beside those that fit exactly only those whose ids the service issued, and could have issued here.
            known = {entry.index for entry, _ in found}
            found += [(entry, trial) for entry, trial in more if entry.index not in known and not trial.accepted]
            return found, False
        if not more:
            again = self._again(asked, rules, lenient=True)
            if again is not None:
                return [again], True
        return more, False

    def _overbooked(self, asked: ParsedRequest, accepted: list[Candidate]) -> Mismatch:
        label = accepted[0].entry.label
        hint = f"{len(self._undecided)} open sockets may be {label} and those like it; no more were recorded"
        return Mismatch(UsedUp(asked=shown(asked, self.rules.mask), hint=hint))

    # ------------------------------------------------------------ the desk of the open sockets

    def is_issued(self, value: str) -> bool:
        """See `Desk.is_issued`."""
        return self.catalogue.issued.knows(value)

    def choose(self, socket: SocketPlayback) -> Candidate:
        """The first candidate, in file order, that leaves one for every other undecided socket."""
        return self._undecided.choose(socket)

    def decided(self, socket: SocketPlayback, choice: Candidate) -> None:
        """The socket is that one: nobody else may have it, and what it binds is bound for the session."""
        if socket.is_repeat:
            # The values of this client stand for the recorded ones on this socket only.
            for actual, recorded in choice.bindings.owned():
                self.bindings.know(actual, recorded)
        else:
            self.keep(choice.bindings)
            choice.bindings = self.bindings
        choice.entry.played = True
        self._swapping.live[choice.entry.index] = socket
        self._undecided.decided(socket, choice.entry)
        if self.causes is not None:
            self.causes.done(choice.entry.index, -1)
            for number in range(socket.matched):
                self.causes.done(choice.entry.index, choice.tape.original[choice.tape.said_at[number]])

    def heard(self, socket: SocketPlayback) -> None:
        """One more message of a decided socket came."""
        if self.causes is not None:
            candidate = socket.candidates[0]
            position = candidate.tape.original[candidate.tape.said_at[socket.matched - 1]]
            self.causes.done(candidate.entry.index, position)

    def waits(self, entry: ReplayEntry) -> bool:
        """See `Desk.waits`."""
        return self.causes is not None and self.causes.has_waiting_lines(entry.index)

    def may_send(self, entry: ReplayEntry, position: int) -> bool:
        """See `Desk.may_send`."""
        return self.causes is None or self.causes.may_send(entry.index, position)

    def socket_waits(self, socket: SocketPlayback) -> bool:
        """Whether what clients do elsewhere can hold lines of a socket back."""
        return bool(socket.candidates) and self.waits(socket.candidates[0].entry)

    def release_socket(self, socket: SocketPlayback) -> bool:
        """As `release`, of a socket."""
        return self.socket_waits(socket) and self.release(socket.candidates[0].entry)

    def release(self, entry: ReplayEntry) -> bool:
        """Go on without what an exchange was thought to wait for; False if its order was recorded, not guessed."""
        if self.causes is None or self.timeline is not None:
            return False
        awaited = self.causes.awaited(entry.index)
        self.causes.release(entry.index)
        label = "what clients do elsewhere" if awaited is None else self.catalogue.entries[awaited].label
        self.notes.append(f"{entry.label}: waited in vain for {label}, and went on")
        return True

    @property
    def relaxed(self) -> tuple[str, ...]:
        """What the cassette's head and the user let differ, as options."""
        return relaxed_by(self.cassette, self._play_rules)

    # ------------------------------------------------------------ what is left

    def unplayed(self) -> list[Unplayed]:
        """The exchanges that nobody asked for; sockets that are open and undecided count for one each."""
        left = [entry for entry in self.catalogue.entries if not entry.played and not entry.may_be_missing]
        given_up = {entry.index for entry, _ in self._given_up()}
        left = [entry for entry in left if entry.index not in given_up]
        return [Unplayed(exchange=entry.label) for entry in self._undecided.left_of(left)]

    def given_up(self) -> list[str]:
        """Notes on the polls that nobody asked for as a socket had taken over, as things stand."""
        return [f"{poll.label}: not asked for, as {socket.label} had taken over" for poll, socket in self._given_up()]

    def _given_up(self) -> Iterator[tuple[ReplayEntry, ReplayEntry]]:
        for entry in self.catalogue.entries:
            socket = None if entry.played else taken_over_by(entry, self.catalogue.entries, self.catalogue.issued)
            if socket is not None:
                yield entry, socket

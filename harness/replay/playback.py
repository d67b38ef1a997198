"""`Playback`: finds in a cassette the response to each request and message of clients. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from harness.cassette.model import Cassette
from harness.doors import Doors
from harness.match.bindings import Bindings
from harness.match.compare import Rules
from harness.match.counters import counter_pairs
from harness.match.placeholders import may_hold
from harness.match.request import Headers, ParsedRequest
from harness.match.values import UNTOLD
from harness.origins import Origins
from harness.profile import ServiceProfile
from harness.replay.batched_calls import BatchedCalls
from harness.replay.catalogue import Catalogue, Matched
from harness.replay.choosing import ChosenExchange, weighed
from harness.replay.entries import SOCKET, ReplayEntry
from harness.replay.further_sockets import Further
from harness.replay.header_binding import bind_headers
from harness.replay.lenience import LenienceFactory
from harness.replay.likeness import Likeness
from harness.replay.misses import kept_out, missed, out_of_order, overbooked
from harness.replay.moved_times import times_of
from harness.replay.open_sockets import OpenSockets
from harness.replay.played import Mismatch, Played, Refused
from harness.replay.prepare import prepared, relaxed_by, rules_at, rules_of, with_profiles_rules
from harness.replay.problems import Unplayed
from harness.replay.rendering import Rendering, text_body
from harness.replay.request_matcher import WINDOW, RequestMatcher
from harness.replay.rules import PlayRules
from harness.replay.sending_order import SendingOrder
from harness.replay.socket_playback import SocketPlayback
from harness.replay.swapping import Swapping
from harness.replay.taking_over import polls_taken_over
from harness.replay.units import in_packets


class Playback:
    """One session of playing a cassette.

    Args:
        cassette: What to play. Side files are in its bodies and lines already.
        profile: The service it was recorded from.
        redact: A further redactor for what problems show; the profile's secrets are masked in any case.
        play_rules: What is compared, and what may be played again.
        now: Seconds since 1970; without it no value is recognized as a time.
        times_by: Seconds since 1970 by the clock to which recorded times move; None moves none.
        doors: The local ports of further upstreams.

    Raises:
        UnknownMatcherError: The rules name something that is not compared.

    Attributes:
        rules: How requests and messages are compared.
        catalogue: The cassette's exchanges.
        bindings: Which actual values stand for which recorded ones.
        order: When recorded lines may be sent.
        counters: Counters in requests, recorded -> actual, as JSON; see `harness.match.counters`.
        notes: Decisions that the cassette does not determine, for the report.
    """

    def __init__(
        self,
        cassette: Cassette,
        profile: ServiceProfile,
        *,
        redact: Callable[[str], str] | None = None,
        play_rules: PlayRules | None = None,
        now: Callable[[], float] | None = None,
        times_by: Callable[[], float] | None = None,
        doors: Doors | None = None,
    ) -> None:
        cassette = in_packets(cassette, profile.framing)
        self._cassette = cassette
        self._profile = profile
        self._times_by = times_by
        self._play_rules = with_profiles_rules(play_rules or PlayRules(), cassette, profile)
        self._origins = Origins(cassette.recorded.origin, profile.origins, doors)
        self.rules = rules_of(cassette, profile, self._play_rules, redact)
        self.catalogue = Catalogue(cassette, self.rules, self._origins)
        self.bindings = Bindings()
        self.order = SendingOrder(cassette, self.catalogue.entries, self.catalogue.issued)
        self.counters: dict[bytes, bytes] = {}
        self.notes: list[str] = []
        self._lenience = LenienceFactory(self.catalogue, now, takes_generated=self._play_rules.auto_bind)
        self._matcher = RequestMatcher(
            self.catalogue,
            self.bindings,
            self._lenience,
            repeats=self._play_rules.repeats,
            loops=self._play_rules.loops,
        )
        self._swapping = Swapping(self.catalogue, self.order)
        likeness = Likeness(profile, self.catalogue.issued.knows)
        self._sockets = OpenSockets(likeness, self.bindings, self.order, self._lenience, self._swapping)

        keep, begin = self._sockets.keep, self._mark_played
        self._batches = BatchedCalls(self.catalogue, self.bindings, keep=keep, begin=begin, note=self.notes.append)

    def allow_repeats(self) -> None:
        """Let exchanges respond again once they were played."""
        self._matcher.repeats = True

    # ------------------------------------------------------------ requests

    def request(
        self, method: str, target: str, headers: Headers = (), body: bytes = b"", *, origin: str = ""
    ) -> Played | Mismatch:
        """Play the exchange that responds to a request: the first unplayed one that matches.

        Args:
            method: Upper case.
            target: Path and query.
            headers: Names in lower case.
            body: Whole.
            origin: ``scheme://host[:port]`` at which the client found the server; ``""`` if URLs need no mapping.

        Raises:
            MatcherError: A function of the profile raised.
        """
        actual, rules = self._received(ParsedRequest(method, self._target(target, origin), headers, body), origin)
        request = self.prepare(actual)
        if request is None:
            return kept_out(actual, self.rules.mask)
        chosen = self._matcher.find(request, rules)
        if chosen is None:
            return self._batched(request, rules, origin) or missed(self.catalogue, request, rules, self.bindings)
        return self._repeat(chosen, request, origin) if chosen.is_repeat else self._begin(chosen, request, origin)

    def _batched(self, request: ParsedRequest, rules: Rules, origin: str) -> Played | None:
        """Play the replies to a request's calls, which were recorded in other batches; see `BatchedCalls`."""
        entry = self._batches.find(request, rules)
        return None if entry is None else Played(entry, self._rendering(entry, origin))

    def prepare(self, request: ParsedRequest) -> ParsedRequest | None:
        """A request as it is compared; None if ``before_request`` excludes it from cassettes.

        Raises:
            UserFunctionError: The function raised.
        """
        return prepared(request, self._play_rules.before_request, self.rules)

    def _begin(self, chosen: ChosenExchange, request: ParsedRequest, origin: str) -> Played:
        """Play an exchange for the first time: the session keeps what the match binds."""
        entry, trial = chosen.entry, chosen.trial
        self._note_untold(entry, trial, request)
        own = trial.loosely_owned()
        self._sockets.keep(trial)
        bind_headers(entry, request, self.bindings, self._lenience.of_request(entry, request))
        self.notes += chosen.notes()
        self._mark_played(entry)
        played = self._played(entry, request, origin, self.bindings)
        played.rendering.own.update(own)
        return played

    def _note_untold(self, entry: ReplayEntry, trial: Bindings, request: ParsedRequest) -> None:
        """Add a note if only the order of requests decides which of several recorded secrets a new secret replaces."""
        fresh = any(may_hold(each) and self.bindings.actual(each) is None for each in trial.owned_values())
        untold = self.catalogue.untold(entry, request, self.bindings) if fresh else []
        if untold:
            others = ", ".join(str(each.index + 1) for each in untold[:6])
            self.notes.append(
                f"{entry.label} and {others}: {UNTOLD}; each new value is taken for the next one that was recorded"
            )

    def _repeat(self, chosen: ChosenExchange, request: ParsedRequest, origin: str) -> Played:
        """Play an exchange again: its new values stand for the recorded ones in this response only."""
        for actual, recorded in chosen.trial.owned():
            self.bindings.know(actual, recorded)
        self._mark_played(chosen.entry)
        played = self._played(chosen.entry, request, origin, chosen.trial, chosen.start)
        if chosen.start:
            self.notes.append(f"{chosen.entry.label}: a client came back, and got what follows its Last-Event-ID")
        played.stays_open = chosen.stays_open
        return played

    def _mark_played(self, entry: ReplayEntry) -> None:
        entry.played = True
        self.order.request_played(entry)

    def _played(
        self, entry: ReplayEntry, request: ParsedRequest, origin: str, bindings: Bindings, start: int = 0
    ) -> Played:
        rendering = self._rendering(entry, origin, bindings)
        pairs = counter_pairs(entry.request.body, request.body)
        self.counters.update(pairs)
        # A request without a body is a stream or a poll: it brings the responses to what was posted elsewhere.
        rendering.counters = pairs if request.body else self._swapping.counters_of_stream(entry, start, self.counters)
        if (body := text_body(entry.exchange)) is not None:
            rendering.issue(body)
        played = self._swapping.responding[entry.index] = Played(entry, rendering, start)
        return played

    def _received(self, request: ParsedRequest, origin: str) -> tuple[ParsedRequest, Rules]:
        """Learn a request's secrets for the mask; returns the parsed request, and the rules to compare it by."""
        mask = self.rules.mask
        mask.received(request.target.encode("utf-8", "surrogatepass"), request.content, headers=request.headers)
        mask.learn_headers(request.headers)
        mask.learn(value for place, value in request.placed(self.rules.places) if place.secret)
        return request, rules_at(origin, self._origins, self.rules)

    def _target(self, target: str, origin: str) -> str:
        target = self._origins.to_canonical(target, origin) if origin else target
        if self._origins.doors is not None and (upstream := self._origins.doors.upstream_at(origin)):
            return upstream + target
        return origin + target if origin in self.catalogue.origins else target

    def _rendering(self, entry: ReplayEntry, origin: str, bindings: Bindings | None = None) -> Rendering:
        now, fields = self._times_by, self._profile.moving_fields
        times = None if now is None else times_of(self._cassette, entry.exchange, now(), fields)
        return Rendering(self._origins, origin, bindings or self.bindings, self.catalogue.held, times)

    # ------------------------------------------------------------ sockets

    def open_socket(
        self, target: str, headers: Headers = (), *, origin: str = ""
    ) -> SocketPlayback | Refused | Mismatch:
        """Open the recorded sockets that an upgrade may be, or play the recorded refusal.

        Args:
            target: Path and query.
            headers: Names in lower case.
            origin: As in `request`.

        Raises:
            MatcherError: A function of the profile raised.
        """
        actual, rules = self._received(ParsedRequest(SOCKET, self._target(target, origin), headers), origin)
        request = self.prepare(actual)
        if request is None:
            return kept_out(actual, self.rules.mask)
        fitting, is_repeat = self._matcher.find_sockets(request, rules, self._sockets.undecided)
        if fitting and fitting[0][0].tape is None:
            entry, trial = fitting[0]
            self._sockets.keep(trial)
            self._mark_played(entry)
            return Refused(entry, self._rendering(entry, origin))
        accepted = weighed(fitting, request)
        if not accepted:
            return missed(self.catalogue, request, rules, self.bindings)
        if not is_repeat and not self._sockets.has_room_for(accepted):
            return overbooked(request, accepted[0].entry.label, self._sockets.undecided, self.rules.mask)
        rendering = self._rendering(accepted[0].entry, origin)
        has_more = len(fitting) >= WINDOW and not rules.strict_order
        further = self._further(fitting, request, rules) if has_more else None
        socket = SocketPlayback(accepted, self._sockets, rules, rendering, is_repeat=is_repeat, further=further)
        self._sockets.opened(socket.choice)
        return socket

    def _further(self, fitting: Iterable[Matched], request: ParsedRequest, rules: Rules) -> Further:
        find, known = self._matcher.further_sockets, frozenset(entry.index for entry, _ in fitting)
        return lambda first_message: weighed(find(request, rules, known, first_message), request)

    # ------------------------------------------------------------ waiting for other clients

    def add_senders_times(self, played: Played, positions: Iterable[int]) -> None:
        """Render, in these lines of a response, the times that they repeat from clients of other exchanges."""
        self._swapping.add_senders_times(played.rendering, played.entry, positions)

    def out_of_order(self, played: Played) -> Mismatch:
        """The problem of a response that the player never sent, because an earlier action of a client did not come."""
        awaited = self.order.awaited(played.entry)
        return out_of_order(played.entry, None if awaited is None else self.catalogue.entries[awaited])

    def release(self, entry: ReplayEntry) -> bool:
        """Let an exchange wait no longer for the actions that it was guessed to wait for, and add a note.

        Returns:
            False if nothing changes, as the cassette fixes the order.
        """
        awaited = self.order.awaited(entry)
        if not self.order.release(entry):
            return False
        label = "what clients do elsewhere" if awaited is None else self.catalogue.entries[awaited].label
        self.notes.append(f"{entry.label}: waited in vain for {label}, and went on")
        return True

    # ------------------------------------------------------------ for the report

    @property
    def relaxed(self) -> tuple[str, ...]:
        """What the cassette's head and the user let differ, as options."""
        return relaxed_by(self._cassette, self._play_rules)

    def unplayed(self) -> list[Unplayed]:
        """The exchanges that no client requested; of each undecided socket one candidate counts as requested."""
        left = [entry for entry in self.catalogue.entries if not entry.played and not entry.may_be_missing]
        given_up = {poll.index for poll, _ in self._given_up()}
        left = [entry for entry in left if entry.index not in given_up]
        return [*self._batches.unplayed(), *(Unplayed(exchange=each.label) for each in self._sockets.left_of(left))]

    def given_up(self) -> list[str]:
        """Notes on the polls that no client requested, as a socket had taken over."""
        return [f"{poll.label}: not requested, as {socket.label} had taken over" for poll, socket in self._given_up()]

    def _given_up(self) -> Iterator[tuple[ReplayEntry, ReplayEntry]]:
        return polls_taken_over(self.catalogue.entries, self.catalogue.issued)

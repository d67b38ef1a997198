"""`RequestMatcher`: finds the recorded exchange that responds to a request."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Final

from harness.framing.bodies import media_type
from harness.match.bindings import Bindings
from harness.match.compare import Rules, match
from harness.match.request import Headers, ParsedRequest
from harness.replay.catalogue import Catalogue, Matched
from harness.replay.choosing import ChosenExchange, agreeing, by_headers
from harness.replay.entries import ReplayEntry, is_preflight
from harness.replay.heartbeat_looks import is_goodbye
from harness.replay.lenience import LenienceFactory
from harness.replay.resuming import HEADER, as_recorded, has_more, is_quiet

WINDOW: Final = 64
"""Of the recorded sockets with equal upgrades so many are possible at once, beyond those that other sockets may be."""
_MOST_FURTHER: Final = 2048


class RequestMatcher:
    """Chooses among the exchanges of a cassette. It plays none, and keeps nothing of what a match binds.

    The rest of a stream of events, for a client that comes back, comes first, then an unplayed exchange that matches
    exactly, then a played one that may repeat, then an unplayed one that differs in generated values only, then a
    played one that does so, then a heartbeat, then a refusal.

    Args:
        catalogue: The exchanges.
        bindings: Those of the session.
        lenience: Makes the lenience towards an exchange.
        repeats: Whether a played exchange may respond again; an attribute, too.
        loops: Whether the cassette is played again once it was played: a stream at its end begins anew.
    """

    def __init__(
        self, catalogue: Catalogue, bindings: Bindings, lenience: LenienceFactory, *, repeats: bool, loops: bool = False
    ) -> None:
        self._catalogue = catalogue
        self._bindings = bindings
        self._lenience = lenience
        self.repeats = repeats
        self.loops = loops

    def find(self, request: ParsedRequest, rules: Rules) -> ChosenExchange | None:
        """The exchange that responds to a request; None if there is none.

        Raises:
            MatcherError: A function of the profile raised.
        """
        request = as_recorded(request, rules.events, self._bindings, self._catalogue.held)
        chosen = self._catalogue.first(request, rules, self._bindings)
        if rules.strict_order and not self._is_next(request, rules):
            return self._beside_the_order(chosen, request, rules)
        resumed = self._resumed(chosen, request, rules)
        if resumed is not None or chosen is not None:
            return resumed or chosen
        again = self._again(request, rules)
        found = None if again is not None else self._lenient(request, rules)
        if found is not None:
            return ChosenExchange(*found)
        again = again or self._again(request, rules, lenient=True) or self._heartbeat(request, rules)
        again = again or self._refusal(request, rules) or self._goodbye(request, rules)
        return self._quiet(request, rules) if again is None else ChosenExchange(*again, is_repeat=True)

    def _quiet(self, request: ParsedRequest, rules: Rules) -> ChosenExchange | None:
        """A played stream of events that had none, for a client that comes back to it.

        A recording does not say when a stream without events ended. So it ends at once, and whoever waits for events
        comes back.
        """
        if request.method != "GET" or request.header(HEADER) or self.loops:
            return None
        quiet = (each for each in self._catalogue.entries if each.played and is_quiet(each.exchange))
        trials = ((each, match(each.request, request, rules, self._bindings)) for each in quiet)
        found = by_headers([(each, trial) for each, trial in trials if trial is not None], request, rules.named)
        return None if found is None else replace(found, is_repeat=True, stays_open=True)

    def _resumed(self, chosen: ChosenExchange | None, request: ParsedRequest, rules: Rules) -> ChosenExchange | None:
        """The rest of a played stream of events, behind the event that a client names as its last one.

        When a connection is lost is chance. So a client may come back behind any event, and not only where it did when
        recorded.

        Args:
            chosen: The unplayed exchange that matches; it responds if it was recorded with the same last event.
            request: The actual request.
            rules: How to compare.
        """
        named = request.header(HEADER)
        if request.method != "GET" or not named:
            return None
        if chosen is not None and chosen.entry.request.header(HEADER) == named:
            return None
        found = self._catalogue.resumed(request, rules, self._bindings, self._bindings.recorded(named) or named)
        if found is None or (self.loops and not has_more(found[0].exchange, found[2])):
            return None
        entry, trial, start = found
        return ChosenExchange(entry, trial, is_repeat=True, start=start)

    def find_sockets(self, request: ParsedRequest, rules: Rules, undecided: int) -> tuple[list[Matched], bool]:
        """The recorded sockets that an upgrade may be.

        Args:
            request: The upgrade.
            rules: How to compare.
            undecided: How many open sockets may still be one of several recorded ones.

        Returns:
            What matches, and whether it was played before and now repeats.

        Raises:
            MatcherError: A function of the profile raised.
        """
        if rules.strict_order and not self._is_next(request, rules):
            again = (
                None if next(self._catalogue.unplayed(request, self._bindings), None) else self._refusal(request, rules)
            )
            return ([], False) if again is None else ([again], True)
        found = self._exact_sockets(request, rules, WINDOW + undecided)
        if not found:
            again = self._again(request, rules)
            if again is not None:
                return [again], True
        known = {entry.index: (entry, trial) for entry, trial in found}
        more = self._catalogue.lenient(request, rules, self._bindings, self._lenience.towards(request), known)
        if found:
            # Beside the exact ones only those whose ids the service issued, and could have issued to this client.
            return [*found, *(each for each in more if each[0].index not in known and not each[1].accepted)], False
        if not more:
            again = self._again(request, rules, lenient=True) or self._refusal(request, rules)
            if again is not None:
                return [again], True
        return more, False

    def _exact_sockets(self, request: ParsedRequest, rules: Rules, most: int) -> list[Matched]:
        matching = self._matching(self._catalogue.unplayed(request, self._bindings), request, rules)
        found = list(islice(matching, most))
        if len(found) == most and not self._catalogue.says_one_thing(request, self._bindings):
            said = {entry.said for entry, _ in found}
            # If all of these clients sent the same, the socket would be taken for one of them before it sends anything.
            another = next((each for each in matching if each[0].said not in said), None) if len(said) == 1 else None
            found += [] if another is None else [another]
        return found

    def further_sockets(
        self, request: ParsedRequest, rules: Rules, known: Container[int], first_message: bytes | None
    ) -> list[Matched]:
        """The recorded sockets that an upgrade may be besides the known ones; none where `find_sockets` found few.

        Args:
            request: The upgrade.
            rules: How to compare.
            known: Indices of the known ones.
            first_message: What the recorded client said first; None for anything.
        """
        every = (each for each in self._catalogue.unplayed(request, self._bindings) if each.index not in known)
        if first_message is not None:
            every = (each for each in every if each.begins_with(first_message))
        found = list(islice(self._matching(every, request, rules), _MOST_FURTHER))
        if found or first_message is not None:
            return found
        return self._catalogue.lenient(request, rules, self._bindings, self._lenience.towards(request), known=known)

    def _matching(
        self, entries: Iterable[ReplayEntry], request: ParsedRequest, rules: Rules
    ) -> Iterator[tuple[ReplayEntry, Bindings]]:
        # Of a thousand clients that do the same each is compared with each: equal upgrades are compared once.
        trials: dict[tuple[str, Headers], Bindings | None] = {}
        for entry in entries:
            upgrade = entry.request.target, entry.request.headers
            if upgrade not in trials:
                trials[upgrade] = match(entry.request, request, rules, self._bindings)
            trial = trials[upgrade]
            if trial is not None:
                yield entry, trial

    def _is_next(self, request: ParsedRequest, rules: Rules) -> bool:
        """Whether a request matches the first unplayed exchange that may not be left out; a preflight always does."""
        if is_preflight(request.method, request.headers):
            return True
        for entry in self._catalogue.entries:
            if entry.played or is_preflight(entry.request.method, entry.request.headers):
                continue
            if self._fits(entry, request, rules):
                return True
            if not entry.may_be_missing:
                return False
        return False

    def _fits(self, entry: ReplayEntry, request: ParsedRequest, rules: Rules) -> bool:
        exact = match(entry.request, request, rules, self._bindings)
        lenience = self._lenience.of_request(entry, request)
        return exact is not None or match(entry.request, request, rules, self._bindings, lenience) is not None

    def _beside_the_order(
        self, chosen: ChosenExchange | None, request: ParsedRequest, rules: Rules
    ) -> ChosenExchange | None:
        """The exchange that responds to a request out of order: only heartbeats, goodbyes and repeated refusals may be.

        Their number is chance, also for a client whose other requests have an order.
        """
        if chosen is not None:
            return chosen if chosen.entry.may_be_missing else None
        again = self._heartbeat(request, rules) or self._refusal(request, rules)
        return None if again is None else ChosenExchange(*again, is_repeat=True)

    def _lenient(self, request: ParsedRequest, rules: Rules) -> Matched | None:
        """The unplayed exchange that differs in generated values only; None if it is unclear which of several."""
        found = self._catalogue.lenient(request, rules, self._bindings, self._lenience.towards(request))
        every = agreeing(found, request)
        # Of requests that repeat one value (a retry, a poll) the first is meant.
        fitting = list({frozenset(trial.owned_values()): (entry, trial) for entry, trial in reversed(every)}.values())
        # A client keeps its own ids as long as an exchange fits them: ids are swapped only if none does, and then as
        # few as possible. More swaps lead to what other clients are in the midst of.
        fewest = min((len(trial.swaps) for _, trial in fitting), default=0)
        fitting = sorted((each for each in fitting if len(each[1].swaps) == fewest), key=lambda each: each[0].index)
        # A body without ids may be the same in two formats of one service: gRPC-Web and Connect share their paths.
        kind = media_type(request.content_type)
        fitting = [each for each in fitting if media_type(each[0].request.content_type) == kind] or fitting
        if len(fitting) <= 1:
            return fitting[0] if fitting else None
        exact = [each for each in fitting if not each[1].accepted]
        if exact:
            return exact[0]
        first, trial = fitting[0]
        if all(entry.masked_response == first.masked_response for entry, _ in fitting):
            return first, trial
        lenience = self._lenience.of_request(first)
        if all(lenience.tells_nothing(accepted.place) for accepted in trial.accepted):
            return first, trial
        return None

    def _again(self, request: ParsedRequest, rules: Rules, *, lenient: bool = False) -> Matched | None:
        """A played exchange that may respond once more; None if none matches, or if exchanges do not repeat."""
        if not self.repeats:
            return None
        if lenient:
            return self._catalogue.again(request, rules, Bindings(), self._lenience.towards(request))
        found = self._catalogue.again(request, rules, self._bindings)
        return found or self._catalogue.again(request, rules, Bindings())

    def _heartbeat(self, request: ParsedRequest, rules: Rules) -> Matched | None:
        """A recorded heartbeat that responds once more: a timer sends heartbeats, and their number is chance."""
        found = self._catalogue.again(request, rules, Bindings()) if request.method == "POST" else None
        return found if found is not None and found[0].is_heartbeat else None

    def _goodbye(self, request: ParsedRequest, rules: Rules) -> Matched | None:
        """The response to an earlier message of the session, for a goodbye that the recording does not have.

        When recorded, the client's own disconnect may have overtaken it.
        """
        if request.method != "POST" or not is_goodbye(request.body):
            return None
        find = partial(self._catalogue.again, rules=rules, bindings=self._bindings)
        earlier = (entry for entry in self._catalogue.entries if entry.played and entry.request.method == "POST")
        bodies = dict.fromkeys(entry.request.body for entry in earlier)
        return next((found for body in bodies if (found := find(request.with_body(body))) is not None), None)

    def _refusal(self, request: ParsedRequest, rules: Rules) -> Matched | None:
        """A recorded refusal that responds once more: how often a client repeats a request is the client's to choose.

        Only where no other response to the same request was recorded after it.
        """
        found = self._catalogue.again(request, rules, self._bindings)
        return found if found is not None and found[0].is_refusal else None

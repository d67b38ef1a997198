"""`LenienceFactory`: makes the lenience towards each recorded request and message of a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from harness.match.looks import Clocks
from harness.match.request import ParsedMessage, ParsedRequest
from harness.replay.auto_bind import AutoBind
from harness.replay.candidates import Candidate
from harness.replay.catalogue import Catalogue
from harness.replay.entries import ReplayEntry
from harness.replay.issued import Issued


class LenienceFactory:
    """Makes the `AutoBind` of each comparison, from what all comparisons of one session share.

    Args:
        catalogue: The cassette's exchanges.
        now: The actual time in seconds since 1970; None recognizes no times.
        takes_generated: Whether generated values are accepted in place of recorded ones.
    """

    def __init__(self, catalogue: Catalogue, now: Callable[[], float] | None, *, takes_generated: bool) -> None:
        self._catalogue = catalogue
        self._now = now
        self._takes_generated = takes_generated

    @property
    def issued(self) -> Issued:
        """The values that the service issued in the cassette."""
        return self._catalogue.issued

    def of_request(self, entry: ReplayEntry, request: ParsedRequest | None = None) -> AutoBind:
        """The lenience for one exchange: which values of a client's request may differ from the recorded request.

        Args:
            entry: The recorded exchange.
            request: The client's request; None if there is no single one to compare with.
        """
        return self._made(entry, entry.exchange.at, entry.request.json, request)

    def towards(self, request: ParsedRequest) -> Callable[[ReplayEntry], AutoBind]:
        """A function that returns, for a recorded exchange, what may differ between its request and this one."""
        return lambda entry: self.of_request(entry, request)

    def of_message(self, candidate: Candidate, message: ParsedMessage, counters: Mapping[bytes, bytes]) -> AutoBind:
        """The lenience for one recorded message of a client: which values of an actual message may differ from it.

        Args:
            candidate: The recorded socket.
            message: The message; one of its tape.
            counters: The counters that were matched on the socket so far, as JSON: recorded -> actual.
        """
        tape, entry = candidate.tape, candidate.entry
        number = next(i for i, each in enumerate(tape.client_messages) if each is message)
        moment = entry.exchange.at + tape.lines[tape.client_positions[number]].time
        return replace(self._made(entry, moment, message.json), counters=counters)

    def _made(
        self, entry: ReplayEntry, moment: int, envelope: object, request: ParsedRequest | None = None
    ) -> AutoBind:
        evidence = self._catalogue.evidence
        return AutoBind(
            evidence=evidence,
            issued=self._catalogue.issued,
            entry=entry,
            request=request,
            moment=moment,
            clocks=Clocks(evidence.began + moment / 1_000_000, self._now() if self._now is not None else 0.0),
            takes_generated=self._takes_generated,
            envelope=envelope,
        )

"""`varying_places`: the places at which the client of one take sent other values than the client of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.match.bindings import Bindings
from harness.match.json_diff import RawDifference
from harness.match.lenience import Lenience
from harness.match.request import ParsedMessage, ParsedRequest
from harness.profile import ServiceProfile
from harness.replay.candidates import Candidate
from harness.replay.lenience import LenienceFactory
from harness.replay.playback import Playback
from harness.suggest.client_run import ClientRun, Sent
from harness.suggest.coming_back import ComingBack
from harness.suggest.differences import differences, named


@dataclass(frozen=True, slots=True)
class Sample:
    """The two values at one place of corresponding requests or messages, of the first and of the other take.

    Attributes:
        recorded: The first take's value; `ABSENT` if it has none.
        actual: The other take's.
        comes_back: Whether the service or the client sends both again later, each in its take.
        needs_rule: Whether a replay takes the pair for a mismatch.
        is_mirrored: Whether the same two takes were compared in the other direction before.
    """

    recorded: object = field(repr=False)
    actual: object = field(repr=False)
    comes_back: bool
    needs_rule: bool
    is_mirrored: bool


@dataclass(slots=True)
class VaryingPlace:
    """A place with its samples.

    Attributes:
        place: As options write it; empty if no option can name it.
        where: The place, or a description of what no option can name.
        samples: Every pair of values that differ.
    """

    place: str
    where: str
    samples: list[Sample] = field(default_factory=list[Sample], repr=False)

    @property
    def needs_rule(self) -> bool:
        """Whether a replay takes some pair for a mismatch."""
        return any(each.needs_rule for each in self.samples)


def varying_places(runs: Sequence[ClientRun], profile: ServiceProfile) -> list[VaryingPlace]:
    """The places at which values vary, in the order of their first occurrence.

    Args:
        runs: The clients of takes, each with the take that answers it.
        profile: The service's profile; places that it ignores or binds do not vary.
    """
    found: dict[str, VaryingPlace] = {}
    for run in runs:
        mirrored = any(run.first is other.other and run.other is other.first for other in runs[: runs.index(run)])
        for place, where, sample in _Comparing(run, profile, is_mirrored=mirrored).found():
            found.setdefault(where, VaryingPlace(place, where)).samples.append(sample)
    return list(found.values())


class _Comparing:
    def __init__(self, run: ClientRun, profile: ServiceProfile, *, is_mirrored: bool) -> None:
        self._run = run
        self._is_mirrored = is_mirrored
        self._now = 0.0
        self._playback = Playback(run.first.cassette, profile, now=lambda: self._now)
        self._rules = self._playback.rules
        self._lenience = LenienceFactory(self._playback.catalogue, lambda: self._now, takes_generated=True)
        self._back = ComingBack(run)
        self._bindings = Bindings()

    def found(self) -> Iterator[tuple[str, str, Sample]]:
        for step in self._run.sent:
            if step.recorded is None:
                continue
            self._now = self._run.other.began + step.moment / 1_000_000
            trial = self._bindings.trial()
            lenient = differences(step, self._rules, trial, self._lenience_towards(step))
            needing = {each.path for each in lenient}
            for finding in differences(step, self._rules, Bindings(), None):
                yield *named(finding, step), self._sample(finding, step, trial, needs_rule=finding.path in needing)
            trial.keep()

    def _sample(self, finding: RawDifference, step: Sent, trial: Bindings, *, needs_rule: bool) -> Sample:
        comes_back = self._back.comes_back(finding, step)
        if comes_back and needs_rule:
            # A rule for this place binds the two, so that later places need none for them.
            trial.bind(str(finding.recorded), str(finding.actual))
        return Sample(finding.recorded, finding.actual, comes_back, needs_rule, self._is_mirrored)

    def _lenience_towards(self, step: Sent) -> Lenience | None:
        assert step.partner is not None
        entry = self._playback.catalogue.entries[step.partner.index]
        if isinstance(step.actual, ParsedRequest):
            return self._lenience.of_request(entry, step.actual)
        tape = entry.tape
        assert tape is not None
        assert isinstance(step.recorded, ParsedMessage)
        number = [each.data for each in tape.client_messages].index(step.recorded.data)
        return self._lenience.of_message(Candidate(entry, tape, self._bindings), tape.client_messages[number], {})

"""Which varying places a profile has to name, and how: the ones that a replay does not accept by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.match.named_places import NamedPlace
from harness.profile import ServiceProfile
from harness.replay.rules import PlayRules
from harness.suggest.client_run import ClientRun
from harness.suggest.kinds import Sort, sort_of
from harness.suggest.rehearsal import rehearse
from harness.suggest.varying import Sample, VaryingPlace


@dataclass(frozen=True, slots=True)
class Suggested:
    """A value for the profile, and why.

    Attributes:
        value: A place, a header's name, or an event's name.
        evidence: What the takes show; it holds no value of theirs.
    """

    value: str
    evidence: str


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """The rules for the places that vary.

    Attributes:
        ignore: Places that are not compared: their values identify nothing.
        bind: Places whose values occur again, so that the replay has to replace them.
        by_itself: Places that vary, and whose values a replay accepts without a rule.
        doubtful: Places that vary, and for which there is no rule: texts, and what no option can name.
    """

    ignore: tuple[Suggested, ...] = ()
    bind: tuple[Suggested, ...] = ()
    by_itself: tuple[Suggested, ...] = ()
    doubtful: tuple[Suggested, ...] = ()

    @property
    def play_rules(self) -> PlayRules:
        """The places to ignore and to bind, as options of a replay."""
        return PlayRules(
            ignore=tuple(NamedPlace.parse(each.value, "ignore") for each in self.ignore),
            bind=tuple(NamedPlace.parse(each.value, "bind") for each in self.bind),
        )


def place_rules(places: Sequence[VaryingPlace], runs: Sequence[ClientRun], profile: ServiceProfile) -> PlaceRules:
    """The fewest rules with which each take answers the client of the others, as far as rules can achieve it.

    Args:
        places: The places that vary.
        runs: The clients of takes, each with the take that answers it.
        profile: The service's profile.
    """
    spare = [each for each in places if not each.needs_rule and each.place]
    if _plays(runs, profile, PlaceRules()):
        # What differs otherwise are messages in another order, which a replay accepts.
        return _rules([], spare)
    needed = [each for each in places if each.needs_rule]
    found = _rules(needed, spare)
    if not spare or _plays(runs, profile, found):
        return found
    # Requests that differ in generated values only may be several recorded ones: a rule tells which is meant.
    if not _plays(runs, profile, _rules([*needed, *spare], [])):
        return found
    for each in list(spare):
        rest = [other for other in spare if other is not each]
        if _plays(runs, profile, _rules([*needed, *rest], [each])):
            spare = rest
    others = [each for each in places if not each.needs_rule and each.place and each not in spare]
    return _rules([*needed, *spare], others)


def _plays(runs: Iterable[ClientRun], profile: ServiceProfile, rules: PlaceRules) -> bool:
    return all(rehearse(run, profile, rules.play_rules, most=1).ok for run in runs)


def _rules(needed: Iterable[VaryingPlace], by_itself: Iterable[VaryingPlace]) -> PlaceRules:
    ignore: list[Suggested] = []
    bind: list[Suggested] = []
    doubtful: list[Suggested] = []
    for each in needed:
        if not each.place or sort_of(each.place, each.samples) == "text":
            doubtful.append(_suggested(each))
        elif _identifies(each.samples):
            bind.append(_suggested(each))
        else:
            ignore.append(_suggested(each))
    known = tuple(_suggested(each, is_generated=True) for each in by_itself)
    return PlaceRules(tuple(ignore), tuple(bind), known, tuple(doubtful))


def _suggested(place: VaryingPlace, *, is_generated: bool = False) -> Suggested:
    sort = sort_of(place.place, place.samples)
    return Suggested(place.where, _evidence("random" if is_generated and sort == "text" else sort, place.samples))


def _identifies(samples: Sequence[Sample]) -> bool:
    """Whether a place's values occur again later, and recorded and actual values correspond one to one."""
    if not any(each.comes_back for each in samples):
        return False
    ours: dict[object, object] = {}
    theirs: dict[object, object] = {}
    return all(
        ours.setdefault(each.recorded, each.actual) == each.actual
        and theirs.setdefault(each.actual, each.recorded) == each.recorded
        for each in samples
        if isinstance(each.recorded, (str, int, float)) and isinstance(each.actual, (str, int, float))
    )


def _evidence(sort: Sort, samples: Sequence[Sample]) -> str:
    counted = [each for each in samples if not each.is_mirrored]
    back = sum(each.comes_back for each in counted)
    times = "1 pair differs" if len(counted) == 1 else f"{len(counted)} pairs differ"
    return f"{sort}: {times}, {f'{back} sent again later' if back else 'never sent again'}"

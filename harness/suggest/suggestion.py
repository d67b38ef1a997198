"""`suggest`: the profile that two or more takes of one session call for, each line with its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from urllib.parse import urlsplit

from harness.errors import HarnessError
from harness.match.mask import Mask
from harness.match.places import Places
from harness.origins import as_origin, is_loopback
from harness.profile import ServiceProfile
from harness.replay.rules import PlayRules
from harness.services.event_names import event_name_at
from harness.suggest.client_run import ClientRun
from harness.suggest.deciding_headers import deciding_headers
from harness.suggest.observed import ends_of_turn, event_place, remarks
from harness.suggest.rehearsal import MOST_PROBLEMS, rehearse
from harness.suggest.rules import PlaceRules, Suggested, place_rules
from harness.suggest.secret_looks import secret_places
from harness.suggest.sockets_seen import divided_stream, heartbeat_patterns
from harness.suggest.takes import Take
from harness.suggest.varying import varying_places


class TakesError(HarnessError):
    """The takes cannot be compared: too few, or not of one session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A suggested profile, with the evidence for each of its parts.

    Attributes:
        extends: The built-in profile that it extends; empty for none.
        upstreams: The service's origins; none for a service of this machine, whose port varies.
        env: Variables that lead the client to the local server.
        places: The rules for the places that vary.
        secrets: Places whose values look secret.
        headers: Headers that decide.
        heartbeats: Patterns of heartbeats, where only their rhythm shows them.
        framing: How messages are taken apart, where chance divides them.
        event: The place of an event's name.
        end_of_turn: The events that end a turn.
        remarks: What needs no rule, and what the takes leave open.
        counts: Takes, requests, and messages of clients.
        without: What a replay of one take to another's client does not match without the rules.
        remaining: What that replay does not match with the rules.
    """

    extends: str = ""
    upstreams: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    places: PlaceRules
    secrets: tuple[Suggested, ...] = ()
    headers: tuple[Suggested, ...] = ()
    heartbeats: tuple[Suggested, ...] = ()
    framing: Suggested | None = None
    event: Suggested | None = None
    end_of_turn: tuple[Suggested, ...] = ()
    remarks: tuple[str, ...] = ()
    counts: tuple[int, int, int]
    without: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()

    def on_profile(self, profile: ServiceProfile) -> ServiceProfile:
        """A profile with the framing and the heartbeats that are suggested, for a replay."""
        return replace(
            profile,
            framing=profile.framing if self.framing is None else (("*", self.framing.value),),
            heartbeats=tuple(each.value for each in self.heartbeats) or profile.heartbeats,
        )


def suggest(takes: Sequence[Take], profile: ServiceProfile, *, extends: str = "") -> Suggestion:
    """The profile for a service.

    Args:
        takes: Recordings of one session; at least two.
        profile: The service's profile so far; what it says is not suggested again.
        extends: Name of ``profile``, if the suggestion is to extend it.

    Raises:
        TakesError: There are too few takes, or they have nothing in common.
    """
    without = _problems(_runs(takes), profile, PlayRules())
    framing = None if profile.framing else divided_stream(takes)
    heartbeats = () if profile.heartbeats is not None else heartbeat_patterns(takes)
    takes, profile = _read_again(takes, profile, framing, heartbeats)
    runs = _runs(takes)
    places = place_rules(varying_places(runs, profile), runs, profile)
    secrets, issued = secret_places(runs[::2])
    event = None if _names_events(takes, profile) else event_place(takes)
    named = profile if event is None else replace(profile, event_name=event_name_at(event.value))
    ends = tuple(each for each in ends_of_turn(takes, named) if each.value not in profile.end_of_turn)
    origins = dict.fromkeys(as_origin(take.cassette.recorded.origin) for take in takes)
    suggestion = Suggestion(
        extends=extends,
        upstreams=tuple(each for each in origins if each and _is_of_network(each) and each not in profile.origins),
        env=profile.env if any(origins) and not extends else {},
        places=places,
        secrets=secrets,
        headers=deciding_headers(takes, profile.deciding_headers),
        heartbeats=heartbeats,
        framing=framing,
        event=event,
        end_of_turn=ends,
        remarks=(*remarks(takes, has_heartbeats=bool(heartbeats)), *_open_questions(takes, runs, issued)),
        counts=_counts(takes),
        without=without,
        remaining=_problems(runs, profile, places.play_rules),
    )
    return _without_values(suggestion, Mask(Places.of(profile)))


def _runs(takes: Sequence[Take]) -> list[ClientRun]:
    if len(takes) < 2:
        raise TakesError(
            "one cassette alone does not show which values vary: name two or more recordings of the same session"
        )
    pairs = [pair for one, other in pairwise(takes) for pair in ((one, other), (other, one))]
    runs = [ClientRun.of(*pair) for pair in pairs]
    for run in runs:
        if not any(step.recorded is not None for step in run.sent):
            raise TakesError(
                f"{run.first.name} and {run.other.name} have no request in common: record one session twice"
            )
    return runs


def _read_again(
    takes: Sequence[Take], profile: ServiceProfile, framing: Suggested | None, heartbeats: Sequence[Suggested]
) -> tuple[Sequence[Take], ServiceProfile]:
    """The takes, read by a profile with this framing and these heartbeats."""
    if framing is None and not heartbeats:
        return takes, profile
    named = replace(
        profile,
        framing=profile.framing if framing is None else (("*", framing.value),),
        heartbeats=tuple(each.value for each in heartbeats) or profile.heartbeats,
    )
    return [Take.of(each.name, each.cassette, named) for each in takes], named


def _names_events(takes: Sequence[Take], profile: ServiceProfile) -> bool:
    lines = (line for take in takes for entry in take.entries if entry.tape is not None for line in entry.tape.lines)
    return any(profile.event_name(line.data) for line in lines if line.kind in {"text", "binary"})


def _is_of_network(origin: str) -> bool:
    return not is_loopback(urlsplit(origin).hostname)


def _problems(runs: Sequence[ClientRun], profile: ServiceProfile, rules: PlayRules) -> tuple[str, ...]:
    found: list[str] = []
    for run in runs:
        if len(found) >= MOST_PROBLEMS:
            break
        outcome = rehearse(run, profile, rules)
        found += outcome.problems
        labels = (run.other.entries[index].label for index in outcome.astray)
        found += [f"{label}: would get the response to another request" for label in labels]
    return tuple(found)


def _open_questions(takes: Sequence[Take], runs: Sequence[ClientRun], issued: Sequence[str]) -> list[str]:
    found: list[str] = []
    redacted = dict.fromkeys(label for take in takes for label in take.cassette.redacted)
    if redacted:
        found.append(f"secrets: those that name or look shows are redacted already: {len(redacted)}")
    if issued:
        places = ", ".join(issued)
        found.append(f"sessions: the service issues what stands at {places}; add it to secrets if it opens an account")
    return found + [
        f"{len(run.missing)} exchanges of {run.first.name} and {len(run.extra)} of {run.other.name} have no counterpart"
        for run in runs[::2]
        if run.missing or run.extra
    ]


def _counts(takes: Sequence[Take]) -> tuple[int, int, int]:
    entries = [entry for take in takes for entry in take.entries]
    messages = sum(len(entry.tape.client_messages) for entry in entries if entry.tape is not None)
    return len(takes), len(entries), messages


def _without_values(suggestion: Suggestion, mask: Mask) -> Suggestion:
    """The suggestion without names that are secret: a generated name of a field may be a key."""

    def shown(every: tuple[Suggested, ...]) -> tuple[Suggested, ...]:
        return tuple(each for each in every if mask.text(each.value) == each.value and each.value.isprintable())

    places = suggestion.places
    event = suggestion.event
    return replace(
        suggestion,
        places=PlaceRules(*map(shown, (places.ignore, places.bind, places.by_itself, places.doubtful))),
        secrets=shown(suggestion.secrets),
        headers=shown(suggestion.headers),
        heartbeats=suggestion.heartbeats if shown(suggestion.heartbeats) == suggestion.heartbeats else (),
        event=event if event is None or shown((event,)) else None,
        end_of_turn=shown(suggestion.end_of_turn),
        remarks=tuple(mask.text(each) for each in suggestion.remarks),
    )

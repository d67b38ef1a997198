"""`difference` and `match`: the fields in which a request or message differs from the recorded one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from harness.framing.json_values import NOT_JSON
from harness.framing.packed import parse_packed
from harness.framing.records import records_of
from harness.framing.streams import PLAIN
from harness.framing.ysync import number_pairs
from harness.match.bindings import Bindings
from harness.match.deciding import NO_EVENTS, EventIds, resuming_finding
from harness.match.errors import MatcherError
from harness.match.generated import may_vary
from harness.match.json_diff import ABSENT, RawDifference, structural_findings
from harness.match.lenience import Lenience
from harness.match.mask import Mask
from harness.match.match_on import MATCH_BY_DEFAULT, MatchOn
from harness.match.named_places import NamedPlaces
from harness.match.packets import CLIENT_NUMBER, packet_findings
from harness.match.places import Places
from harness.match.request import ParsedMessage, ParsedRequest
from harness.match.request_diff import payload_findings, request_findings, selected_findings
from harness.match.values import ValueComparison, same_text
from harness.profile import ServiceProfile

MOST_DIFFERENCES: Final = 50
"""`difference` returns no more fields: by then the two have little in common."""

Done = TypeVar("Done", ParsedRequest, ParsedMessage)


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A field that differs. Its texts may be shown: masked, escaped, cut.

    Attributes:
        field: ``method``, ``path``, ``query.<name>``, ``headers.authorization``, ``body..`` of a request; ``kind``,
            ``event``, or the path of a JSON field such as ``content[1].text`` of a message.
        recorded: The recorded value, or ``(absent)``.
        actual: The actual value, or ``(absent)``.
        note: Why it differs, where the values do not show it.
        may_vary: Whether both values look generated, as if they differed in each run.
    """

    field: str
    recorded: str
    actual: str
    note: str = ""
    may_vary: bool = False

    def __str__(self) -> str:
        return f"{self.field}: recorded {self.recorded}, came {self.actual}" + (f" ({self.note})" if self.note else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a session compares a client's requests and messages with the recorded ones.

    Attributes:
        places: Where secrets and volatile values stand.
        mask: Hides secrets in what is shown.
        home: Maps the local server's origin and the service's origins in a text to one origin.
        match_on: Which parts of a request are compared, and whether messages are.
        named: The places to ignore or bind, named by the user or the cassette; None if there are none.
        strict_order: Whether a client's messages have to come in the recorded order.
        optional_events: Server events that need not be sent before the client leaves.
        events: The ids of the recorded events, for clients that come back to a stream.
    """

    places: Places
    mask: Mask
    home: Callable[[str], str] = same_text
    match_on: MatchOn = MATCH_BY_DEFAULT
    optional_events: frozenset[str] = frozenset()
    named: NamedPlaces | None = None
    strict_order: bool = False
    events: EventIds = NO_EVENTS

    @classmethod
    def of(cls, profile: ServiceProfile, *, redact: Callable[[str], str] | None = None) -> Rules:
        """The rules of a profile.

        Args:
            profile: The service.
            redact: A further redactor for what is shown; the profile's secrets are masked in any case.
        """
        places = Places(profile)
        return cls(places=places, mask=Mask(places, redact))


def _findings(
    recorded: Done, actual: Done, rules: Rules, bindings: Bindings, lenience: Lenience | None = None
) -> Iterator[RawDifference]:
    values = ValueComparison(bindings, rules.home, rules.named, lenience)
    if isinstance(recorded, ParsedRequest) and isinstance(actual, ParsedRequest):
        if rules.match_on is not MATCH_BY_DEFAULT:
            return selected_findings(recorded, actual, rules.match_on, rules.places, rules.mask, values)
        return _request_findings(recorded, actual, rules, values)
    if isinstance(recorded, ParsedMessage) and isinstance(actual, ParsedMessage):
        if "messages" not in rules.match_on.names:
            return iter(())
        return message_findings(recorded, actual, rules.places, values)
    raise TypeError("cannot compare a request with a message: pass two requests, or two messages")


def _request_findings(
    recorded: ParsedRequest, actual: ParsedRequest, rules: Rules, values: ValueComparison
) -> Iterator[RawDifference]:
    yield from request_findings(recorded, actual, rules.places, values)
    finding = resuming_finding(recorded, actual, rules.events, values)
    if finding is not None:
        yield finding


def difference(recorded: Done, actual: Done, rules: Rules, bindings: Bindings | None = None) -> list[FieldDifference]:
    """The fields that differ, in the order of the message; at most `MOST_DIFFERENCES`.

    Args:
        recorded: The recorded request or message.
        actual: The actual one, of the same class.
        rules: How to compare.
        bindings: Those of the session; unchanged.

    Raises:
        MatcherError: A function of the profile raised.
    """
    trial = (bindings or Bindings()).trial()
    found = islice(_findings(recorded, actual, rules, trial), MOST_DIFFERENCES)
    return [_shown(finding, rules.mask) for finding in found]


def match(
    recorded: Done, actual: Done, rules: Rules, bindings: Bindings, lenience: Lenience | None = None
) -> Bindings | None:
    """The bindings of a match, as a trial over ``bindings``; None if there is a difference.

    Args:
        recorded: The recorded request or message.
        actual: The actual one, of the same class.
        rules: How to compare.
        bindings: Those of the session; unchanged.
        lenience: What else may differ; None for an exact match.

    Raises:
        MatcherError: A function of the profile raised.
    """
    trial = bindings.trial()
    return trial if next(_findings(recorded, actual, rules, trial, lenience), None) is None else None


def _shown(finding: RawDifference, mask: Mask) -> FieldDifference:
    name = re.sub(r"\[\d+\]", "", finding.path).rpartition(".")[2]

    def text(value: object, other: object) -> str:
        if value is ABSENT:
            return str(ABSENT)
        return mask.value(value, other=other, secret=finding.secret or mask.hides(name, value))

    recorded, actual = finding.recorded, finding.actual
    return FieldDifference(
        mask.text(finding.path)[:200],
        text(recorded, actual),
        text(actual, recorded),
        mask.text(finding.note),
        may_vary(recorded, actual),
    )


def message_findings(
    recorded: ParsedMessage,
    actual: ParsedMessage,
    places: Places,
    values: ValueComparison,
) -> Iterator[RawDifference]:
    """How a message differs from a recorded one: the event's name first, then its fields.

    JSON compares by structure, any other payload byte by byte. Frames and opcodes (text or binary) do not matter.
    """
    if recorded.data == actual.data and not recorded.placed(places) and not values.bindings.has_displaced:
        return
    if recorded.framing == PLAIN:
        root = recorded.kind if recorded.kind == actual.kind else "payload"
        yield from payload_findings(root, recorded.data, actual.data, values)
        return
    if recorded.json is NOT_JSON or actual.json is NOT_JSON:
        yield from _payload_findings(recorded, actual, places, values)
        return
    findings = structural_findings(
        "", recorded.json, actual.json, place_of=places.field, leaf=values.finding, renamed=values.renamed
    )
    first = next(findings, None)
    if first is None:
        return
    name = _name_finding(recorded, actual, places.profile)
    if name is not None:
        yield name
    for finding in (first, *findings):
        if name is None or finding.path != name.path:
            yield finding


def _payload_findings(
    recorded: ParsedMessage, actual: ParsedMessage, places: Places, values: ValueComparison
) -> Iterator[RawDifference]:
    if recorded.framing and recorded.framing == actual.framing:
        found = packet_findings(recorded.framing, recorded.data, actual.data, places, values)
        if found is not None:
            yield from found
            return
    if values.lenience is not None and recorded.kind == "binary" and _differs_in_numbers(recorded, actual, values):
        return
    packed = _packed(recorded), _packed(actual)
    if NOT_JSON not in packed:
        yield from structural_findings("", *packed, place_of=places.field, leaf=values.finding, renamed=values.renamed)
        return
    root = recorded.kind if recorded.kind == actual.kind else "payload"
    ours = records_of(recorded.data)
    theirs = records_of(actual.data) if ours is not None else None
    if ours is None or theirs is None or ours[0] != theirs[0] or len(ours[1]) != len(theirs[1]):
        yield from payload_findings(root, recorded.data, actual.data, values)
        return
    for one, other in zip(ours[1], theirs[1], strict=True):
        if (one.value is NOT_JSON) != (other.value is NOT_JSON):
            yield from payload_findings(root, recorded.data, actual.data, values)
            return
        yield from payload_findings(root, one.head, other.head, values)
        if one.value is not NOT_JSON:
            yield from structural_findings(
                "", one.value, other.value, place_of=places.field, leaf=values.finding, renamed=values.renamed
            )


def _packed(message: ParsedMessage) -> Any:
    return parse_packed(message.data) if message.kind == "binary" else NOT_JSON


def _differs_in_numbers(recorded: ParsedMessage, actual: ParsedMessage, values: ValueComparison) -> bool:
    """Whether two messages of Yjs differ only in the numbers that clients make up."""
    found = number_pairs(recorded.data, actual.data)
    lenience = values.lenience
    return bool(found) and lenience is not None and all(lenience.counts(CLIENT_NUMBER, *pair) for pair in found or ())


def _name_finding(recorded: ParsedMessage, actual: ParsedMessage, profile: ServiceProfile) -> RawDifference | None:
    names = event_name(profile, recorded.data), event_name(profile, actual.data)
    return RawDifference("event", *names) if names[0] != names[1] else None


def event_name(profile: ServiceProfile, payload: bytes) -> str | None:
    """The name of a message's event, by the profile; None if it has none.

    Raises:
        MatcherError: The profile's function raised.
    """
    try:
        return profile.event_name(payload)
    except Exception as error:
        raise MatcherError("event_name", profile.name) from error

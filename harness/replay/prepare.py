"""How a session compares: the rules of the user, the cassette and the profile taken together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from harness.cassette.model import Cassette
from harness.match.compare import Rules
from harness.match.errors import UserFunctionError
from harness.match.mask import Mask, redacted_view
from harness.match.match_on import MATCH_BY_DEFAULT, Matcher, MatchOn
from harness.match.named_places import NamedPlace, NamedPlaces
from harness.match.places import Places
from harness.match.request import ParsedRequest
from harness.origins import Origins
from harness.profile import ServiceProfile
from harness.replay.resuming import event_ids
from harness.replay.rules import DEFAULT_MATCH_ON, BeforeRequest, PlayRules


def rules_of(
    cassette: Cassette, profile: ServiceProfile, play_rules: PlayRules, redact: Callable[[str], str] | None
) -> Rules:
    """How a session compares.

    Args:
        cassette: Its head may hold rules of its own.
        profile: The service it was recorded from.
        play_rules: The user's rules; they take precedence.
        redact: A further redactor for what is shown; the profile's secrets are masked in any case.

    Raises:
        UnknownMatcherError: The rules name something that is not compared.
    """
    places = Places.of(profile)
    return Rules(
        places=places,
        mask=Mask(places, redact),
        match_on=selected(match_on_of(cassette, play_rules)),
        optional_events=play_rules.optional_events,
        named=named_places(cassette, play_rules),
        strict_order=play_rules.strict_order,
        events=event_ids(cassette),
    )


def with_profiles_rules(rules: PlayRules, cassette: Cassette, profile: ServiceProfile) -> PlayRules:
    """The user's rules with those of the profile; the parts that the cassette's head compares come before these."""
    if not (profile.ignore or profile.bind or profile.match_on):
        return rules
    has_own = bool(cassette.match_on) or rules.match_on != DEFAULT_MATCH_ON
    return replace(
        rules,
        ignore=(*rules.ignore, *(NamedPlace.parse(each, "ignore") for each in profile.ignore)),
        bind=(*rules.bind, *(NamedPlace.parse(each, "bind") for each in profile.bind)),
        match_on=rules.match_on if has_own or not profile.match_on else profile.match_on,
    )


def selected(match_on: Iterable[str | Matcher]) -> MatchOn:
    """The selection of what is compared; the default is always `MATCH_BY_DEFAULT` itself.

    Raises:
        UnknownMatcherError: A name is unknown.
    """
    found = MatchOn.of(match_on)
    return MATCH_BY_DEFAULT if found == MATCH_BY_DEFAULT else found


def named_places(cassette: Cassette, rules: PlayRules) -> NamedPlaces | None:
    """The places to ignore or bind, from the user and from the cassette's head; None if there are none."""
    ignore = (*(NamedPlace.parse(each, "ignore") for each in cassette.ignore), *rules.ignore)
    bind = (*(NamedPlace.parse(each, "bind") for each in cassette.bind), *rules.bind)
    return NamedPlaces(ignore, bind) if ignore or bind else None


def match_on_of(cassette: Cassette, rules: PlayRules) -> tuple[str | Matcher, ...]:
    """Names and functions of what has to be equal: the user's ``match_on``, else that of the cassette's head."""
    return cassette.match_on if cassette.match_on and rules.match_on == DEFAULT_MATCH_ON else rules.match_on


def relaxed_by(cassette: Cassette, rules: PlayRules) -> tuple[str, ...]:
    """What the cassette's head and the user let differ, as command-line options such as ``--ignore query.t``."""
    is_heads = cassette.match_on and match_on_of(cassette, rules) == cassette.match_on
    matched = (f"--match-on {','.join(cassette.match_on)}",) if is_heads else ()
    ignored = (f"--ignore {each}" for each in (*cassette.ignore, *(place.text for place in rules.ignore)))
    bound = (f"--bind {each}" for each in (*cassette.bind, *(place.text for place in rules.bind)))
    return (*matched, *dict.fromkeys((*ignored, *bound)))


def prepared(request: ParsedRequest, function: BeforeRequest | None, rules: Rules) -> ParsedRequest | None:
    """A request as a function of the user changes it; None if the function returns None.

    Parts that the function leaves unchanged keep their secrets.

    Raises:
        UserFunctionError: The function raised.
    """
    if function is None:
        return request
    given = redacted_view(request, rules.places, rules.mask)
    try:
        changed = function(given)
    except Exception as error:
        raise UserFunctionError(getattr(function, "__name__", type(function).__name__)) from error
    if changed is None or changed == given:
        return None if changed is None else request
    return ParsedRequest(
        request.method if changed.method == given.method else changed.method,
        request.target if changed.target == given.target else changed.target,
        request.headers if changed.headers == given.headers else changed.headers,
        request.content if changed.body == given.body else changed.body,
    )


def rules_at(origin: str, origins: Origins, rules: Rules) -> Rules:
    """The rules by which a client's requests are compared that found the server at a local origin; see `Rules.home`."""
    if not origin or not origins.any:
        return rules

    def home(text: str) -> str:
        return origins.to_canonical(text, origin)

    return replace(rules, home=home)

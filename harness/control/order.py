"""`Order`: what a client asks for when it begins a test, checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from harness.control.errors import ControlError
from harness.errors import HarnessError
from harness.match.match_on import MatchOn
from harness.match.named_places import NamedPlace
from harness.replay.pace import Pace, Speed
from harness.replay.rules import DEFAULT_MATCH_ON, PlayRules

Mode: TypeAlias = Literal["none", "once", "rewrite"]
"""``none`` replays; ``once`` records a cassette that does not exist; ``rewrite`` records anew."""
MODES: Final[tuple[str, ...]] = get_args(Mode)
KEYS: Final = ("cassette", "mode", "lifetime", "speed", "deadline", "ignore", "bind", "match_on", "strict_order")
LONGEST: Final = 3600.0
"""Most seconds of a test."""
_LIFETIME: Final = 60.0
_DEADLINE: Final = 5.0
_MOST_PLACES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A test to begin.

    Attributes:
        cassette: Name of the cassette.
        mode: Whether to replay or to record.
        lifetime: Seconds after which the test ends by itself.
        speed: As for `harness.sessions.replaying`.
        deadline: Seconds to wait for a message of the client.
        rules: How requests are compared.
    """

    cassette: str
    mode: Mode
    lifetime: float
    speed: Speed
    deadline: float
    rules: PlayRules


def parse_order(body: bytes) -> Order:
    """The order in the body of a request.

    Raises:
        ControlError: It is no JSON object, or a value is invalid; the text names the key.
    """
    values = parse_object(body, KEYS)
    cassette = values.get("cassette")
    if not isinstance(cassette, str) or not cassette:
        raise _bad("cassette", "expected the name of a cassette")
    mode = values.get("mode", "none")
    if mode not in MODES:
        raise _bad("mode", f"expected one of {', '.join(MODES)}")
    return Order(
        cassette=cassette,
        mode=mode,
        lifetime=_seconds(values, "lifetime", _LIFETIME),
        speed=_speed(values.get("speed", "instant")),
        deadline=_seconds(values, "deadline", _DEADLINE),
        rules=_rules(values),
    )


def parse_object(body: bytes, keys: tuple[str, ...]) -> dict[str, Any]:
    """The JSON object of a body; an empty body is an empty object.

    Raises:
        ControlError: It is no JSON object, or has another key.
    """
    try:
        value: object = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ControlError(400, "bad-request", "the body: expected a JSON object")
    values = cast("dict[str, Any]", value)
    for key in values:
        if key not in keys:
            meant = get_close_matches(key, keys, n=1)
            raise _bad(key[:60], f"unknown key: expected {meant[0] if meant else 'one of ' + ', '.join(keys)}")
    return values


def _bad(key: str, why: str) -> ControlError:
    return ControlError(400, "bad-request", f"{key}: {why}")


def _seconds(values: dict[str, Any], key: str, default: float) -> float:
    value = values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= LONGEST:
        raise _bad(key, f"expected seconds, above 0 and at most {LONGEST:g}")
    return float(value)


def _speed(value: object) -> Speed:
    if value in ("instant", "recorded") or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        speed = cast("Speed", value)
        try:
            Pace.of(speed)
        except (ValueError, OverflowError):
            pass
        else:
            return speed
    raise _bad("speed", "expected instant, recorded, or a number above 0")


def _rules(values: dict[str, Any]) -> PlayRules:
    strict = values.get("strict_order", False)
    if not isinstance(strict, bool):
        raise _bad("strict_order", "expected true or false")
    match_on = _texts(values, "match_on") or DEFAULT_MATCH_ON
    try:
        MatchOn.of(match_on)
        return PlayRules(
            match_on=match_on,
            ignore=tuple(NamedPlace.parse(each, "ignore") for each in _texts(values, "ignore")),
            bind=tuple(NamedPlace.parse(each, "bind") for each in _texts(values, "bind")),
            strict_order=strict,
        )
    except HarnessError as error:
        raise ControlError(400, "bad-request", str(error)) from error


def _texts(values: dict[str, Any], key: str) -> tuple[str, ...]:
    found = values.get(key, [])
    if not isinstance(found, list) or len(cast("list[object]", found)) > _MOST_PLACES:
        raise _bad(key, "expected a list of texts")
    if not all(isinstance(each, str) for each in cast("list[object]", found)):
        raise _bad(key, "expected a list of texts")
    return tuple(cast("list[str]", found))

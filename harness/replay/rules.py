"""`PlayRules`: the user's options for playing a cassette."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from harness.match.match_on import DEFAULT_MATCH_ON, Matcher
from harness.match.named_places import NamedPlace
from harness.match.request import RequestView

__all__ = ["DEFAULT_MATCH_ON", "BeforeRequest", "Matcher", "PlayRules"]

BeforeRequest: TypeAlias = Callable[[RequestView], RequestView | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayRules:
    """How a cassette is played.

    Attributes:
        match_on: What has to be equal: names of `harness.match.match_on.NAMES`, and functions of the recorded and the
            actual request, which return False or raise AssertionError if the two differ.
        repeats: Whether the last match responds again once every match was played.
        loops: Whether the cassette is played again and again; see `harness.replay.rounds`.
        before_request: Changes each request before it is compared; it returns None to exclude the request from
            cassettes.
        optional_events: Names of server events that need not be sent before the client leaves.
        auto_bind: Whether generated values of the client are accepted in place of recorded ones.
        ignore: Places whose values are not compared; see `harness.match.named_places`.
        bind: Places where any value is accepted, and bound to the recorded one for the whole session.
        strict_order: Whether requests, and the messages of a socket, have to come in the recorded order.
    """

    match_on: tuple[str | Matcher, ...] = DEFAULT_MATCH_ON
    repeats: bool = False
    loops: bool = False
    before_request: BeforeRequest | None = field(default=None, repr=False)
    optional_events: frozenset[str] = frozenset()
    auto_bind: bool = True
    ignore: tuple[NamedPlace, ...] = ()
    bind: tuple[NamedPlace, ...] = ()
    strict_order: bool = False

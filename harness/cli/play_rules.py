"""The rules of matching that options such as ``--ignore``, ``--bind`` and ``--match-on`` stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.cassette.model import Cassette
    from harness.profile import ServiceProfile
    from harness.record.head_rules import HeadRules
    from harness.replay.report import Report
    from harness.replay.rules import PlayRules


def play_rules(
    ignore: list[str] | None,
    bind: list[str] | None,
    match_on: str | None,
    *,
    auto_bind: bool = True,
    strict_order: bool = False,
    loops: bool = False,
) -> PlayRules:
    """The options as rules of a replay.

    Raises:
        PlaceError: A place is malformed, or means a whole message, body or path.
        UnknownMatcherError: ``--match-on`` has an unknown name.
    """
    from harness.match.match_on import MatchOn as Checked
    from harness.match.named_places import NamedPlace
    from harness.replay.rules import DEFAULT_MATCH_ON, PlayRules

    names = (
        DEFAULT_MATCH_ON if match_on is None else tuple(each.strip() for each in match_on.split(",") if each.strip())
    )
    Checked.of(names or ("",))
    return PlayRules(
        match_on=names,
        ignore=tuple(NamedPlace.parse(each, "--ignore") for each in ignore or ()),
        bind=tuple(NamedPlace.parse(each, "--bind") for each in bind or ()),
        auto_bind=auto_bind,
        strict_order=strict_order,
        loops=loops,
    )


def begun_at(start: str | None, cassette: Cassette, service: ServiceProfile) -> Cassette:
    """The cassette without what its sockets and streams sent before the time of ``--from``; unchanged without it.

    Raises:
        StartTimeError: The text is no time, or no feed lasts until then.
    """
    from harness.replay.starting_point import parse_time, starting_at

    return cassette if start is None else starting_at(cassette, parse_time(start), service)


def head_rules(
    ignore: list[str] | None, bind: list[str] | None, match_on: str | None, service: ServiceProfile
) -> HeadRules:
    """The options, and the rules of the service's profile, as rules for the head of a recorded cassette.

    Raises:
        PlaceError, UnknownMatcherError: As in `play_rules`.
    """
    from harness.record.head_rules import HeadRules

    checked = play_rules([*(ignore or ()), *service.ignore], [*(bind or ()), *service.bind], match_on)
    names = tuple(each for each in checked.match_on if isinstance(each, str))
    return HeadRules(
        ignore=tuple(each.text.strip() for each in checked.ignore),
        bind=tuple(each.text.strip() for each in checked.bind),
        match_on=service.match_on if match_on is None else names,
    )


def accepted_lines(report: Report, *, verbose: bool) -> list[str]:
    """The differences that a replay accepted: the options in force, and the bound values."""
    lines = [f"relaxed by {', '.join(report.relaxed)}"] if report.relaxed else []
    bound = report.bound_line()
    if bound:
        lines.append(bound if verbose else f"{bound} (-v lists the places)")
    if bound and verbose:
        lines += [f"  {place}" for place in report.bound_places()]
    return lines

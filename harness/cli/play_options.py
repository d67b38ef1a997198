"""The options by which a user says what may differ: ``--ignore``, ``--bind``, ``--match-on`` and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from harness.record.head_rules import HeadRules
    from harness.replay.report import Report
    from harness.replay.rules import PlayRules

Ignore: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--ignore", help="A place whose value counts for nothing: query.t, json.items[*].id, path[2].",
                 metavar="PLACE"),
]  # fmt: skip
Bind: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--bind", help="A place at which any value stands for the recorded one, from then on everywhere.",
                 metavar="PLACE"),
]  # fmt: skip
MatchOn: TypeAlias = Annotated[
    str | None,
    typer.Option("--match-on", help="What has to be equal, with commas: method,path,query,body,headers,messages ..",
                 metavar="NAMES"),
]  # fmt: skip


def play_rules(
    ignore: list[str] | None,
    bind: list[str] | None,
    match_on: str | None,
    *,
    auto_bind: bool = True,
    strict_order: bool = False,
) -> PlayRules:
    """What the options say.

    Raises:
        PlaceError: A place is not written as one, or means a whole message, body or path.
        UnknownMatcherError: ``--match-on`` has a name that there is not.
    """
    from harness.match.named_places import NamedPlace
    from harness.match.selection import MatchOn as Checked
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
    )


def head_rules(ignore: list[str] | None, bind: list[str] | None, match_on: str | None) -> HeadRules:
    """What the options say, for the head of a cassette that is recorded.

    Raises:
        PlaceError, UnknownMatcherError: As in `play_rules`.
    """
    from harness.record.head_rules import HeadRules

    checked = play_rules(ignore, bind, match_on)
    return HeadRules(
        ignore=tuple(each.text.strip() for each in checked.ignore),
        bind=tuple(each.text.strip() for each in checked.bind),
        match_on=() if match_on is None else tuple(each for each in checked.match_on if isinstance(each, str)),
    )


def accepted_lines(report: Report, *, verbose: bool) -> list[str]:
    """What a replay let differ: the options in force, and the generated values that were bound."""
    lines = [f"relaxed by {', '.join(report.relaxed)}"] if report.relaxed else []
    bound = report.bound_line()
    if bound:
        lines.append(bound if verbose else f"{bound} (-v lists the places)")
    if bound and verbose:
        lines += [f"  {place}" for place in report.bound_places()]
    return lines

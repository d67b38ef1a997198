"""``wiretape profile suggest``: a profile made from two or more takes of one session."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from harness.cli import options
from harness.cli.console import fail, say, stdout
from harness.cli.help_text import command_help
from harness.printable import one_line

if TYPE_CHECKING:
    from harness.profile import ServiceProfile
    from harness.suggest.suggestion import Suggestion

HELP: Final = command_help(
    "Suggest a profile from two or more takes of one session.",
    examples="""
        wiretape profile suggest shop.yaml shop.2.yaml
        wiretape profile suggest shop.yaml shop.2.yaml --name shop --apply
        wiretape record --twice -o shop.yaml --upstream https://api.shop.example -- python client.py
        """,
    about="""
        wiretape compares what the client sent, and prints a table for wiretape.toml: which places vary from take to
        take (`ignore`, `bind`), what looks secret, which header decides, where an event's name stands, what ends a
        turn. Each line has its evidence as a comment, and no value of a take. Then wiretape plays each take to the
        client of the next one, without the rules and with them.

        --apply adds the table to the wiretape.toml, or to the [tool.wiretape] of pyproject.toml, that the other
        commands read here. Nothing that stands there is changed.
        """,
    exit_codes="0 each take plays to the client of the next one; 1 it does not, also with the suggested rules; "
    "2 a take cannot be read, the takes have nothing in common, or the file has this profile already",
)
_MOST_SHOWN: Final = 10
Takes = Annotated[list[Path], typer.Argument(help="Cassettes of one session.", metavar="TAKE...")]
Name = Annotated[str | None, typer.Option(help="Name of the profile; by default of the host or file.", metavar="NAME")]
Apply = Annotated[bool, typer.Option("--apply", help="Add the profile to wiretape.toml.")]


def suggest(
    takes: Takes,
    name: Name = None,
    apply: Apply = False,
    profile: options.Profile = None,
) -> None:
    """Suggest a profile."""
    from harness.cassette.store import load
    from harness.cli.profiles import profile_of

    origin = load(takes[0]).recorded.origin
    found = print_suggestion(takes, profile_of(origin, profile), name=name, apply=apply)
    raise typer.Exit(1 if found.remaining else 0)


def print_suggestion(
    takes: list[Path], service: ServiceProfile, *, name: str | None = None, apply: bool = False
) -> Suggestion:
    """Print the profile that takes call for, and how they play with it.

    Args:
        takes: Cassettes of one session.
        service: The profile that they were recorded with.
        name: Of the new profile; None to derive one.
        apply: Whether to add it to the project's file.

    Raises:
        harness.suggest.suggestion.TakesError: The takes have nothing in common.
        harness.suggest.profile_files.ApplyError: The file has this profile already, or cannot be written.
        harness.cassette.errors.CassetteError: A take cannot be read.
    """
    from harness.cassette.store import load
    from harness.services.built_in import built_in
    from harness.suggest.profile_files import add_profile, checked_name
    from harness.suggest.suggestion import suggest as suggestion_of
    from harness.suggest.takes import Take
    from harness.suggest.toml_text import profile_text

    every = [Take.of(str(path), load(path), service) for path in takes]
    chosen = checked_name(name or _derived_name(every[0].cassette.recorded.origin, takes[0]))
    origin = every[0].cassette.recorded.origin
    found = suggestion_of(every, service, extends=service.name if origin and service.name in built_in() else "")
    stdout().print(profile_text(found, chosen).rstrip(), markup=False, highlight=False, soft_wrap=True)
    _print_outcome(found)
    if found.secrets:
        places = [word for each in found.secrets for word in ("--redact", each.value)]
        command = shlex.join(["wiretape", "redact", "-i", *places, *map(str, takes)])
        say(f"the takes hold values that look secret; if they are: {command}", "yellow")
    if apply:
        path = add_profile(Path.cwd(), lambda under: profile_text(found, chosen, under=under), chosen)
        say(f"added the profile {chosen} to {path}", "green")
    return found


def _derived_name(origin: str, path: Path) -> str:
    """A name by the service's host, as ``shop`` of ``api.shop.example``; for a host of this machine by the file."""
    from harness.origins import is_loopback

    host = urlsplit(origin).hostname or ""
    labels = [each for each in host.split(".") if each not in {"www", "api"}]
    is_named = len(labels) > 1 and not is_loopback(host) and not host.replace(".", "").isdigit() and ":" not in host
    plain = re.sub(r"[^a-z0-9_-]+", "-", (labels[-2] if is_named else path.name.partition(".")[0]).lower())
    return plain.strip("-_")[:41] or "service"


def _print_outcome(found: Suggestion) -> None:
    if not found.without:
        say("each take plays to the client of the next one without these rules", "green")
    elif not found.remaining:
        say(f"without these rules a replay has {_problems(len(found.without))}; with them it has none", "green")
    else:
        fail(
            f"a replay has {_problems(len(found.remaining))} with these rules, {_problems(len(found.without))} without"
        )
        for each in list(dict.fromkeys(found.remaining))[:_MOST_SHOWN]:
            say(f"  {one_line(each, 300)}", "dim")


def _problems(count: int) -> str:
    from harness.suggest.rehearsal import MOST_PROBLEMS

    return "1 problem" if count == 1 else f"{count} problems{' or more' if count >= MOST_PROBLEMS else ''}"

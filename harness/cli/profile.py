"""``wiretape profile``: the profiles that describe services."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import say, stdout
from harness.cli.help_text import PlainCommand, PlainGroup, command_help
from harness.cli.options import AsJson
from harness.cli.profile_suggest import HELP as SUGGEST_HELP
from harness.cli.profile_suggest import suggest
from harness.cli.profiles import own_profiles
from harness.errors import HarnessError
from harness.printable import one_line

if TYPE_CHECKING:
    from harness.profile import ServiceProfile

app = typer.Typer(
    cls=PlainGroup,
    help="List, check and suggest the profiles that describe services.",
    no_args_is_help=True,
    add_completion=False,
)

CHECK_HELP = command_help(
    "Check a file of profiles; print what is wrong with file, line and key.",
    examples="""
        wiretape profile check
        wiretape profile check services/wiretape.toml
        """,
    about="""
        Without FILE: the wiretape.toml, or the [tool.wiretape] of pyproject.toml, that the other commands read here.
        """,
    exit_codes="0 the file is right; 2 the file has an error, or no file was found",
)
LIST_HELP = command_help(
    "List the profiles: yours, then the built-in ones.",
    examples="""
        wiretape profile list
        """,
    about="""
        A profile is chosen by the host of --upstream, or by --profile NAME. A service that no profile names gets the
        neutral one.
        """,
    exit_codes="0 done; 2 your file of profiles holds an error",
)
SHOW_HELP = command_help(
    "Show what a profile says.",
    examples="""
        wiretape profile show openai
        """,
    about="""
        Every profile has the secret places of all services, too, which are not shown.
        """,
    exit_codes="0 done; 2 there is no such profile",
)


class NoProfileFileError(HarnessError):
    """No wiretape.toml, and no table in pyproject.toml, was found here or above."""


def check(
    file: Annotated[Path | None, typer.Argument(help="A wiretape.toml or pyproject.toml.", metavar="FILE")] = None,
) -> None:
    """Check a file of profiles."""
    from harness.services.project import profile_file_of, read_profile_file

    path = file or profile_file_of(Path.cwd())
    if path is None:
        raise NoProfileFileError("there is no wiretape.toml and no pyproject.toml here or above: name a file")
    found = read_profile_file(path)
    if not found:
        raise NoProfileFileError(f"{path}: no service is described: write a table [services.NAME]")
    for each in found:
        say(f"{path}: {each.name} is right", "green")


def list_(as_json: AsJson = False) -> None:
    """List the profiles."""
    from harness.services.built_in import built_in

    rows = [(each, "yours") for each in own_profiles()] + [(each, "built in") for each in built_in().values()]
    if as_json:
        found = [{**_data(each), "source": source} for each, source in rows]
        stdout().print(json.dumps(found, ensure_ascii=True, indent=2), markup=False, soft_wrap=True)
        return
    for each, source in rows:
        about = " ".join([source, *each.origins, *each.env])
        stdout().print(one_line(f"{each.name:12} {about}", 1000), markup=False, highlight=False)


def show(
    name: Annotated[str, typer.Argument(help="The profile's name.", metavar="NAME")],
    as_json: AsJson = False,
) -> None:
    """Show what a profile says."""
    from harness.services.built_in import built_in
    from harness.services.errors import UnknownProfileError

    known = {**built_in(), **{each.name: each for each in own_profiles()}}
    if name not in known:
        raise UnknownProfileError(f"there is no profile {name!r}: expected one of {', '.join(known)}")
    data = _data(known[name])
    if as_json:
        stdout().print(json.dumps(data, ensure_ascii=True, indent=2), markup=False, soft_wrap=True)
        return
    for key, value in data.items():
        stdout().print(one_line(f"{key} = {json.dumps(value)}", 10_000), markup=False, highlight=False, soft_wrap=True)


def _data(profile: ServiceProfile) -> dict[str, object]:
    every = {
        "name": profile.name,
        "upstreams": dict(profile.upstreams) or list(profile.origins),
        "env": dict(profile.env),
        "secrets": list(profile.redact),
        "ignore": list(profile.ignore),
        "bind": list(profile.bind),
        "match_on": list(profile.match_on),
        "headers": list(profile.deciding_headers),
        "framing": dict(profile.framing),
        "heartbeats": None if profile.heartbeats is None else list(profile.heartbeats),
        "end_of_turn": sorted(profile.end_of_turn),
        "impersonate": profile.impersonate,
    }
    # An empty list of heartbeats says that there are none.
    return {key: value for key, value in every.items() if value or (key == "heartbeats" and value is not None)}


app.command("check", help=CHECK_HELP, cls=PlainCommand)(check)
app.command("list", help=LIST_HELP, cls=PlainCommand)(list_)
app.command("suggest", help=SUGGEST_HELP, cls=PlainCommand)(suggest)
app.command("show", help=SHOW_HELP, cls=PlainCommand)(show)

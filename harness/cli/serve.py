"""``wiretape serve``: the fake service, with the options of ``python -m fake_server``; or a file of stubs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, get_type_hints

import typer

from fake_server.options import OPTIONS, Option, ServeOptions
from harness.cli.faults import fault_plan
from harness.cli.help_text import PlainCommand
from harness.cli.live_page import live_page
from harness.cli.options import View
from harness.cli.profiles import profile_of

if TYPE_CHECKING:
    from fake_server.stage import Stage

_HELP: Final = "Answer by this file of stubs (YAML or TOML) instead of as the fake."
_STUBS: Final = inspect.Parameter(
    "stubs",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[Path | None, typer.Option("--stubs", help=_HELP, metavar="FILE")],
)
_VIEW: Final = inspect.Parameter("view", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=View)
_HOOKS: Final = inspect.Parameter(
    "hooks",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated[
        Path | None,
        typer.Option("--hooks", help="Answer by the stubs that this file's function stubs() adds.", metavar="FILE.py"),
    ],
)
"""Options that the fake does not have."""
_PLACE: Final = re.compile(r"[\w-]+=\S*")
"""A fault of the fake itself, ``upgrade=401``; any other value of ``--fault`` is a rule."""


class ServeCommand(PlainCommand):
    """A command whose ``--explain`` may stand without a value, which typer's options cannot."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert the values of options that were given without one."""
        return super().parse_args(ctx, _with_values(args))


def serve(**options: Any) -> None:
    """Run the fake service: a local Copilot, REST and WebSocket on one port.

    With --stubs, run any service by a file of stubs instead; with --hooks, by stubs in Python. --fault also takes
    rules: 'cut after 3 messages'; see `wiretape faults`.
    """
    from harness.faults.stage import behind_faults
    from harness.services.choice import default_service
    from harness.tap.session import TappedSession

    stubs: Path | None = options.pop(_STUBS.name)
    own: Path | None = options.pop(_HOOKS.name)
    is_viewed: bool = options.pop(_VIEW.name)
    rules = [each for each in options["fault"] if not _PLACE.fullmatch(each)]
    plan = fault_plan(rules)
    if rules:
        options["fault"] = [each for each in options["fault"] if each not in rules]
    answers = stubs or own
    service = default_service() if answers is None else profile_of("")
    is_list = options["list_scenarios"] or options["explain"] is not None
    watch = TappedSession(service, "serve") if is_viewed and not is_list else None

    def wrap(stage: Stage) -> Stage:
        spoiled = behind_faults(stage, plan)
        return spoiled if watch is None else watch.wrap(spoiled)

    given = ServeOptions(**options)
    with live_page(watch, service, "the fake Copilot" if answers is None else answers.name):
        code = _run(given, stubs, own, wrap)
    raise typer.Exit(code)


def _run(options: ServeOptions, stubs: Path | None, hooks: Path | None, wrap: Callable[[Stage], Stage]) -> int:
    if stubs is None and hooks is None:
        from fake_server.command import run

        return run(options, prog="wiretape serve", wrap=wrap)
    from harness.cli.serve_stubs import serve_stubs

    return serve_stubs(stubs, hooks, options, wrap)


def _with_values(args: list[str]) -> list[str]:
    bare = {option.name: option.bare for option in OPTIONS if option.bare is not None}
    filled: list[str] = []
    for arg, following in zip(args, [*args, "-"][1:], strict=True):
        filled.append(arg)
        if arg in bare and following.startswith("-"):
            filled.append(bare[arg])
    return filled


def _typed(function: Callable[..., None]) -> Callable[..., None]:
    """Give a function a signature with one parameter for each option, from which typer makes the options."""

    def run(**options: Any) -> None:
        function(**options)

    hints = get_type_hints(ServeOptions)
    parameters = [*(_parameter(option, hints[option.field]) for option in OPTIONS), _STUBS, _HOOKS, _VIEW]
    run.__doc__ = function.__doc__
    run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _parameter(option: Option, annotation: Any) -> inspect.Parameter:
    settings: dict[str, Any] = {"help": option.help}
    if not option.is_flag:
        settings |= {"metavar": option.metavar, "parser": _parser(option)}
    default = [] if option.is_repeated else option.default
    declared = Annotated[annotation, typer.Option(option.name, **settings)]
    return inspect.Parameter(option.field, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=declared)


def _parser(option: Option) -> Callable[[str], object]:
    """Wrap an option's parser, so that typer shows the texts of its errors as they are."""

    def convert(text: str) -> object:
        if option.choices and text not in option.choices:
            raise typer.BadParameter(f"{text!r}: expected one of {', '.join(option.choices)}")
        try:
            return option.parse(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return convert


app = typer.Typer(add_completion=False)
app.command("serve", cls=ServeCommand)(_typed(serve))

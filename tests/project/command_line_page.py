"""The option tables of docs/command-line.md, made from the commands themselves.

``python -m tests.project.command_line_page`` writes them anew; the test beside this file fails while they differ.
"""

import inspect
import re
from enum import Enum
from typing import Literal, get_args, get_origin, get_type_hints

import typer

from harness.cli.app import LazyCommand, app
from tests.support.project.tree import ROOT

PAGE = ROOT / "docs" / "command-line.md"
TABLE = re.compile(r"(?P<begin><!-- options of (?P<command>[a-z ]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
_HEAD = "| argument or option | value | default | meaning |\n|---|---|---|---|\n"


def commands():
    """Name, such as ``wiretape live record`` -> command, of all that the command line has."""
    return dict(_leaves("wiretape", typer.main.get_command(app)))


def rendered(page):
    """The page's text with all its tables as the commands have them now."""
    known = commands()
    return TABLE.sub(lambda found: found["begin"] + table(known[found["command"]]) + found["end"], page)


def table(command):
    """The arguments of a command, then its options, as a Markdown table."""
    rows = _of_command(command)
    return _HEAD + "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in rows)


def _leaves(name, command):
    if isinstance(command, LazyCommand):
        command = command.loaded()
    if not getattr(command, "commands", None):
        yield name, command
        return
    for each, below in command.commands.items():
        yield from _leaves(f"{name} {each}", below)


def _of_command(command):
    types = get_type_hints(inspect.unwrap(command.callback))
    for each in sorted(command.params, key=lambda each: each.opts[0].startswith("-")):
        if each.name == "help":
            continue
        is_option = each.opts[0].startswith("-")
        kind, repeated = _plain(types[each.name])
        if not is_option:
            name = each.metavar or each.name.upper()
            yield f"`{name.strip('[]') if not each.required else name}`", "", _default(each.default), _text(each)
            continue
        value = "" if kind is bool else f"`{each.metavar or _metavar(kind)}`{', repeatable' if repeated else ''}"
        names = ", ".join(f"`{name}`" for name in sorted(each.opts, key=len, reverse=True))
        required = "required" if each.required else _default(each.default)
        yield names, value, required, _text(each)


def _plain(kind):
    """A parameter's type without None and list, and whether there was a list."""
    repeated = False
    while get_args(kind) and get_origin(kind) is not Literal:
        repeated = repeated or get_origin(kind) is list
        kind = next(each for each in get_args(kind) if each is not type(None))
    return kind, repeated


def _metavar(kind):
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    if issubclass(kind, Enum):
        return "|".join(each.value for each in kind)
    return {"Path": "PATH", "int": "NUMBER", "float": "NUMBER", "str": "TEXT"}.get(kind.__name__, kind.__name__.upper())


def _default(value):
    if value is None or isinstance(value, bool) or value in ("", (), []):
        return ""
    return f"`{getattr(value, 'value', value)}`"


def _text(parameter):
    return " ".join((parameter.help or "").split())


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

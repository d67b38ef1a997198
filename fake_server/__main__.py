"""``python -m fake_server``: a local Copilot, with the extra ``server`` alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from fake_server.command import run
from fake_server.options import OPTIONS, Option, ServeOptions

PROG: Final = "python -m fake_server"
_USAGE_ERROR: Final = 2


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Parse the command line, and run the fake until it is interrupted.

    Returns:
        The exit code: 0 after a list or help, 130 after Ctrl-C, 2 if the fake cannot start.
    """
    try:
        parsed = _parser(prog).parse_args(argv)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else _USAGE_ERROR
    return run(ServeOptions(**vars(parsed)), prog)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="A local Copilot: REST and WebSocket on one port.")
    for option in OPTIONS:
        parser.add_argument(option.name, help=_help(option), **_keywords(option))
    return parser


def _keywords(option: Option) -> dict[str, Any]:
    """The keyword arguments of `argparse.ArgumentParser.add_argument` for an option."""
    if option.is_flag:
        return {"action": "store_true"}
    keywords: dict[str, Any] = {"type": _type(option.parse), "metavar": option.metavar.strip("[]")}
    if option.choices:
        keywords["choices"] = option.choices
    if option.is_repeated:
        return {**keywords, "action": "append", "default": []}
    if option.bare is not None:
        keywords |= {"nargs": "?", "const": option.bare}
    return {**keywords, "default": option.default}


def _help(option: Option) -> str:
    shown = option.help.replace("%", "%%")
    return shown if option.is_flag or option.default is None else f"{shown} (default: %(default)s)"


def _type(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Wrap an option's parser, so that argparse shows the texts of its errors as they are."""

    def convert(text: str) -> object:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return convert


if __name__ == "__main__":
    sys.exit(main())

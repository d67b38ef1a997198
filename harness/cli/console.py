"""Output of all commands: answers on stdout, everything else on stderr, colour only on a terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from harness.printable import printable

if TYPE_CHECKING:
    from rich.console import Console


def stdout() -> Console:
    """Console of the command's result. Prints text as it is, without markup."""
    from rich.console import Console

    return Console(file=sys.stdout, markup=False, highlight=False, soft_wrap=True, no_color=_no_color())


def stderr() -> Console:
    """Console of progress, hints and errors."""
    from rich.console import Console

    return Console(file=sys.stderr, markup=False, highlight=False, soft_wrap=True, no_color=_no_color())


def _no_color() -> bool | None:
    return True if os.environ.get("NO_COLOR") else None


def say(text: str, style: str = "") -> None:
    """Print one line for people on stderr."""
    from rich.text import Text

    stderr().print(Text(printable(text), style=style))


def fail(text: str) -> None:
    """Print an error as one line on stderr."""
    from rich.text import Text

    stderr().print(Text.assemble(("wiretape: ", "bold red"), printable(" ".join(text.split()))))

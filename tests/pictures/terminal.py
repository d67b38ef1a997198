"""What a terminal shows, as an SVG that loads nothing."""

from __future__ import annotations

import io
import re

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_FAMILY = "Fira Code, monospace"


def terminal_svg(output: str, *, width: int) -> str:
    """The output of a program, with its colours.

    Args:
        output: What it printed, with escape sequences.
        width: Columns.
    """
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(output.rstrip("\n")))
    svg = console.export_svg(title="pytest", theme=MONOKAI, unique_id="terminal")
    return _FONT.sub("", svg).replace(_FAMILY, "ui-monospace, Menlo, Consolas, monospace")

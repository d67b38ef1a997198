"""A sweep's heat map as one SVG, for a README or a report: each line a rule, its verdict as a colour and a letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Final

from harness.printable import one_line
from harness.sweep.reports import LETTERS, colour_of
from harness.sweep.sweep import Judged

_ROW, _WIDTH, _TEXT = 20, 760, 40
"""Pixels: height of a row, width of the picture, and where a row's text begins."""
_COLOURS: Final = {"good": "#8fd19e", "calm": "#d0d4da", "bad": "#f08a80", "": "#f2a65a"}


def heat_map_svg(judged: Sequence[Judged], title: str) -> bytes:
    """The sweep as a picture that loads nothing and runs nothing.

    Args:
        judged: What the sweep found.
        title: Heading, such as the cassette's name.
    """
    counts = Counter(each.verdict for each in judged)
    sums = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    heading = escape(f"Sweep of {one_line(title, 60)}: {sums}")
    height = _ROW * (len(judged) + 2)
    rows = "".join(_row(each, _ROW * (number + 1) + 10) for number, each in enumerate(judged))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" font-size="12" '
        f'font-family="sans-serif"><title>{heading}</title><rect width="100%" height="100%" fill="white"/>'
        f'<text x="8" y="18" font-weight="bold">{heading}</text>{rows}</svg>\n'
    )
    return svg.encode("utf-8", "backslashreplace")


def _row(judged: Judged, y: int) -> str:
    text = escape(f"{judged.verdict}: {one_line(str(judged.rule), 90)}")
    return (
        f'<rect x="8" y="{y}" width="24" height="{_ROW - 2}" fill="{_COLOURS[colour_of(judged.verdict)]}"/>'
        f'<text x="20" y="{y + 13}" text-anchor="middle">{LETTERS[judged.verdict]}</text>'
        f'<text x="{_TEXT}" y="{y + 13}">{text}</text>'
    )

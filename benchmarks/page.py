"""The measured rows in docs/benchmarks.md, and their chart, docs/benchmarks.svg."""

from __future__ import annotations

import math
import re
from html import escape

from benchmarks.rows import Row, goal_text, kept, show
from benchmarks.venvs import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
CHART = ROOT / "docs" / "benchmarks.svg"
_TABLE = re.compile(r"(?P<begin><!-- measured rows -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
_HEAD = (
    "| row | wiretape | peer | ratio | goal | limit | share of the limit | load |\n|---|---|---|---|---|---|---|---|\n"
)
_LEFT, _WIDTH, _HEIGHT, _LOW, _HIGH = 330, 900, 22, 0.25, 400.0
"""Pixels, and the range of the logarithmic scale."""


def publish() -> None:
    """Write page and chart from the kept rows."""
    about, rows = kept()
    text = f"Measured with {', '.join(f'{name} {value}' for name, value in about.items())}.\n\n{table(rows)}\n"
    old = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_TABLE.sub(lambda found: found["begin"] + text + found["end"], old), encoding="utf-8")
    CHART.write_text(chart(rows), encoding="utf-8")


def table(rows: list[Row]) -> str:
    """The figures, then what each of them means, as two Markdown tables."""
    figures = "".join(f"| {' | '.join(_cells(row))} |\n" for row in rows)
    meanings = "".join(f"| `{row.key}` | {row.what} | {row.means} |\n" for row in rows)
    return f"{_HEAD}{figures}\n| row | what is measured | what it means for you |\n|---|---|---|\n{meanings}"


def _cells(row: Row) -> list[str]:
    return [
        f"`{row.key}`",
        f"{show(row.ours)} {row.unit}",
        f"{row.peer[0]}: {show(row.peer[1])}" if row.peer else "",
        "" if row.ratio is None else show(row.ratio),
        goal_text(row).replace(" !", " (missed)"),
        f"{row.limit[0]}: {show(row.limit[1])}" if row.limit else "",
        "" if row.share is None else f"{row.share:.0%}",
        f"{row.load:.1f}",
    ]


def chart(rows: list[Row]) -> str:
    """A bar for each row with a peer: how many times as good as the peer, on a logarithmic scale."""
    shown = [(row, row.lead) for row in rows if row.lead is not None and row.peer is not None]
    height = _HEIGHT * (len(shown) + 2)
    bars = "".join(_bar(row, lead, _HEIGHT * (number + 1)) for number, (row, lead) in enumerate(shown))
    one, bottom = _x(1), height - _HEIGHT + 4
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>{bars}'
        f'<line x1="{one:.0f}" x2="{one:.0f}" y1="{_HEIGHT - 4}" y2="{bottom}" stroke="black"/>'
        f'<text x="{one:.0f}" y="{bottom + 14}" text-anchor="middle">as good as the peer</text></svg>\n'
    )


def _bar(row: Row, lead: float, y: int) -> str:
    begin, end = sorted((_x(1), _x(lead)))
    colour = "#2a7" if lead >= 1 else "#c62"
    label = escape(f"{row.key}, beside {row.peer[0] if row.peer else ''}")
    return (
        f'<text x="{_LEFT - 8}" y="{y + 12}" text-anchor="end">{label}</text>'
        f'<rect x="{begin:.0f}" y="{y}" width="{max(end - begin, 1):.0f}" height="{_HEIGHT - 6}" fill="{colour}"/>'
        f'<text x="{end + 6:.0f}" y="{y + 12}">{show(lead)} x</text>'
    )


def _x(lead: float) -> float:
    """Where a lead is on the scale."""
    bounded = min(max(lead, _LOW), _HIGH)
    part = math.log(bounded / _LOW) / math.log(_HIGH / _LOW)
    return _LEFT + part * (_WIDTH - _LEFT - 60)

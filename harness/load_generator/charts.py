"""The charts of a load: for its page, and as one picture that loads nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from harness.load_generator.run import LoadResult, LoadSecond
from harness.printable import one_line

_WIDE, _HIGH, _HEAD = 720, 160, 24
"""Pixels: a chart's size, and the height of its heading in the picture."""
_COLOURS: Final = ("#1f77b4", "#d62728")


class _Chart(NamedTuple):
    """Values of each second; the second line, if there is one, is red."""

    title: str
    lines: Sequence[Sequence[float]]


def page_charts(result: LoadResult) -> str:
    """The charts as HTML, each with its heading."""
    return "".join(
        f'<h2>{escape(each.title)}</h2><svg width="{_WIDE}" height="{_HIGH}" role="img" '
        f'aria-label="{escape(each.title)}">{_drawn(each)}</svg>'
        for each in _charts(result)
    )


def load_svg(result: LoadResult, title: str) -> bytes:
    """The charts one above the other as one SVG.

    Args:
        result: What was measured.
        title: Heading, such as the cassette's name.
    """
    charts = list(_charts(result))
    heading, block = escape(f"Load of {one_line(title, 60)}"), _HIGH + _HEAD
    drawn = "".join(
        f'<g transform="translate(0 {_HEAD + number * block})"><text x="4" y="16">{escape(each.title)}</text>'
        f'<g transform="translate(0 {_HEAD})">{_drawn(each)}</g></g>'
        for number, each in enumerate(charts)
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HEAD + block * len(charts)}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{heading}</title><rect width="100%" height="100%" '
        f'fill="white"/><text x="4" y="16" font-weight="bold">{heading}</text>{drawn}</svg>\n'
    )
    return svg.encode("utf-8", "backslashreplace")


def _charts(result: LoadResult) -> Iterator[_Chart]:
    def of(value: Callable[[LoadSecond], float]) -> list[float]:
        return [value(each) for each in result.seconds]

    def first_token(share: float) -> list[float]:
        return of(lambda each: each.measures.of("first token").percentile(share))

    sessions, failed = of(lambda each: each.measures.sessions), of(lambda each: each.measures.failed)
    yield _Chart("sessions a second (blue), failed (red)", [sessions, failed])
    yield _Chart("first token in ms: p50 (blue), p95 (red)", [first_token(0.5), first_token(0.95)])
    yield _Chart("users (blue)", [of(lambda each: each.active)])
    if result.watched:
        memory = [each.memory / 1024**2 for each in result.watched]
        descriptors = [float(each.descriptors) for each in result.watched]
        yield _Chart("the server's MiB (blue), its descriptors (red)", [memory, descriptors])


def _drawn(chart: _Chart) -> str:
    count = len(chart.lines[0])
    top = max([1.0, *(value for values in chart.lines for value in values)])
    step = _WIDE / max(1, count - 1)
    drawn = "".join(
        f'<polyline fill="none" stroke-width="2" stroke="{colour}" points="'
        + " ".join(f"{at * step:.1f},{_HIGH - value / top * (_HIGH - 20):.1f}" for at, value in enumerate(values))
        + '"/>'
        for colour, values in zip(_COLOURS, chart.lines, strict=False)
    )
    return f'{drawn}<text x="4" y="14">{top:.4g}</text><text x="{_WIDE - 60}" y="{_HIGH - 6}">{count} s</text>'

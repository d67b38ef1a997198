"""Rows: one measured figure each, beside a peer and a limit that were measured in the same run."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from benchmarks.rounds import Result
from harness.redact.byte_search import METHOD

KEPT = Path(__file__).with_name("kept.json")
"""The rows as they were measured last: what the page shows, and what the guard compares with."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure.

    Attributes:
        key: Group and name, such as ``relay.messages``.
        what: What is measured.
        means: What the figure means for a user.
        ours: wiretape's figure, in ``unit``.
        peer: What it is compared with, and its figure.
        limit: What bounds it on this machine, and that figure.
        better: Whether less or more is better.
        goal: Of the ratio if there is a peer, else of ``ours``.
        load: Of the machine, before the row was measured.
    """

    key: str
    what: str
    means: str
    unit: str
    ours: float
    peer: tuple[str, float] | None = None
    limit: tuple[str, float] | None = None
    better: Literal["less", "more"] = "less"
    goal: float | None = None
    load: float = 0.0

    @property
    def ratio(self) -> float | None:
        """Wiretape's figure by the peer's."""
        return None if self.peer is None else self.ours / self.peer[1]

    @property
    def lead(self) -> float | None:
        """How many times as good as the peer, whichever is better."""
        ratio = self.ratio
        return None if ratio is None else 1 / ratio if self.better == "less" else ratio

    @property
    def share(self) -> float | None:
        """Of the limit, from 0 to 1: at 1 nothing is left to gain."""
        if self.limit is None:
            return None
        return self.limit[1] / self.ours if self.better == "less" else self.ours / self.limit[1]

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        value = self.ours if self.ratio is None else self.ratio
        return value <= self.goal if self.better == "less" else value >= self.goal


def median(results: dict[str, Result], name: str) -> tuple[str, float]:
    """Name and median of one candidate, as `Row.peer` and `Row.limit` take them."""
    return name, results[name].median


def show(value: float) -> str:
    """Three digits that count."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def print_rows(rows: Iterable[Row]) -> None:
    """Print the rows as a table."""
    print(f"\n  {'row':<24} {'wiretape':>16} {'peer':>12} {'ratio':>8} {'goal':>9}  {'limit':>10} {'share':>6}")
    for row in rows:
        peer, limit = (show(each[1]) if each else "" for each in (row.peer, row.limit))
        ratio = "" if row.ratio is None else show(row.ratio)
        share = "" if row.share is None else f"{row.share:.0%}"
        ours = f"{show(row.ours)} {row.unit}"
        print(f"  {row.key:<24} {ours:>16} {peer:>12} {ratio:>8} {goal_text(row):>9}  {limit:>10} {share:>6}")
        names = [f"peer: {row.peer[0]}" if row.peer else "", f"limit: {row.limit[0]}" if row.limit else ""]
        print(f"    {row.what}{''.join(f'; {each}' for each in names if each)}")


def goal_text(row: Row) -> str:
    """The goal, with a mark where it is missed."""
    if row.goal is None:
        return ""
    sign = "≤" if row.better == "less" else "≥"
    return f"{sign} {row.goal:g}{'' if row.is_met else ' !'}"


def machine() -> dict[str, str]:
    """What the figures depend on, besides the code."""
    names = ("aiohttp", "curl_cffi", "httpx", "msgspec", "websockets", "PyYAML")
    found = {name: version(name) for name in names}
    return {"Python": platform.python_version(), "cores": str(os.cpu_count()), "redaction": METHOD.__name__, **found}


def kept() -> tuple[dict[str, str], list[Row]]:
    """Machine and rows of the last measurement."""
    if not KEPT.exists():
        return {}, []
    data = json.loads(KEPT.read_text(encoding="utf-8"))
    return data["machine"], [_row(each) for each in data["rows"]]


def keep(rows: Iterable[Row], order: Iterable[str]) -> None:
    """Store rows beside those of other groups, whose groups stand in ``order``."""
    known = {row.key: row for row in kept()[1]} | {row.key: row for row in rows}
    groups = list(order)
    ordered = sorted(known.values(), key=lambda row: groups.index(row.key.partition(".")[0]))
    data = {"machine": machine(), "rows": [asdict(row) for row in ordered]}
    KEPT.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _row(data: dict[str, Any]) -> Row:
    pairs = {name: tuple(data[name]) if data[name] else None for name in ("peer", "limit")}
    return Row(**{**data, **pairs})

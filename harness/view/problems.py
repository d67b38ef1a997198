"""`problem_data`: a problem of a replay as the page shows it, with the place in the session that it is about."""

from __future__ import annotations

import re
from typing import Any, Final

from harness.replay.problems import MessageMismatch, Miss, Problem
from harness.replay.report import details

_EXCHANGE: Final = re.compile(r"exchange (\d+)\b")


def problem_data(problem: Problem | str) -> dict[str, Any]:
    """The problem in the words of the report, which are masked.

    ``x`` is the index of its recorded exchange, ``message`` the number of the client's message in it, from 1; each is
    missing if the problem is about none. A request that nothing matches is about the exchange that came closest.

    Args:
        problem: A text is a problem of the session as a whole: its first line is the title.
    """
    if isinstance(problem, str):
        title, *lines = problem.split("\n")
        return {"title": title, "lines": lines}
    data: dict[str, Any] = {"title": f"{problem.kind}: {problem.summary}", "lines": list(details(problem))}
    found = _EXCHANGE.match(_label(problem))
    if found is not None:
        data["x"] = int(found[1]) - 1
        if isinstance(problem, MessageMismatch):
            data["message"] = problem.number
    return data


def _label(problem: Problem) -> str:
    if isinstance(problem, Miss):
        return "" if problem.nearest is None else problem.nearest.exchange
    return getattr(problem, "exchange", "")

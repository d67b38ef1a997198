"""The text of a report."""

from __future__ import annotations

from harness.replay.problems import Nearest, NoMatch, UsedUp
from harness.replay.report import Report


def used_up(target: str) -> UsedUp:
    return UsedUp(request=f"socket {target}", nearest=Nearest("exchange 1", (), played=True), hint="played once")


def test_equal_problems_are_one_block_with_their_number():
    problems = (used_up("/a"), NoMatch(request="GET /b"), used_up("/a"), used_up("/c"), used_up("/a"))
    text = Report(problems=problems, played=1, total=1).text()
    assert text.splitlines() == [
        "1 of 1 exchanges played, 5 problems",
        "used-up: socket /a: what matches was played already (3 times)",
        "    nearest: exchange 1 (already played)",
        "    played once",
        "no-match: GET /b: nothing recorded matches",
        "used-up: socket /c: what matches was played already",
        "    nearest: exchange 1 (already played)",
        "    played once",
    ]


def test_problems_that_are_not_listed_are_counted():
    problems = tuple(used_up(f"/{number}") for number in range(52) for _ in range(2))
    assert Report(problems=problems).text().splitlines()[-1] == ".. and 4 more"

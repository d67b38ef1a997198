"""Generations in their order, and the service's own time."""

from datetime import UTC, datetime

import pytest

from fake_server.service.deterministic import Clock
from fake_server.service.dialect import applies_to, generations_between
from provider.wire.generations import GENERATIONS

START = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "there"),
    [
        ("2025-03", None, ("2025-03", "2025-10", "2026")),
        ("2025-10", None, ("2025-10", "2026")),
        ("2026", None, ("2026",)),
        ("2025-03", "2025-03", ("2025-03",)),
        ("2025-03", "2025-10", ("2025-03", "2025-10")),
    ],
)
def test_span_holds_the_generations_between(since, until, there):
    assert generations_between(since, until) == there
    assert tuple(name for name in GENERATIONS if applies_to(name, since, until)) == there


def test_generation_that_is_none_is_not_passed_over():
    with pytest.raises(KeyError):
        applies_to("2026", "2019")


def test_clock_stands_still_until_it_is_moved():
    clock = Clock(START)
    assert clock.now == START
    clock.advance(90)
    clock.advance(0)
    assert (clock.now - START).total_seconds() == 90


@pytest.mark.parametrize("seconds", [-1, 10**12])
def test_clock_goes_neither_back_nor_beyond_the_calendar(seconds):
    clock = Clock(START)
    with pytest.raises(ValueError, match=r"time cannot go back|year 9999"):
        clock.advance(seconds)
    assert clock.now == START

"""The table of docs/faults.md: what goes wrong in real life, and its rule."""

import re

import pytest

from harness.faults import parse_rule
from harness.faults.table import FAULTS
from tests.support.project.tree import ROOT

SECTION = (ROOT / "docs" / "faults.md").read_text().partition("## What goes wrong in real life")[2]
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", SECTION, re.MULTILINE)
UNREACHABLE = [row for row in ROWS if row[2].startswith("out of reach: ")]
LINES = [line for _, _, how in ROWS for line in re.findall(r"`(.+?)`", how)]


def test_rows_are_numbered_and_counted():
    assert [int(number) for number, _, _ in ROWS] == list(range(1, len(ROWS) + 1))
    assert f"Of {len(ROWS)} ways" in SECTION
    assert f"{len(ROWS) - len(UNREACHABLE)} have a rule" in SECTION


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_a_row_has_a_rule_or_a_reason(row):
    lines = re.findall(r"`(.+?)`", row[2])
    assert lines or row in UNREACHABLE
    for line in lines:
        assert parse_rule(line).fault == line.partition(" ")[0]


def test_every_fault_has_its_row():
    assert {line.partition(" ")[0] for line in LINES} == set(FAULTS)

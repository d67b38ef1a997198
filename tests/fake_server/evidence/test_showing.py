"""The table fits its terminal, and is whole for programs."""

import json
import re

import pytest

from fake_server.evidence import EVIDENCE, Group, search
from fake_server.evidence.model import Evidence
from fake_server.evidence.table import show_json, show_text, when


def one(**fields):
    given = {
        "group": Group.EVENTS,
        "name": "appendText",
        "behaviour": "a piece",
        "paragraph": "§4.4",
        "confidence": "[2]",
    }
    return Evidence(**(given | fields))


@pytest.mark.parametrize("width", [40, 60, 75, 76, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal(width):
    lines = show_text(EVIDENCE, width=width).splitlines()
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("width", [60, 120])
def test_nothing_is_lost_by_wrapping(width):
    shown = re.sub(r"\s", "", show_text(EVIDENCE, width=width))
    assert [each.name for each in EVIDENCE if each.source.replace(" ", "") not in shown] == []
    assert [group.value for group in Group if re.sub(r"\s", "", group.value) not in shown] == []


def test_row_stands_side_by_side_on_a_wide_terminal():
    row = show_text([one()], width=100).splitlines()[-1]
    assert row.split() == ["appendText", "a", "piece", "§4.4", "[2]", "all"]
    assert len(row) < 100
    assert row.index("§4.4") > 60, "what is done has the room"


def test_row_is_stacked_on_a_narrow_one():
    shown = show_text([one(switch="parts", note="why")], width=40).splitlines()
    assert shown[-3:] == ["  appendText", "    §4.4 [2], all", "    a piece (--switch parts; why)"]


def test_colour_is_used_only_if_asked_for():
    assert "\x1b" not in show_text(EVIDENCE, width=100)
    coloured = show_text(EVIDENCE, width=100, colour=True)
    assert re.sub(r"\x1b\[\d+m", "", coloured).split() == show_text(EVIDENCE, width=100).split()


@pytest.mark.parametrize(
    ("confidence", "code"), [("[3]", 32), ("[10+]", 32), ("[1]", 2), ("[inf]", 2), ("[3], conflict", 33), ("", 2)]
)
def test_colour_tells_what_several_sources_bear(confidence, code):
    assert f"\x1b[{code}m" in show_text([one(confidence=confidence)], colour=True)


@pytest.mark.parametrize(
    ("generations", "told"),
    [
        (("2025-03", "2025-10", "2026"), "all"),
        (("2025-10", "2026"), "2025-10 on"),
        (("2026",), "2026"),
        (("2025-03",), "2025-03"),
        (("2025-03", "2025-10"), "2025-03 to 2025-10"),
        ((), "none"),
    ],
)
def test_generations_are_told_in_a_few_words(generations, told):
    assert when(one(generations=generations)) == told


def test_programs_get_every_field_of_every_row():
    told = json.loads(show_json(EVIDENCE))
    assert len(told) == len(EVIDENCE)
    assert told[0] == {
        "group": "REST: endpoints",
        "name": "GET /",
        "behaviour": EVIDENCE[0].behaviour,
        "paragraph": "§3.1",
        "confidence": "[3]",
        "generations": ["2025-03", "2025-10", "2026"],
        "switch": "",
        "note": "",
    }


def test_rows_keep_the_order_of_the_table():
    shown = show_text(search("error"), width=200)
    places = [shown.index(group.value) for group in Group if f"\n{group.value}\n" in shown]
    assert places == sorted(places)

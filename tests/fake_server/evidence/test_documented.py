"""What the evidence names stands in docs/protocol.md, with the marks that it has there."""

import re

import pytest

from fake_server.evidence import EVIDENCE, Group
from tests.support.project.tree import ROOT

PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^(#{2,3}) (\d+(?:\.\d+)?)\.? .*$", re.MULTILINE)
MARK = re.compile(r"\[(?:\d+\+?|inf|meas)\]|conflict")
UNMARKED = ("§3.8", "§5", "§6", "§7", "§8")
"""Paragraphs whose rows name sources in words, or none: nothing can be counted there."""


def paragraphs():
    """Each paragraph's text by its number: ``§4.4``; a chapter's is what stands before its first paragraph."""
    found = list(HEADING.finditer(PAGE))
    ends = [each.start() for each in found[1:]] + [len(PAGE)]
    return {f"§{each[2]}": PAGE[each.end() : end] for each, end in zip(found, ends, strict=True)}


def counted(text):
    """The marks of a text, each source list by how many it names: ``[S1, S3 = 2]`` and ``[S1, S3]`` are ``[2]``."""
    marks = set()
    for inside in re.findall(r"\[([^\]\[]+)\]", text):
        number = re.search(r"= (\d+\+?)$", inside)
        sources = re.findall(r"\bS\d+\b", inside)
        marks |= {f"[{piece}]" for piece in re.split(r", ", inside) if re.fullmatch(r"\d+\+?|inf|meas", piece)}
        marks |= {f"[{number[1]}]"} if number else {f"[{len(sources)}]"} if sources else set()
    return marks | ({"conflict"} if "conflict" in text else set())


PARAGRAPHS = paragraphs()


def rows(paragraph):
    """The tables' rows by each name in their first cell; of rows that share a name the first."""
    told = {}
    for line in PARAGRAPHS[paragraph].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| "):
            for name in re.split(r", |; ", cells[0].replace("`", "")):
                told.setdefault(name, cells)
    return told


def strangers(compared, known):
    """Names and marks of what bears another mark than the page; but for ``[inf]``, which is the fake's own guess."""
    named = {each: set(each.confidence.split(", ")) - {"[inf]"} for each in compared}
    return [(each.name, each.source) for each, marks in named.items() if not marks <= known(each)]


def test_every_paragraph_exists():
    assert {each.paragraph for each in EVIDENCE} - {""} <= set(PARAGRAPHS)


def test_confidence_is_written_as_the_page_writes_it():
    for each in EVIDENCE:
        pieces = each.confidence.split(", ") if each.confidence else []
        assert all(MARK.fullmatch(piece) for piece in pieces), each
        assert bool(pieces) == bool(each.paragraph), each


def test_source_lists_are_counted():
    assert counted("[S1, S3 = 2] [S11] [S2, S5], [10+], [meas]; conflict") == {
        "[2]",
        "[1]",
        "[10+]",
        "[meas]",
        "conflict",
    }


@pytest.mark.parametrize("group", Group, ids=lambda group: group.name)
def test_marks_stand_in_the_paragraph(group):
    # An endpoint may rest on the paragraph that tells more of it than its row does, with the row's mark.
    row = PARAGRAPHS["§3.1"] if group is Group.ENDPOINTS else ""
    compared = [each for each in EVIDENCE if each.group is group and each.paragraph]
    marked = [each for each in compared if not each.paragraph.startswith(UNMARKED)]
    assert strangers(marked, lambda each: counted(PARAGRAPHS[each.paragraph] + row) | {"conflict"}) == []


@pytest.mark.parametrize(
    ("group", "paragraph"),
    [(Group.COMMANDS, "§4.3"), (Group.EVENTS, "§4.4"), (Group.ERRORS, "§4.6"), (Group.CHALLENGES, "§4.7")],
    ids=lambda value: value.name if isinstance(value, Group) else "",
)
def test_row_of_the_page_has_the_marks_of_what_goes_over_the_wire(group, paragraph):
    told = rows(paragraph)
    compared = [each for each in EVIDENCE if each.group is group and each.name in told and each.paragraph == paragraph]
    assert len(compared) > 3
    # A row may name sources twice, for this and for that: then all of them count, too.
    texts = {
        each: f"{' '.join(told[each.name])} [{', '.join(re.findall(r'S[0-9]+', told[each.name][-1]))}]"
        for each in compared
    }
    assert strangers(compared, lambda each: counted(texts[each]) | {"conflict"}) == []


def test_endpoint_has_the_mark_of_its_row():
    told = rows("§3.1")
    compared = [each for each in EVIDENCE if each.group is Group.ENDPOINTS and each.name in told and each.confidence]
    assert len(compared) > 7
    assert strangers(compared, lambda each: counted(" ".join(told[each.name]))) == []


@pytest.mark.parametrize(("group", "paragraph"), [(Group.EVENTS, "§4.4"), (Group.ERRORS, "§4.6")])
def test_what_the_page_lists_is_there(group, paragraph):
    """Every event that was seen, and every code that comes over the socket, has its row here."""
    known = {each.name for each in EVIDENCE if each.group is group}
    listed = {name for name, cells in rows(paragraph).items() if len(cells) == 4} - {"event", "code"}
    assert len(listed) > 7
    assert listed - known == ({"unsupported-content-type", "taskLimit", "banned"} if group is Group.ERRORS else set())


def test_conflicts_are_open_questions_of_the_page():
    """A conflict is told in its paragraph, or among the open questions under the paragraph's own words or its switch."""
    asked = PARAGRAPHS["§7"]
    for each in EVIDENCE:
        if "conflict" in each.confidence:
            assert "conflict" in PARAGRAPHS[each.paragraph] or f"`{each.switch}`" in asked or each.paragraph == "§7", (
                each
            )

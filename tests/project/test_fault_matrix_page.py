"""docs/fault-matrix.md has a row for every fault; `tests.end_to_end.test_every_fault` compares the outcomes."""

from tests.end_to_end.fault_cells import LINES
from tests.project.fault_matrix_page import PAGE, rendered, written_outcomes


def test_each_rule_has_its_row():
    assert list(written_outcomes()) == list(LINES), "write them anew: python -m tests.project.fault_matrix_page"


def test_page_is_as_it_would_be_written():
    text = PAGE.read_text(encoding="utf-8")
    assert rendered(text, written_outcomes()) == text

"""Our own clients through every fault; see `tests.end_to_end.fault_cells`. docs/fault-matrix.md has the outcomes."""

import pytest

from tests.end_to_end.fault_cells import BACKINGS, CLIENTS, LINES, run_cell
from tests.project.fault_matrix_page import written_outcomes

CELLS = [(line, backing, client) for line in LINES for backing in BACKINGS for client in CLIENTS]


def check(cell, folder):
    assert run_cell(*cell, folder).outcome == written_outcomes()[cell[0]].strip("`")


def shown(cell):
    line, backing, client = cell
    return f"{client}-{backing}-{line}"


# 13 has no divisor with the four cells of a fault: each kind of cell takes its turn.
@pytest.mark.parametrize("cell", CELLS[::13], ids=shown)
def test_some_faults(cell, tmp_path):
    check(cell, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS, ids=shown)
def test_every_fault(cell, tmp_path):
    check(cell, tmp_path)

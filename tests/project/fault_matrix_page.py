"""docs/fault-matrix.md: what comes of a turn of our clients behind each fault.

``python -m tests.project.fault_matrix_page`` runs all turns and writes the table anew.
"""

import functools
import re
import sys
import tempfile
from pathlib import Path

from tests.end_to_end.fault_cells import BACKINGS, CLIENTS, LINES, run_cell
from tests.support.project.tree import ROOT

PAGE = ROOT / "docs" / "fault-matrix.md"
_TABLE = re.compile(r"(?P<begin><!-- matrix -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
_ROW = re.compile(r"^\| `(?P<line>[^`]+)` \| (?P<outcome>.+) \|$", re.MULTILINE)
_CELLS = tuple((client, backing) for client in CLIENTS for backing in BACKINGS)


def rendered(page, outcomes):
    """The page with a table of these outcomes: rule -> outcome."""
    turns = len(outcomes) * len(_CELLS)
    size = f"{len(outcomes)} rules, {len(CLIENTS)} clients, {len(BACKINGS)} kinds of service: {turns} turns.\n\n"
    rows = "".join(f"| `{line}` | {outcome} |\n" for line, outcome in outcomes.items())
    return _TABLE.sub(lambda found: f"{found['begin']}{size}| rule | outcome |\n|---|---|\n{rows}{found['end']}", page)


@functools.cache
def written_outcomes():
    """The page's outcomes: rule -> outcome."""
    return {found["line"]: found["outcome"] for found in _ROW.finditer(PAGE.read_text(encoding="utf-8"))}


def outcome_of(line):
    """The outcome of a rule, the same for both clients in front of a cassette and a script.

    Raises:
        AssertionError: They differ.
    """
    with tempfile.TemporaryDirectory(prefix="wiretape-matrix-") as folder:
        found = {cell: run_cell(line, cell[1], cell[0], Path(folder)).outcome for cell in _CELLS}
    assert len(set(found.values())) == 1, f"{line}: {found}"
    outcome = next(iter(found.values()))
    return outcome if outcome == "text" else f"`{outcome}`"


def main():
    """Run all turns, write the page, print its size."""
    outcomes = {line: outcome_of(line) for line in LINES}
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8"), outcomes), encoding="utf-8")
    print(f"{len(outcomes) * len(_CELLS)} turns")


if __name__ == "__main__":
    sys.exit(main())

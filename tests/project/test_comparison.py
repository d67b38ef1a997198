"""Each cell of the README's comparison leads to a test or a source."""

import re

from tests.support.project.tree import ROOT


def test_each_cell_of_the_comparison_leads_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("## Beside other tools")[1].split("\n## ")[0]
    head, _, *rows = [line.strip("| ").split("|") for line in text.splitlines() if line.startswith("|")]
    assert len(rows) >= 6
    for name, ours, *others in rows:
        assert len(others) == len(head) - 1, name
        tests = re.fullmatch(r"\[yes\]\((tests/[\w/]+\.py)\)", ours.strip())
        assert tests, (name, ours)
        assert "def test_" in (ROOT / tests[1]).read_text(encoding="utf-8"), (name, ours)
        for cell in others:
            assert re.fullmatch(r"\[(yes|no|some|stubs|scripts|n/a)\]\(https://\S+\)", cell.strip()), (name, cell)

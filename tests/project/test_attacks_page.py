"""Each attack that docs/security.md lists has the test that the page names."""

import re

from tests.support.project.tree import ROOT

ROWS = re.findall(r"^\| [^|]+ \| `([\w/]+\.py)::(\w+)` \|$", (ROOT / "docs/security.md").read_text(), re.MULTILINE)


def test_each_attack_has_its_test():
    assert len(ROWS) >= 30
    missing = [
        f"{path}::{name}"
        for path, name in ROWS
        if not re.search(rf"^(async )?def {name}\(", (ROOT / "tests" / path).read_text(), re.MULTILINE)
    ]
    assert missing == []

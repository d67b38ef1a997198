"""docs/faults.md lists every fault, and its rules are rules."""

import re

from harness.faults import parse_rule
from tests.project.faults_page import PAGE, rendered

TEXT = PAGE.read_text(encoding="utf-8")


def test_tables_are_those_of_the_faults():
    assert rendered(TEXT) == TEXT, "write them anew: python -m tests.project.faults_page"


def test_every_rule_on_the_page_is_one():
    lines = re.findall(r"--fault '([^']+)'", TEXT) + re.findall(r'fault\("([^"]+)"\)', TEXT)
    assert len(lines) > 2
    for line in lines:
        parse_rule(line)

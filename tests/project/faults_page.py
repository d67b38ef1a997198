"""The tables of docs/faults.md, made from the table of faults.

``python -m tests.project.faults_page`` writes them anew; the test beside this file fails while they differ.
"""

import re

from harness.faults.table import GROUPS
from tests.support.project.tree import ROOT

PAGE = ROOT / "docs" / "faults.md"
TABLES = re.compile(r"(?P<begin><!-- faults -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def rendered(page):
    """The page's text with all its tables as the faults are now."""
    return TABLES.sub(lambda found: found["begin"] + "\n".join(map(_group, GROUPS)) + found["end"], page)


def _group(name):
    rows = [f"| {' | '.join(_cells(fault))} |\n" for fault in GROUPS[name]]
    head = "| fault | strikes at | the client gets | in real life | values |\n|---|---|---|---|---|\n"
    return f"### {name}\n\n{head}{''.join(rows)}"


def _cells(fault):
    values = ", ".join(f"`{each.name}`: {each.about}{_default(each)}" for each in fault.parameters)
    return f"`{fault.name}`", ", ".join(fault.units), fault.effect, fault.real, values


def _default(parameter):
    if parameter.default is None:
        return " (needed)"
    return "" if parameter.default == "" or len(str(parameter.default)) > 30 else f" (`{parameter.default}`)"


if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

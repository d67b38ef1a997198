"""What a sweep found as files: JUnit XML for CI, and a heat map as one page of HTML.

Neither has what the program printed: that may hold whatever the program knows.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Final
from xml.etree import ElementTree as ET

from harness.faults.rule import EVERY, FaultRule
from harness.printable import one_line
from harness.sweep.sweep import Judged
from harness.sweep.verdicts import Verdict

LETTERS: Final[Mapping[Verdict, str]] = {
    "recovered": "R",
    "clean error": "E",
    "wrong success": "W",
    "hung": "H",
    "crashed": "C",
    "stormed": "S",
    "Retry-After ignored": "A",
    "leaked socket": "L",
    "close unanswered": "U",
    "doubled text": "D",
    "lost text": "T",
    "not struck": "N",
}
"""A cell shows the letter, too: colour alone does not tell everybody."""
_STYLE: Final = """
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:1.5rem}
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #8886;padding:.2rem .5rem;text-align:center}
th{font-weight:500}tbody th{text-align:left;font-family:ui-monospace,monospace;white-space:nowrap}
td{font-weight:700;color:#111;background:#f2a65a}td a{color:inherit;display:block}
.good{background:#8fd19e}.none{background:none;border-style:dotted}
.calm{background:#d0d4da}.bad{background:#f08a80}.scroll{overflow-x:auto}tr>:first-child{position:sticky;left:0;background:Canvas}
dl,dl div{display:flex;flex-wrap:wrap;gap:.1rem 1.5rem}dl div{gap:.5rem}dt{font-weight:700}dd{margin:0}
"""
_CLASSES: Final[Mapping[Verdict, str]] = {"recovered": "good", "clean error": "good", "not struck": "calm"}
_WORST: Final = frozenset({"hung", "crashed", "stormed"})


def junit_xml(judged: Sequence[Judged], allowed: Collection[str]) -> bytes:
    """The sweep as JUnit XML: one test case for each rule, failed if its verdict is not allowed.

    Args:
        judged: What the sweep found.
        allowed: Verdicts that are no failure.
    """
    bad = [each for each in judged if each.verdict not in allowed]
    counts = {"tests": str(len(judged)), "failures": str(len(bad)), "errors": "0"}
    suite = ET.Element("testsuite", {"name": "wiretape sweep", **counts, "skipped": str(_unstruck(judged))})
    for each in judged:
        attributes = {"classname": f"sweep.{each.rule.fault}", "name": _line(each.rule)}
        case = ET.SubElement(suite, "testcase", {**attributes, "time": f"{each.run.seconds:.3f}"})
        if each.verdict not in allowed:
            message = f"{each.verdict}: exit code {each.run.code}, {len(each.run.arrivals)} requests"
            ET.SubElement(case, "failure", {"type": each.verdict, "message": message})
        elif each.verdict == "not struck":
            ET.SubElement(case, "skipped", {"message": "the run never came to the place"})
    return ET.tostring(suite, encoding="utf-8", xml_declaration=True)


def heat_map_page(judged: Sequence[Judged], title: str, pages: Mapping[str, str] | None = None) -> bytes:
    """The sweep as a page: faults by places, each verdict as a colour and a letter.

    The page is one file without scripts; its policy forbids everything but its own style.

    Args:
        judged: What the sweep found.
        title: Heading of the page, such as the cassette's name.
        pages: Rule, as a line -> relative URL of the page of its run; the rule's cell leads there.
    """
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    heading = escape(one_line(title))
    counts = Counter(each.verdict for each in judged)
    sums = ", ".join(f"{count} {escape(name)}" for name, count in counts.most_common())
    targets = dict.fromkeys(_target(each.rule) for each in judged)
    tables = "".join(
        _table(target, [each for each in judged if _target(each.rule) == target], pages or {}) for target in targets
    )
    legend = "".join(
        f"<div><dt>{LETTERS[name]}</dt><dd>{escape(name)}</dd></div>" for name in LETTERS if name in counts
    )
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=True)}">'
        f"<title>Sweep of {heading}</title><style>{_STYLE}</style></head>"
        f"<body><h1>Sweep of {heading}</h1><p>{sums}</p><dl>{legend}</dl>{tables}</body></html>\n"
    )
    return page.encode("utf-8", "backslashreplace")


def colour_of(verdict: Verdict) -> str:
    """How bad a verdict is: ``good``, ``calm``, ``bad``, or empty between the last two."""
    return _CLASSES.get(verdict, "bad" if verdict in _WORST else "")


def _table(target: str, judged: Sequence[Judged], pages: Mapping[str, str]) -> str:
    places = sorted({_place(each.rule) for each in judged})
    rows: dict[str, dict[tuple[str, int], Judged]] = {}
    for each in judged:
        rows.setdefault(_fault(each.rule), {})[_place(each.rule)] = each
    head = "".join(f"<th>{unit} {'every' if number == EVERY else number}</th>" for unit, number in places)
    body = "".join(
        f"<tr><th>{escape(fault)}</th>{''.join(_cell(found.get(place), pages) for place in places)}</tr>"
        for fault, found in rows.items()
    )
    return (
        f'<h2>{escape(target)}</h2><div class="scroll"><table><thead><tr><th>fault</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(judged: Judged | None, pages: Mapping[str, str]) -> str:
    if judged is None:
        return '<td class="none"></td>'
    known = colour_of(judged.verdict)
    title = escape(f"{judged.verdict}: {_line(judged.rule)}", quote=True)
    letter, page = LETTERS[judged.verdict], pages.get(str(judged.rule))
    shown = letter if page is None else f'<a href="{escape(page, quote=True)}">{letter}</a>'
    return f'<td class="{known}" title="{title}">{shown}</td>'


def _line(rule: FaultRule) -> str:
    return one_line(str(rule), 500)


def _fault(rule: FaultRule) -> str:
    """The text of a rule's fault and its parameters, without where and how often it strikes."""
    return one_line(str(rule).partition(f" {rule.where}")[0])


def _target(rule: FaultRule) -> str:
    return one_line(f"{rule.method} {rule.path}".strip())


def _place(rule: FaultRule) -> tuple[str, int]:
    return rule.where.unit, rule.where.number


def _unstruck(judged: Sequence[Judged]) -> int:
    return sum(each.verdict == "not struck" for each in judged)

"""The files of a sweep: JUnit XML and the heat map."""

import re
from xml.etree import ElementTree as ET

from harness.faults import FaultRule, parse_rule
from harness.faults.rule import Where
from harness.sweep.heat_map_svg import heat_map_svg
from harness.sweep.reports import LETTERS, heat_map_page, junit_xml
from harness.sweep.running import FaultedRun
from harness.sweep.sweep import Judged
from harness.sweep.verdicts import GOOD, VERDICTS

HOSTILE = '<script>alert("x")</script>&\x1b[31m'


def judged(rule, verdict, code=0):
    rule = parse_rule(rule) if isinstance(rule, str) else rule
    run = FaultedRun(rule=rule, code=code, output=b"", errors=b"", seconds=0.5, arrivals=(), struck=True)
    return Judged(rule=rule, run=run, verdict=verdict)


def test_every_verdict_has_a_letter_of_its_own():
    assert set(LETTERS) == set(VERDICTS)
    assert len(set(LETTERS.values())) == len(VERDICTS)


def test_a_test_case_for_each_rule_fails_if_its_verdict_is_not_allowed():
    found = [
        judged("cut after 3 messages of /ws", "wrong success"),
        judged("lose at message 1 of /ws", "recovered"),
        judged("stall after 9 messages of /ws", "not struck"),
        judged("reset after 3 messages of /ws", "hung", None),
    ]
    suite = ET.fromstring(junit_xml(found, GOOD))  # our own text
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "2", "1")
    assert [[each.tag for each in case] for case in suite] == [["failure"], [], ["skipped"], ["failure"]]
    assert suite[0].get("name") == "cut after 3 messages of /ws"
    allowed = ET.fromstring(junit_xml(found, GOOD | {"wrong success"}))  # our own text
    assert allowed.get("failures") == "1"


def test_a_cell_has_colour_and_letter_and_stands_in_its_column():
    page = heat_map_page(
        [
            judged("cut after 2 messages of /ws", "hung"),
            judged("cut after 10 messages of /ws", "recovered"),
            judged("lose at message 10 of /ws", "doubled text"),
        ],
        "words.yaml",
    ).decode()
    rows = re.findall(r"<tr><th>(.*?)</th>(.*?)</tr>", page.split("<tbody>")[1])
    assert [name for name, _ in rows] == ["cut", "lose"]
    assert re.findall(r'class="(\w*)"[^>]*>(\w?)<', rows[0][1]) == [("bad", "H"), ("good", "R")]
    assert re.findall(r'class="(\w*)"[^>]*>(\w?)<', rows[1][1]) == [("none", ""), ("", "D")]
    assert "<th>message 2</th><th>message 10</th>" in page


def test_the_letters_are_explained_before_the_tables():
    page = heat_map_page([judged("cut after 2 messages of /ws", "hung")], "words.yaml").decode()
    assert page.index("<dt>H</dt><dd>hung</dd>") < page.index("<table>")


def test_hostile_text_stays_text():
    rule = FaultRule(fault="cut", where=Where(unit="message", number=1, after=True), path=f"/{HOSTILE}")
    page = heat_map_page([judged(rule, "hung")], HOSTILE).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page
    assert "default-src &#x27;none&#x27;; style-src &#x27;sha256-" in page
    picture = ET.fromstring(heat_map_svg([judged(rule, "hung")], HOSTILE))  # our own text
    assert {each.tag.rpartition("}")[2] for each in picture.iter()} == {"svg", "title", "rect", "text"}
    suite = ET.fromstring(junit_xml([judged(rule, "hung")], GOOD))  # our own text
    assert "<script>alert(" in suite[0].get("name")

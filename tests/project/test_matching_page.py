"""docs/matching.md says what is so: its cassette is played to each request of its table."""

import json
import re

import pytest

from harness.cassette.codec import parse
from harness.profile import ServiceProfile
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from harness.replay.report import Report
from harness.services.copilot import COPILOT
from tests.support.project.tree import ROOT

PAGE = (ROOT / "docs" / "matching.md").read_text(encoding="utf-8")
CASSETTE = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[0]
[TABLE] = re.findall(r"^\| the client sends \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
ROWS = [[cell.strip() for cell in row.strip("| ").split(" | ")[:2]] for row in TABLE.splitlines()]
ANY = ServiceProfile(name="any", upstream="https://service.test")


def asked(what):
    request, _, body = what.strip("`").partition(" {")
    method, target = request.split(" ")
    play = Playback(parse(CASSETTE.encode()), ANY, now=lambda: 1_803_186_000.0)
    return play.request(method, target, (), f"{{{body}".encode() if body else b"")


@pytest.mark.parametrize(("what", "outcome"), ROWS)
def test_row_of_the_example_is_so(what, outcome):
    came = asked(what)
    if outcome.startswith("501"):
        assert isinstance(came, Mismatch)
        option = re.search(r"`(--bind .*)`", outcome)
        assert option is None or option[1] in came.problem.hint
    else:
        assert isinstance(came, Played), came.problem.hint
        assert json.loads(came.rendering.payload(came.exchange.response.body.data)) == json.loads(outcome.strip("`"))


def test_report_on_the_page_is_what_the_player_says():
    [shown] = re.findall(r"^```text\n(no-match.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    came = asked("GET " + re.match(r"no-match: GET (\S+):", shown)[1])
    assert isinstance(came, Mismatch)
    told = Report(problems=(came.problem,), total=3).text()
    assert told.partition("\n")[2] == shown


def test_names_that_are_matched_on_are_those_that_there_are():
    from harness.match.match_on import DEFAULT_MATCH_ON, NAMES

    [table] = re.findall(r"^\| name \| what has to be equal \|\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(row.split(" | ")[0] for row in table.splitlines()))) == sorted(NAMES)
    assert f"The default is `{','.join(DEFAULT_MATCH_ON)}`" in PAGE


def test_places_of_the_page_are_taken():
    from harness.match.named_places import NamedPlace

    written = re.findall(r"`((?:query|header|form|json|message)[.\[][^`]+|path\[\d\])`", PAGE)
    assert len(written) > 10
    assert all(NamedPlace.parse(each.replace("[N]", "[0]")) for each in written)


def test_heads_of_cassettes_may_name_places():
    text = CASSETTE.replace(
        "exchanges:", "ignore: [query.t]\nbind: [path[1]]\nexchanges:".replace("[path[1]]", "['path[1]']")
    )
    assert Playback(parse(text.encode()), COPILOT).relaxed == ("--ignore query.t", "--bind path[1]")

"""What `make fuzz` prints, and its exit status."""

import pytest

from tests.fuzz import __main__ as command
from tests.fuzz.report import Outcome, outcome_of

CLEAN = """\
INFO: Seed: 1
#2\tINITED cov: 2 ft: 2 corp: 1/1b exec/s: 0 rss: 40Mb
finding: KeyError at harness/har/entry.py:12: build/fuzz/har/findings/found-0123456789ab
#1000\tDONE   cov: 31 ft: 45 corp: 2/3b lim: 11 exec/s: 500 rss: 40Mb
Done 1000 runs in 2 second(s)
stat::number_of_executed_units: 1000
"""
HUNG = """\
#2\tINITED cov: 2 ft: 2 corp: 1/1b exec/s: 0 rss: 40Mb
==7== ERROR: libFuzzer: timeout after 26 seconds
artifact_prefix='x/'; Test unit written to x/timeout-0123
stat::number_of_executed_units: 12
"""


def test_figures_are_those_of_the_last_line_of_progress():
    found = "KeyError at harness/har/entry.py:12: build/fuzz/har/findings/found-0123456789ab"
    outcome = outcome_of("har", CLEAN, 0)
    assert outcome == Outcome("har", executions=1000, seconds=2, branches=31, features=45, findings=(found,))
    assert str(outcome).split()[:6] == ["har", "1,000", "500", "31", "45", "1"]


def test_process_that_hung_is_a_finding_that_names_the_input():
    (finding,) = outcome_of("har", HUNG, 70).findings
    assert "status 70" in finding
    assert "timeout after 26 seconds" in finding
    assert "x/timeout-0123" in finding


def test_process_that_could_not_start_is_a_finding_with_its_last_line():
    (finding,) = outcome_of("har", "Traceback ..\nImportError: no such module\n", 1).findings
    assert finding == "the process ended with status 1; ImportError: no such module"


@pytest.mark.parametrize(("findings", "status"), [((), 0), (("KeyError at x:1: y",), 1)])
def test_command_ends_with_1_if_there_is_a_finding(monkeypatch, capsys, findings, status):
    asked = []

    def fuzz(name, seconds, _):
        asked.append((name, seconds))
        return Outcome(name, 10, 1, 5, 6, findings if name == "har" else ())

    monkeypatch.setattr(command, "fuzz", fuzz)
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda _: object())
    assert command.main(["--minutes", "0.5", "har", "fault"]) == status
    assert asked == [("har", 30), ("fault", 30)]
    assert [row.split()[0] for row in capsys.readouterr().out.splitlines() if row[0] != " "] == [
        "target",
        "har",
        "fault",
    ]


def test_missing_atheris_is_named_with_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda _: None)
    assert command.main(["har"]) == 2
    assert capsys.readouterr().err == command.MISSING + "\n"


def test_unknown_target_is_refused_with_the_list(capsys):
    with pytest.raises(SystemExit, match="2"):
        command.main(["hat"])
    assert "unknown target 'hat': expected one of cassette, har," in capsys.readouterr().err

"""From reports to tests that run: HARs and cassettes of sessions that went wrong, and of some that did not."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.cassette.store import load
from harness.cli.main import main
from harness.copilot.reproduce import ReproduceError, reproduce

ROOT = Path(__file__).parents[3]
CASSETTES, HARS = ROOT / "cassettes", ROOT / "tests" / "data" / "har"
FAILED = {
    "cut-2026": ("the socket ended (eof) before the answer did", "ConnectionClosedError"),
    "error-text-too-long-2026": ("the service said error (text-too-long)", "ResponseError"),
    "rest-401-2026": ("GET /c/api/user was answered with 401", "MissingAuthError"),
    "upgrade-401-2026": ("the upgrade of /c/api/chat was answered with 401", "MissingAuthError"),
    "challenge-null-2026": ("the answer did not end", "ChallengeRequiredError"),
    "close-1011-2026": ("the socket ended (close 1011) before the answer did", "ConnectionClosedError"),
    "malformed-2026": ("", "MalformedEventError"),
}


@pytest.fixture(autouse=True)
def short_wait(monkeypatch):
    """HAR files of sessions hold no ``connected``, for which the client would wait three seconds."""
    monkeypatch.setattr("provider.flow.connect.CONNECTED_WAIT", 0.2)


@pytest.mark.parametrize("name", FAILED)
def test_failure_of_a_report_is_found_and_had_again(name, tmp_path):
    made = reproduce(CASSETTES / f"{name}.yaml", tmp_path)
    assert (made.failure, made.error) == FAILED[name]
    assert load(made.cassette).recorded.by == "reproduce"


@pytest.mark.parametrize("name", ["conversation-2026", "image-2026", "text-2025-03", "hand-made-may-2025"])
def test_report_in_which_nothing_is_wrong_gives_its_last_answer(name, tmp_path):
    made = reproduce(CASSETTES / f"{name}.yaml", tmp_path)
    assert (made.failure, made.error) == ("", None)
    assert made.said


def test_turns_before_the_failed_one_are_left_out_unless_all_are_wanted(tmp_path):
    report = CASSETTES / "conversation-2026.yaml"
    assert reproduce(report, tmp_path / "one").left_out[0] == 1
    whole = reproduce(report, tmp_path / "all", whole=True)
    assert whole.left_out[0] == 0
    assert "Tell me more" in whole.test.read_text()


@pytest.mark.parametrize(
    "har", [path for path in sorted(HARS.glob("*.har")) if "no-ws" not in path.stem], ids=lambda path: path.stem
)
def test_session_of_a_browser_is_told_to_our_client(har, tmp_path):
    made = reproduce(har, tmp_path, origin="http://127.0.0.1:28801")
    assert made.error is None
    assert made.said.startswith("Hello world")


def test_report_without_a_question_is_told(tmp_path):
    har = HARS / "chrome-har-1.3.1-plain-no-ws.har"
    with pytest.raises(ReproduceError, match="holds neither a question"):
        reproduce(har, tmp_path, origin="http://127.0.0.1:28801")


def test_files_that_are_there_are_kept(tmp_path):
    report = CASSETTES / "cut-2026.yaml"
    reproduce(report, tmp_path)
    with pytest.raises(ReproduceError, match="exists already"):
        reproduce(report, tmp_path)
    assert reproduce(report, tmp_path, force=True).error == "ConnectionClosedError"


def test_name_that_leads_elsewhere_stays_in_the_folder(tmp_path):
    made = reproduce(CASSETTES / "cut-2026.yaml", tmp_path / "reports", name="../../x'; import os #\n")
    assert made.test.parent == tmp_path / "reports"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reports"]


@pytest.mark.slow
def test_written_tests_run(tmp_path):
    for name in ("cut-2026", "error-text-too-long-2026", "text-2026", "rest-401-2026"):
        assert main(["reproduce", str(CASSETTES / f"{name}.yaml"), "-o", str(tmp_path)]) == 0
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "4 passed" in ran.stdout, ran.stdout


@pytest.mark.slow
def test_written_test_fails_when_the_client_does_something_else(tmp_path):
    made = reproduce(CASSETTES / "cut-2026.yaml", tmp_path)
    made.test.write_text(made.test.read_text().replace("ERROR = 'ConnectionClosedError'", "ERROR = 'ResponseError'"))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(made.test)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "1 failed" in ran.stdout


def test_command_says_what_came_of_it(tmp_path, capsys):
    assert main(["reproduce", str(CASSETTES / "cut-2026.yaml"), "-o", str(tmp_path), "--name", "a cut"]) == 0
    said = capsys.readouterr().err
    assert "the report: the socket ended (eof) before the answer did" in said
    assert "our client: raises ConnectionClosedError" in said
    assert "test_a_cut.py" in said


def test_command_ends_with_2_where_there_is_no_report(tmp_path, capsys):
    assert main(["reproduce", str(tmp_path / "none.har")]) == 2
    assert "none.har" in capsys.readouterr().err

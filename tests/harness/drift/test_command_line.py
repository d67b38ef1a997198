"""``wiretape drift`` as people and scheduled jobs call it."""

import json
from dataclasses import dataclass

import pytest

from fake_server import serve
from fake_server.script import Script
from harness.cli.main import main
from harness.services.copilot import COPILOT
from tests.harness.drift.changed import Change, ChangedStage, with_field, without

GONE = Change(event=without("partCompleted"))
MORE = Change(event=with_field("done", usage=1))


@dataclass(frozen=True)
class Done:
    """How a run of the command ended."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def drift(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "160")

    def drift(*arguments, **variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        status = main(["drift", *map(str, arguments)])
        return Done(status, *capsys.readouterr())

    return drift


def test_nothing_found_is_said(drift, record, known):
    done = drift(record("fresh"), "--against", known)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("1 recording graded: 0 breaking, 0 new, 0 harmless\n")


def test_breaking_change_is_a_row_and_exit_code_1(drift, record, known):
    done = drift(record("fresh", GONE), "--against", known)
    assert done.returncode == 1
    [row] = [line for line in done.stdout.splitlines() if "breaking" in line]
    assert "socket /c/api/chat < partCompleted" in row
    assert "is missing in a turn of this kind" in row


@pytest.mark.parametrize(("fail_on", "code"), [("breaking", 0), ("new", 1), ("harmless", 1), ("never", 0)])
def test_job_says_what_it_fails_on(drift, record, known, fail_on, code):
    assert drift(record("fresh", MORE), "--against", known, "--fail-on", fail_on).returncode == code


def test_json_is_whole(drift, record, known):
    done = drift(record("fresh", MORE), "--against", known, "--json")
    told = json.loads(done.stdout)
    assert told["counts"] == {"breaking": 0, "new": 1, "harmless": 0}
    [found] = told["findings"]
    assert (found["kind"], found["what"], found["field"]) == ("field-new", "< done", "usage")
    assert told["graded"] == ["fresh"]
    assert len(told["learnt"]) == 3


def test_fakes_are_said_to_be_no_evidence(drift, record):
    one, other = record("one", real=False), record("other", real=False)
    done = drift(one, "--against", other)
    assert done.returncode == 0
    assert "that is no evidence of the service" in done.stderr
    assert "graded: 1 recording of fake:2026, no evidence of the service" in done.stderr


def test_fake_is_compared_with(drift, record):
    assert drift(record("same"), "--against", "fake").returncode == 0
    done = drift(record("more", MORE), "--against", "fake:2026", "--fail-on", "new")
    assert (done.returncode, "< done usage" in done.stdout) == (1, True)


@pytest.mark.parametrize("arguments", [["none.yaml"], [".", "--against", "."], ["x.yaml", "--against", "fake:1999"]])
def test_trouble_is_one_line_and_exit_code_2(drift, tmp_path, record, arguments):
    (tmp_path / "x.yaml").write_bytes(record("source", prompts=("Hello",)).read_bytes())
    (tmp_path / "source.yaml").unlink()
    done = drift(*arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr


def test_live_service_is_not_asked_without_consent(drift, known):
    done = drift(known, "--live")
    assert (done.returncode, "--yes-live" in done.stderr) == (2, True)


@pytest.mark.parametrize(("change", "code"), [(None, 0), (GONE, 1)])
def test_service_is_asked_the_same_again(drift, record, change, code):
    path = record("known", prompts=("Hello", "Draw a red fox", "And now?"), real=False)
    stage = Script() if change is None else ChangedStage(change)
    with serve(stage, own_origins=COPILOT.origins) as service:
        options = ["--upstream", service.url, "--pause", "0", "--fail-on", "harmless"]
        done = drift(path, "--live", *options, COPILOT_TOKEN="wiretape-token-2")
    assert done.returncode == code, done.stderr + done.stdout
    assert ("< partCompleted" in done.stdout) == (change is not None)


def test_values_of_messages_are_not_told(drift, record, known):
    done = drift(record("fresh", Change(event=with_field("done", note="a secret thing"))), "--against", known)
    assert "note" in done.stdout
    assert "secret" not in done.stdout + done.stderr

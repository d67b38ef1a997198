"""``wiretape doctor``: each thing that is wrong has a line that says what to do, and no line shows a secret."""

import json
import sys
import time
from importlib import metadata

import pytest

from harness.cli import doctor_cassettes
from harness.cli.main import main

GOOD = "cassette: 1\nrecorded: {at: '2026-11-23T05:00:00Z', by: hand}\nexchanges:\n- call: GET /x\n  at: 0\n  response: {status: 200}\n"
TOKEN = "sk-live-canary4fTq9ZxL27mWb8RnPdK"


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    for name in ("STATE", "DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in ("COPILOT_TOKEN", "CHROME_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COPILOT_STORE", "file")
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def examined(capsys):
    """Runs the command; returns the exit code, and the lines of a subject."""

    def run(subject):
        code = main(["doctor", "--json"])
        checks = json.loads(capsys.readouterr().out)["checks"]
        return code, [each for each in checks if each["subject"] == subject]

    return run


def test_an_empty_project_has_no_problem(capsys):
    assert main(["doctor"]) == 0
    shown = capsys.readouterr()
    assert "ok      cassettes: none in this folder" in shown.out
    assert "0 problems" in shown.err


def test_it_takes_less_than_a_second_of_this_process_and_changes_nothing(project, capsys):
    (project / "a.yaml").write_text(GOOD)
    before = sorted(project.parent.rglob("*"))
    begun = time.process_time()
    assert main(["doctor"]) == 0
    assert time.process_time() - begun < 1
    assert sorted(project.parent.rglob("*")) == before


def test_a_cassette_that_does_not_load_is_a_problem(project, examined):
    (project / "bad.yaml").write_text(GOOD.replace("status: 200", "status: two"))
    code, (bad, total) = examined("cassettes")
    assert code == 1
    assert (bad["level"], bad["advice"]) == (
        "problem",
        "correct the file (wiretape show names the place), or record it again",
    )
    assert "bad.yaml" in bad["found"]
    assert total["found"] == "looked at 1"


def test_a_cassette_with_a_secret_is_a_note_with_the_commands_that_help(project, examined):
    (project / "leak.yaml").write_text(GOOD.replace("/x", f"/x?access_token={TOKEN}"))
    code, (leak, _) = examined("cassettes")
    assert code == 0
    assert leak["level"] == "note"
    assert "wiretape redact --in-place" in leak["advice"]


def test_a_large_project_is_looked_at_in_part_and_says_so(project, examined, monkeypatch):
    monkeypatch.setattr(doctor_cassettes, "MOST_FILES", 2)
    for name in "abc":
        (project / f"{name}.yaml").write_text(GOOD)
    assert examined("cassettes")[1][-1]["found"] == "looked at 2, left the others out for speed"


def test_a_profile_with_an_error_is_a_problem(project, examined):
    (project / "wiretape.toml").write_text("[shop]\nnonsense = 1\n")
    code, (line,) = examined("profiles")
    assert (code, line["level"]) == (1, "problem")
    assert "wiretape.toml:1: unknown key" in line["found"]


def test_a_journal_that_was_left_behind_is_named_with_its_command(tmp_path, examined):
    folder = tmp_path / "state" / "wiretape"
    folder.mkdir(parents=True)
    (folder / "x.journal").write_bytes(b"no journal\n")
    (folder / "x.journal").chmod(0o644)
    code, (line,) = examined("journals")
    assert (code, line["level"]) == (0, "note")
    assert line["advice"] == f"wiretape recover --discard {folder}/x.journal"
    assert examined("permissions")[1][0]["advice"] == f"chmod 600 {folder}/x.journal"


def test_a_sign_in_that_others_can_read_is_a_problem(tmp_path, examined):
    path = tmp_path / "data" / "wiretape" / "credentials.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 1, "sessions": {}}')
    path.chmod(0o644)
    code, (line,) = examined("sign-in")
    assert (code, line["level"]) == (1, "problem")
    assert f"chmod 600 {path}" in line["advice"]


def test_an_unknown_store_is_a_problem_and_its_value_is_not_shown(monkeypatch, examined):
    monkeypatch.setenv("COPILOT_STORE", TOKEN)
    code, (line,) = examined("sign-in")
    assert (code, line["level"]) == (1, "problem")
    assert TOKEN.lower() not in json.dumps(line).lower()


def test_a_browser_that_is_not_there_is_a_note_because_little_needs_it(monkeypatch, tmp_path, examined):
    monkeypatch.setenv("CHROME_PATH", str(tmp_path / "nothing"))
    code, (line,) = examined("browser")
    assert (code, line["level"], line["advice"]) == (0, "note", "set it to Chromium, Chrome or Edge")
    monkeypatch.delenv("CHROME_PATH")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install chromium" in examined("browser")[1][0]["advice"]


def test_a_missing_extra_names_its_packages(monkeypatch, examined):
    real = metadata.distribution

    def distribution(name):
        if name == "nodriver":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "distribution", distribution)
    _, (line,) = examined("extra browser")
    assert (line["level"], line["found"]) == ("note", "not installed: nodriver")
    assert "pip install " in line["advice"]


def test_extras_of_this_repository_s_developers_are_no_concern_of_users(examined):
    assert [found for name in ("dev", "docs", "fuzz") for found in examined(f"extra {name}")[1]] == []


def test_curl_that_cannot_be_imported_is_a_problem(monkeypatch, examined):
    monkeypatch.setitem(sys.modules, "curl_cffi", None)
    code, (line,) = examined("curl_cffi")
    assert (code, line["level"]) == (1, "problem")


def test_a_state_directory_that_cannot_be_written_is_a_problem(monkeypatch, tmp_path, examined):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    code, (line,) = examined("state directory")
    assert (code, line["level"]) == (1, "problem")
    assert "XDG_STATE_HOME" in line["advice"]


@pytest.mark.parametrize("name", ["XDG_STATE_HOME", "XDG_DATA_HOME"])
def test_a_folder_that_cannot_be_looked_at_is_a_problem_and_no_crash(monkeypatch, examined, name):
    monkeypatch.setenv(name, f"/{'a' * 300}")
    code, (line,) = examined("state directory" if "STATE" in name else "sign-in")
    assert (code, line["level"]) == (1, "problem")

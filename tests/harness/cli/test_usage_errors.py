"""Options that are wrong or have no effect: exit code 2, and nothing is left behind."""

import socket

import pytest

from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.record.state_dir import journals
from harness.services.copilot import COPILOT
from tests.support.clients.command_line import ROOT, run


@pytest.mark.parametrize(
    "arguments",
    [
        ("--upstream", "nonsense", "--", "true"),
        ("--upstream", "ftp://127.0.0.1", "--", "true"),
        ("--", "there-is-no-such-command"),
        ("--", "./not-executable"),
        ("--port", "BUSY", "--", "true"),
        ("--headless",),
        ("--all",),
        ("--browser", "--", "true"),
        ("--browser", "--port", "4000"),
        ("--verify", "ca.pem", "--", "true"),
        ("--merge", "--force", "--", "true"),
        ("--merge", "--pin-date", "--", "true"),
        ("--ca", "x.pem", "--", "true"),
    ],
    ids=" ".join,
)
def test_wrong_usage_leaves_no_journal(state, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "not-executable").write_text("")
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        given = [str(busy.getsockname()[1]) if one == "BUSY" else one for one in arguments]
        if "--upstream" not in given:
            given = ["--upstream", "http://127.0.0.1:9", *given]
        assert run("record", "-o", "x.yaml", *given) == 2
    assert not journals(state)
    assert not (tmp_path / "x.yaml").exists()


def test_recover_all_writes_nothing_for_a_journal_without_an_exchange(state, tmp_path, capsys):
    recording = Recording(tmp_path / "x.yaml", COPILOT, options=RecordingOptions(state_directory=state))
    kept = recording.journal.path.read_bytes()
    recording.discard()
    (state / "killed-000000000000.journal").write_bytes(kept)
    assert run("recover", "--all") == 0
    assert "held no exchange" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "x.yaml").exists()
    assert not journals(state)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--all", "--discard", "--merge"),
        ("--list", "--force"),
        ("--force",),
        ("--list", "--discard"),
    ],
    ids=" ".join,
)
def test_options_of_recover_that_would_do_nothing_are_refused(state, arguments):
    assert run("recover", *arguments) == 2


@pytest.mark.parametrize("arguments", [("--ca-file", "x.pem"), ("--json",)], ids=" ".join)
def test_options_of_serve_that_would_do_nothing_are_refused(arguments, capsys):
    assert run("serve", "--port", "0", *arguments) == 2
    assert f"{arguments[0]} needs --" in capsys.readouterr().err


def test_deadline_of_a_replay_for_anybody_is_refused(capsys):
    assert run("replay", ROOT / "cassettes" / "none.yaml", "--deadline", "3") == 2
    assert "--deadline needs COMMAND" in capsys.readouterr().err


def test_busy_port_is_named_once(state, tmp_path, capsys):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert run("record", "-o", tmp_path / "x.yaml", "--upstream", "http://127.0.0.1:9", "--port", port) == 2
    assert capsys.readouterr().err.count(str(port)) == 1

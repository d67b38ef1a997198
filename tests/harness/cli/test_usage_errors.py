"""Options that are wrong or have no effect: exit code 2, and nothing is left behind."""

import os
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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "folder"), "folder: cannot be read: it is a folder, not a file"),
        (("record", "-o", "folder", "--force", "--upstream", "http://127.0.0.1:9", "--", "true"), "folder is a folder"),
        (("view", "cassettes/text-2026.yaml", "--out", "folder", "--force"), "folder is a folder: name a file in it"),
        (("record", "-o", "x.yaml", "--upstream", "api.example", "--", "true"), "write it like https://api.example"),
        (("record", "-o", "x.yaml", "--upstream", "http://a:99999", "--", "true"), "its port is above 65535"),
        (("record", "-o", "x.yaml", "--upstream", "https://u:p@a.example", "--", "true"), "leave out password, path"),
        (("import", "text", "-o", "x.yaml"), "this is not JSON, or it is broken"),
        (("import", "empty", "-o", "x.yaml"), "empty: the file is empty; export the HAR again"),
        (("import", "folder", "-o", "x.yaml"), "folder: cannot be read: it is a folder, not a file"),
        (("import", "cassettes/text-2026.yaml", "-o", "x.yaml"), "this is a cassette of wiretape: use it as it is"),
        (("show", "empty"), "empty: not a cassette: the file is empty"),
        (("show", "words"), "`wiretape import` makes one of a HAR file"),
        (("redact", "-i", "text", "empty"), "neither a cassette nor a HAR file in text, empty: is the path right?"),
        (("faults", "cutt"), "no fault is named 'cutt'; did you mean cut? `wiretape faults` lists them"),
        (("replay", "cassettes/text-2026.yaml", "--fault", "cut aftr 3 messages"), "did you mean after?"),
        (("sweep", "cassettes/text-2026.yaml", "--faults", "cutt", "--", "true"), "did you mean cut?"),
        (("reproduce", "cassettes/text-2026.yaml", "-o", "text"), "text is a file: name a folder for the test"),
        (("drift", "cassettes/text-2026.yaml"), "cassettes: no such file or folder: name recordings"),
        (("login", "--har", "folder"), "folder: it is a folder: name a HAR file in it"),
        (("serve", "--port", "0", "--scenarios", "nul"), "nul: not Python: source code string cannot contain"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_value_is_answered_with_what_to_do(state, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COPILOT_STORE", "file")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("{hello")
    (tmp_path / "words").write_text("hello")
    (tmp_path / "empty").touch()
    (tmp_path / "nul").write_bytes(b"x = 1\0")
    given = [str(ROOT / one) if one.startswith("cassettes/") else one for one in arguments]
    assert run(*given) == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert said in shown
    assert "u:p" not in shown


def test_a_port_in_use_is_answered_with_what_to_do(state, tmp_path, capsys):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert run("replay", ROOT / "cassettes/text-2026.yaml", "--port", port, "--", "true") == 2
    assert "in use; end the program that listens there, or choose another port" in " ".join(
        capsys.readouterr().err.split()
    )


def test_redact_refuses_a_file_that_cannot_be_read_before_it_changes_another(state, tmp_path, capsys):
    har = tmp_path / "a.har"
    har.write_text('{"log":{"entries":[]}}')
    os.mkfifo(tmp_path / "b.har")
    assert run("redact", "-i", har, tmp_path / "b.har") == 2
    assert "b.har: cannot be redacted: not a regular file" in " ".join(capsys.readouterr().err.split())


def test_recover_of_a_journal_that_is_missing_says_where_they_are_listed(state, tmp_path, capsys):
    assert run("recover", tmp_path / "gone.journal") == 1
    assert "`wiretape recover` lists the journals that were left behind" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("group", ["live", "profile"])
def test_help_of_a_group_shows_its_commands_and_no_options_of_the_root(group, capsys):
    assert run(group, "--help") == 0
    shown = capsys.readouterr().out
    assert "Commands" in shown
    assert "--install-completion" not in shown
    assert "<bool>" not in shown

"""``wiretape recover``, as a user types it."""

import pytest

from harness.cli.main import main
from harness.record.recording import Recording
from harness.services.copilot import COPILOT


@pytest.fixture
def left(tmp_path, monkeypatch):
    """The journal of a recording that was broken off, in a state directory of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    recording = Recording(tmp_path / "x.yaml", COPILOT)
    track = recording.begin("GET", "/c/api/user", (), at=1.0)
    track.respond(204, (), at=1.1)
    track.end(at=1.2)
    recording.close()
    return recording.journal.path


def run(*arguments):
    return main(["recover", *map(str, arguments)])


@pytest.mark.parametrize("arguments", [(), ("--list",)])
def test_what_was_left_behind_is_listed_and_kept(left, capsys, arguments):
    assert run(*arguments) == 0
    shown = capsys.readouterr()
    assert str(left) in shown.out
    assert "left behind" in shown.out
    assert "1 left behind" in shown.err
    assert left.exists()


def test_all_are_recovered(left, capsys, tmp_path):
    assert run("--all") == 0
    assert "recovered 1 call, 0 sockets, 0 messages" in capsys.readouterr().err
    assert "complete: false" in (tmp_path / "x.yaml").read_text()
    assert not left.exists()


def test_one_that_cannot_be_recovered_does_not_stop_the_others(left, capsys, tmp_path):
    (left.parent / "a.journal").write_bytes(b"no journal")
    assert run("--all") == 1
    assert "a.journal is no journal" in capsys.readouterr().err
    assert (tmp_path / "x.yaml").exists()


def test_nothing_left_behind_is_no_failure(left, capsys):
    assert run("--all", "--discard") == 0
    assert run("--all") == 0
    assert "no recording was left behind" in capsys.readouterr().err


def test_newer_cassette_is_one_line_and_exit_code_1(left, capsys, tmp_path):
    (tmp_path / "x.yaml").write_text("mine")
    assert run(left) == 1
    assert "changed after" in capsys.readouterr().err
    assert (tmp_path / "x.yaml").read_text() == "mine"
    assert run(left, "-o", tmp_path / "y.yaml") == 0


@pytest.mark.parametrize(
    "arguments",
    [("--list", "--all"), ("x", "--all"), ("-o", "y.yaml"), ("a", "b", "-o", "y.yaml"), ("--all", "-o", "y")],
)
def test_options_that_do_not_go_together_are_exit_code_2(arguments):
    assert run(*arguments) == 2


def test_journal_that_is_not_there_is_exit_code_1(tmp_path, capsys):
    assert run(tmp_path / "none.journal") == 1
    assert "No such file" in capsys.readouterr().err

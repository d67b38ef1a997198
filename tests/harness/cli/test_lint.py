"""``wiretape lint`` and ``wiretape redact``, as a user types them."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange
from harness.cassette.store import load, save
from harness.cli.main import main
from tests.support.project.tree import ROOT

SECRET = "q7Zk3vX9pLw2RtY8"
FROM = Recorded(at="2026-11-23T05:00:00Z", by="relay")


def run(*arguments):
    return main([str(argument) for argument in arguments])


def cassette(secret=SECRET, body=b"hello"):
    call = Call(
        method="GET",
        target=f"/?accessToken={secret}",
        request=RequestPart(headers=(("cookie", "_EDGE_V=1; a="),)),
        response=ResponsePart(status=200, body=Body(data=body)),
    )
    return Cassette(recorded=FROM, exchanges=(call,))


@pytest.fixture
def unsafe(tmp_path):
    save(cassette(), tmp_path / "a.yaml")
    return tmp_path / "a.yaml"


@pytest.fixture
def unsafe_har(tmp_path):
    path = tmp_path / "b.har"
    path.write_text(json.dumps({"log": {"entries": [{"request": {"url": f"/?accessToken={SECRET}"}}]}}))
    return path


def test_lint_says_where_and_never_what(unsafe, capsys):
    assert run("lint", unsafe) == 1
    shown = capsys.readouterr()
    assert re.fullmatch(rf"{re.escape(str(unsafe))}:\d+:\d+: accesstoken \(plain\)\n", shown.out)
    assert "1 possible secrets in 1 file" in shown.err
    assert SECRET not in shown.out + shown.err


def test_lint_of_a_clean_cassette_finds_nothing(tmp_path, capsys):
    save(cassette("wiretape-token-1"), tmp_path / "a.yaml")
    assert run("lint", tmp_path) == 0
    assert capsys.readouterr().out == ""


def test_lint_looks_through_folders_and_passes_over_other_files(unsafe, unsafe_har, tmp_path, capsys):
    (tmp_path / "settings.yaml").write_text(f"accessToken: {SECRET}\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/b.har").write_bytes(unsafe_har.read_bytes())
    assert run("lint", "--json", tmp_path) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == 2
    assert [Path(each["file"]).name for each in told["findings"]] == ["a.yaml", "b.har"]


def test_lint_looks_through_side_files(tmp_path, capsys):
    save(cassette("wiretape-token-1", b"x" * 70_000 + b'"accessToken":"%s"' % SECRET.encode()), tmp_path / "a.yaml")
    assert run("lint", tmp_path / "a.yaml") == 1
    assert "a.yaml.files/" in capsys.readouterr().out


def test_lint_of_a_side_file_alone_goes_by_the_look(tmp_path):
    save(cassette("wiretape-token-1", b"x " * 40_000 + b"joe@corp.io"), tmp_path / "a.yaml")
    (side,) = (tmp_path / "a.yaml.files").iterdir()
    assert run("lint", side) == 1


def test_lint_finds_what_lies_across_messages(tmp_path, capsys):
    texts = ("joe@cor", "p.io.")
    lines = [
        Line("<", at, "text", b'{"event":"appendText","text":"%s"}' % text.encode()) for at, text in enumerate(texts)
    ]
    socket = SocketExchange(target="/", response=ResponsePart(status=101), messages=(*lines, Line("<", 9, "close")))
    save(Cassette(recorded=FROM, exchanges=(socket,)), tmp_path / "a.yaml")
    redacted = tmp_path / "b.yaml"
    assert run("lint", tmp_path / "a.yaml") == 1
    assert "messages of exchange 1 joined" in capsys.readouterr().out
    assert run("redact", tmp_path / "a.yaml", "-o", redacted) == 0
    assert run("lint", redacted) == 0


def test_unreadable_file_is_told_and_the_others_are_looked_at(unsafe, tmp_path, capsys):
    (tmp_path / "0.har").write_text("{")
    assert run("lint", tmp_path) == 2
    shown = capsys.readouterr()
    assert "0.har: not a HAR" in shown.err
    assert "a.yaml" in shown.out


def test_missing_path_is_wrong_usage(tmp_path, capsys):
    assert run("lint", tmp_path / "none.yaml") == 2
    assert "no such file" in capsys.readouterr().err


def test_learnt_secret_is_found_in_any_encoding(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("Zk3vX9pLw2RtY8q7\n\n")
    save(cassette("wiretape-token-1", b"Wmszdlg5cEx3MlJ0WThxNw== eg"), tmp_path / "a.yaml")
    assert run("lint", tmp_path) == 0
    assert run("lint", "--learn", tmp_path / "mine.txt", tmp_path) == 1
    assert "learnt (base64)" in capsys.readouterr().out


def test_learnt_secret_that_is_too_plain_is_refused_unseen(unsafe, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text(f"{SECRET}\nhello\n")
    assert run("lint", "--learn", tmp_path / "mine.txt", unsafe) == 2
    shown = capsys.readouterr().err
    assert "line 2 is too short or too plain" in shown
    assert "hello" not in shown


def test_redact_in_place_leaves_nothing_to_find(unsafe, unsafe_har, tmp_path):
    assert run("redact", "--in-place", tmp_path) == 0
    assert run("lint", tmp_path) == 0
    assert load(unsafe).exchanges[0].target == "/?accessToken=wiretape-token-1"
    assert SECRET not in unsafe_har.read_text()


def test_redact_again_changes_no_byte(unsafe, unsafe_har, tmp_path):
    run("redact", "-i", tmp_path)
    once = unsafe.read_bytes(), unsafe_har.read_bytes()
    assert run("redact", "-i", tmp_path) == 0
    assert (unsafe.read_bytes(), unsafe_har.read_bytes()) == once


@pytest.mark.parametrize("name", ["a.yaml", "b.har"])
def test_redact_into_another_file_leaves_the_first(unsafe, unsafe_har, tmp_path, name):
    before = (tmp_path / name).read_bytes()
    assert run("redact", tmp_path / name, "--output", tmp_path / f"new-{name}") == 0
    assert (tmp_path / name).read_bytes() == before
    assert SECRET.encode() not in (tmp_path / f"new-{name}").read_bytes()


def test_redact_learns_from_a_file(tmp_path):
    (tmp_path / "mine.txt").write_text("Zk3vX9pLw2RtY8q7\n")
    save(cassette("wiretape-token-1", b"it is Zk3vX9pLw2RtY8q7"), tmp_path / "a.yaml")
    assert run("redact", "-i", "--learn", tmp_path / "mine.txt", tmp_path / "a.yaml") == 0
    assert load(tmp_path / "a.yaml").exchanges[0].response.body.data == b"it is wiretape-token-2"


@pytest.mark.parametrize("where", [(), ("-i", "-o", "x.har")])
def test_redact_wants_one_place_for_its_result(unsafe, where, capsys):
    before = unsafe.read_bytes()
    assert run("redact", unsafe, *where) == 2
    assert "--in-place or --output" in capsys.readouterr().err
    assert unsafe.read_bytes() == before


def test_har_that_cannot_be_redacted_stays_as_it_was(tmp_path, capsys):
    path = tmp_path / "b.har"
    path.write_text(json.dumps({"log": {SECRET: 1, "entries": [{"accessToken": SECRET}]}}))
    before = path.read_bytes()
    assert run("redact", "-i", path) == 2
    assert SECRET not in capsys.readouterr().err
    assert path.read_bytes() == before


# ---------------------------------------------------------------- the pre-commit hook
HOOK = yaml.load((ROOT / ".pre-commit-hooks.yaml").read_text(), yaml.CSafeLoader)[0]  # noqa: TID251  # no cassette


def git(folder, *arguments):
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment, timeout=30).stdout


def hooked(folder):
    """What pre-commit does: the hook's entry on those staged files that it asks for."""
    staged = [name for name in git(folder, "diff", "--cached", "--name-only").split("\n") if name]
    files = [name for name in staged if re.search(HOOK["files"], name)]
    entry = shlex.split(HOOK["entry"])
    program = Path(sys.executable).parent / entry[0]
    return subprocess.run(
        [program, *entry[1:], *files], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def repository(tmp_path):
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    git(tmp_path, "init", "-q")
    return tmp_path


def test_hook_stops_a_commit_of_a_secret(repository):
    save(cassette(), repository / "a.yaml")
    git(repository, "add", ".")
    done = hooked(repository)
    assert done.returncode == 1
    assert "a.yaml:" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_hook_lets_clean_cassettes_and_other_files_pass(repository):
    save(cassette("wiretape-token-1", b"y" * 70_000), repository / "a.yaml")
    (repository / "ci.yml").write_text("on: push\n")
    (repository / "notes.txt").write_text(f"accessToken={SECRET}")
    git(repository, "add", ".")
    assert hooked(repository).returncode == 0


@pytest.mark.parametrize("paths", [["empty"], ["other.txt"], ["other.yaml"], ["empty", "other.txt"]], ids=" ".join)
def test_lint_of_neither_a_cassette_nor_a_har_fails(tmp_path, paths, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "other.txt").write_text("x")
    (tmp_path / "other.yaml").write_text("on: push\n")
    given = [tmp_path / each for each in paths]
    assert run("lint", *given) == 2
    assert "neither a cassette nor a HAR" in " ".join(capsys.readouterr().err.split())
    assert run("lint", "--may-be-none", *given) == 0


@pytest.mark.parametrize(
    "broken", ["cassette: 1\nrecorded: [\n", "cassette: 1\nx: y\n", "cassette: 9\n"], ids=["yaml", "key", "newer"]
)
def test_lint_never_says_that_nothing_is_in_what_it_could_not_read(tmp_path, broken, capsys):
    (tmp_path / "a.yaml").write_text(f"{broken}# joe@corp.io\n")
    assert run("lint", tmp_path) == 2
    shown = capsys.readouterr()
    assert "nothing secret found" not in shown.err
    assert "1 file could not be read" in shown.err
    assert "a.yaml:" in shown.out  # what shows itself by its look is told all the same
    assert "joe@" not in shown.out + shown.err


def test_lint_tells_of_links_to_nothing(tmp_path, capsys):
    save(cassette("wiretape-token-1"), tmp_path / "a.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "gone")
    assert run("lint", tmp_path) == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert "b.yaml: not a regular file" in shown
    assert "nothing secret found in 1 file" in shown

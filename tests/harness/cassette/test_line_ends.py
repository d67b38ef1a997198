"""Side files survive a checkout that changes line ends, as git does by settings that nobody sees."""

import os
import shutil
import subprocess

import pytest

from harness.cassette.errors import ChangedSideFileError
from harness.cassette.files import ATTRIBUTES
from harness.cassette.model import Body, Call, Cassette, Recorded, ResponsePart
from harness.cassette.store import load, save, side_folder

LINES = b"a line of text\n" * 6000


def session(*bodies):
    calls = (
        Call(method="GET", target=f"/{at}", at=at, response=ResponsePart(status=200, body=Body(data=body)))
        for at, body in enumerate(bodies)
    )
    return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=tuple(calls))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.yaml"


def side_files(path):
    return sorted(one for one in side_folder(path).iterdir() if one.name != ATTRIBUTES)


def to_crlf(data):
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def to_lf(data):
    return data.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "body", [LINES, to_crlf(LINES), LINES[:-1], b'{"a":1}\n' * 20_000], ids=["lf", "crlf", "open", "json"]
)
@pytest.mark.parametrize("change", [to_crlf, to_lf], ids=["to crlf", "to lf"])
def test_side_file_with_other_line_ends_is_read_as_it_was(path, body, change):
    save(session(body), path)
    for one in (path, *side_files(path)):
        one.write_bytes(change(one.read_bytes()))
    assert load(path).exchanges[0].response.body.data == body


def test_cassette_that_was_checked_out_so_is_saved_again_without_a_change(path):
    save(session(LINES), path)
    before = path.read_bytes()
    (one,) = side_files(path)
    one.write_bytes(to_crlf(one.read_bytes()))
    save(load(path), path)
    assert path.read_bytes() == before
    assert load(path).exchanges[0].response.body.data == LINES


@pytest.mark.parametrize("change", [lambda data: data + b"x", lambda data: data.replace(b"line", b"Line")])
def test_other_changes_are_found_whatever_the_line_ends(path, change):
    save(session(LINES), path)
    (one,) = side_files(path)
    one.write_bytes(to_crlf(change(one.read_bytes())))
    with pytest.raises(ChangedSideFileError, match="line ends"):
        load(path)


def test_git_is_told_of_files_that_it_may_take_for_text(path):
    save(session(b"\x89PNG\0\n" + LINES), path)
    assert not (side_folder(path) / ATTRIBUTES).exists()
    save(session(LINES), path)
    assert (side_folder(path) / ATTRIBUTES).read_bytes() == b"* -text\n"
    save(session(b"small"), path)
    assert not side_folder(path).exists()


def test_attributes_of_the_users_own_stay(path):
    side_folder(path).mkdir()
    (side_folder(path) / ATTRIBUTES).write_text("* binary\n")
    save(session(LINES), path)
    assert (side_folder(path) / ATTRIBUTES).read_text() == "* binary\n"
    save(session(b"small"), path)
    assert (side_folder(path) / ATTRIBUTES).read_text() == "* binary\n"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("autocrlf", ["true", "input", "false"])
def test_checkout_by_git_is_replayed(path, tmp_path, autocrlf):
    mixed = LINES + to_crlf(LINES)  # nobody could put these back together
    whole = session(LINES, to_crlf(LINES), mixed)
    save(whole, path)
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*arguments):
        command = [
            "git",
            "-c",
            f"core.autocrlf={autocrlf}",
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@x.test",
            *arguments,
        ]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=environment, timeout=30)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "x")
    shutil.rmtree(side_folder(path))
    path.unlink()
    git("checkout", "-q", "--", ".")
    assert [each.response.body.data for each in load(path).exchanges] == [LINES, to_crlf(LINES), mixed]

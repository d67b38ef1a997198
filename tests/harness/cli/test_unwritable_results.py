"""A full disk, or a folder that may not be written, under `reproduce` and `recover`: all files or none, and a reason."""

import os
import sys

import pytest

from harness.cassette.store import load, save
from harness.record.recording import Recording
from harness.services.copilot import COPILOT
from tests.support import full_disk
from tests.support.cassettes.builders import call, cassette
from tests.support.clients.command_line import run
from tests.support.project.tree import ROOT
from tests.support.read_only import read_only

CUT = ROOT / "cassettes" / "cut-2026.yaml"
PROGRAM = """
import os, urllib.request
print(len(urllib.request.urlopen(os.environ["WIRETAPE_URL"] + "/items", timeout=10).read()))
"""


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """The current folder, with a program; journals lie elsewhere."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("provider.flow.connect.CONNECTED_WAIT", 0.2)
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "program.py").write_text(PROGRAM)
    save(cassette(call("GET /items"), origin="https://api.shop.example"), tmp_path / "shop.yaml")
    return folder


def tree(folder):
    """Each file below a folder, and its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def with_our_client(*options):
    return run("reproduce", CUT, "--name", "cut", *options)


def with_program(*options):
    return run("reproduce", "../shop.yaml", "--name", "cut", *options, "--", sys.executable, "program.py")


WAYS = pytest.mark.parametrize("reproduce", [with_our_client, with_program])


@WAYS
@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
def test_no_cassette_is_left_where_its_test_cannot_be_written(project, capsys, reproduce, old):
    reports = project / "tests" / "reports"
    (reports / "cassettes").mkdir(parents=True)
    if old:
        (reports / "cassettes" / "cut.yaml").write_text("old")
        (reports / "test_cut.py").write_text("old")
    before = tree(project)
    with read_only(reports):
        assert reproduce("--force") == 2
    assert "test_cut.py: cannot be written: Permission denied" in capsys.readouterr().err
    assert tree(project) == before


@WAYS
def test_no_test_is_left_where_its_cassette_cannot_be_written(project, capsys, reproduce):
    cassettes = project / "tests" / "reports" / "cassettes"
    cassettes.mkdir(parents=True)
    before = tree(project)
    with read_only(cassettes):
        assert reproduce() == 2
    assert "cut.yaml: cannot be written: Permission denied" in capsys.readouterr().err
    assert tree(project) == before


@WAYS
def test_folder_that_cannot_be_made_is_named(project, capsys, reproduce):
    before = tree(project)
    with read_only(project):
        assert reproduce() == 2
    assert "tests" in (told := capsys.readouterr().err)
    assert "Permission denied" in told
    assert tree(project) == before


@WAYS
def test_full_disk_leaves_the_old_cassette_and_the_old_test(project, capsys, reproduce):
    assert reproduce() == 0
    before = tree(project)
    with full_disk.limited() as limit:
        limit(50)  # enough for what the program prints
        assert reproduce("--force") == 2
    assert "File too large" in capsys.readouterr().err
    assert tree(project) == before


@pytest.fixture
def journal(project):
    """The journal of a recording that was cut off, for a cassette that exists already and is older."""
    recording = Recording(project / "x.yaml", COPILOT)
    track = recording.begin("GET", "/c/api/user", (), at=1.0)
    track.respond(200, (), at=1.1)
    track.chunk(b"x" * 5000, at=1.15)
    track.end(at=1.2)
    recording.close()
    (project / "x.yaml").write_text("old")
    os.utime(project / "x.yaml", (1, 1))
    return recording.journal.path


def recovers_later(journal, project):
    assert run("recover", journal) == 0
    [found] = load(project / "x.yaml").exchanges
    return len(found.response.body.data) == 5000 and not journal.exists()


def test_full_disk_keeps_the_journal_and_the_old_cassette(project, journal, capsys):
    before, kept = tree(project), journal.read_bytes()
    with full_disk.limited() as limit:
        limit(100)
        assert run("recover", "--all") == 1
    assert "x.yaml: cannot be written: File too large" in capsys.readouterr().err
    assert (tree(project), journal.read_bytes()) == (before, kept)
    assert recovers_later(journal, project)


def test_folder_that_may_not_be_written_keeps_the_journal_and_the_old_cassette(project, journal, capsys):
    before, kept = tree(project), journal.read_bytes()
    with read_only(project):
        assert run("recover", journal) == 1
    assert "x.yaml: cannot be written: Permission denied" in capsys.readouterr().err
    assert (tree(project), journal.read_bytes()) == (before, kept)
    assert recovers_later(journal, project)


def test_state_folder_that_may_not_be_written_leaves_all_as_it_was(project, journal, capsys):
    before, kept = tree(project), journal.read_bytes()
    with read_only(journal.parent):
        assert run("recover", journal) == 1
    assert "Permission denied" in capsys.readouterr().err
    assert (tree(project), journal.read_bytes()) == (before, kept)
    assert recovers_later(journal, project)

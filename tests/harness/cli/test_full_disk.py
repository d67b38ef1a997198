"""A full disk under each command that writes: one line names the file, the old one stays, and the exit code is 2."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fake_server import serve
from tests.support import full_disk
from tests.support.clients.command_line import Fixed, run
from tests.support.project.tree import ROOT

CHAT = ROOT / "cassettes" / "text-2026.yaml"
PROGRAM = (sys.executable, "-c", "import os, urllib.request as r; r.urlopen(os.environ['WIRETAPE_URL'] + '/x')")


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """A cassette of one call."""
    path = tmp_path_factory.mktemp("call") / "call.yaml"
    with serve(Fixed()) as server:
        assert run("record", "-o", path, "--upstream", server.url, "--", *PROGRAM) == 0
    return path


@pytest.fixture
def full():
    """A disk with room for three bytes in each file."""
    with full_disk.limited() as limit:
        limit(3)
        yield


def fails(output, capsys, *arguments):
    """Run a command whose output is an existing file."""
    output.write_bytes(b"old")
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert f"{output.name}: cannot be written: File too large" in captured.err
    assert "Traceback" not in captured.err
    assert output.read_bytes() == b"old"
    assert sorted(each.name for each in output.parent.iterdir()) == [output.name]
    return captured


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("page.html", ("view", CHAT, "--force", "--out")),
        ("both.html", ("view", CHAT, CHAT, "--force", "--out")),
        ("chat.har", ("export", CHAT, "--har", "--force", "--output")),
        ("chat.yaml", ("trim", CHAT, "--only", "*", "--force", "--output")),
    ],
    ids=["view", "view of two", "export", "trim"],
)
def test_output_stays_as_it_was(tmp_path, capsys, name, arguments):
    fails(tmp_path / name, capsys, *arguments, tmp_path / name)


def test_import_leaves_the_old_cassette(tmp_path, capsys):
    har, output = tmp_path / "in" / "chat.har", tmp_path / "out" / "chat.yaml"
    har.parent.mkdir()
    output.parent.mkdir()
    assert run("export", CHAT, "--har", "-o", har) == 0
    with full_disk.limited() as limit:
        limit(3)
        fails(output, capsys, "import", har, "--force", "-o", output)


def test_cassette_that_is_redacted_in_place_stays_as_it_was(tmp_path, capsys):
    path = tmp_path / "chat.yaml"
    path.write_text(CHAT.read_text().replace("appendText", "Q7v9XkP2mW4zRt8s"))
    (tmp_path / "secrets").write_text("Q7v9XkP2mW4zRt8s\n")
    old = path.read_bytes()
    with full_disk.limited() as limit:
        limit(3)
        assert run("redact", path, "--in-place", "--learn", tmp_path / "secrets") == 2
    assert "chat.yaml: cannot be written: File too large" in capsys.readouterr().err
    assert path.read_bytes() == old


@pytest.mark.parametrize("option", ["--junit", "--svg", "--html"])
def test_verdicts_of_a_sweep_are_printed_though_a_report_cannot_be_written(tmp_path, call, option):
    code = f"import resource, sys; sys.path.insert(0, {str(ROOT)!r})\n"
    code += "from harness.cli import sweep\nfrom harness.cli.main import main\n"
    # The programs that the sweep starts have room for their output, which goes to files.
    code += "after = sweep._sum_up\n"
    code += "def sum_up(*given):\n    after(*given)\n    resource.setrlimit(resource.RLIMIT_FSIZE, (3, 3))\n"
    code += "sweep._sum_up = sum_up\nsys.exit(main())"
    output = tmp_path / "report"
    words = ["sweep", str(call), "--budget", "2", option, str(output), "--", *PROGRAM]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 2
    assert done.stdout.count("at request 1") == 2
    assert re.search(r"report(\.sessions/001\.html)?: cannot be written: File too large\n$", done.stderr)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


@pytest.mark.parametrize("option", ["--svg", "--html"])
def test_measures_of_a_load_are_printed_though_a_report_cannot_be_written(tmp_path, capsys, call, option):
    with serve(Fixed()) as server, full_disk.limited() as limit:
        limit(3)
        output = tmp_path / "report"
        shown = fails(output, capsys, "load", call, "--to", server.url, "--users", "1", "--passes", "1", option, output)
    assert "response" in shown.out


def test_init_makes_all_files_or_none(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with full_disk.limited() as limit:
        limit(300)
        assert run("init", "--upstream", "http://127.0.0.1:8000") == 2
    assert "cannot be written: File too large; no file was made" in capsys.readouterr().err
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    "arguments", [("--version",), ("--help",), ("show", CHAT), ("faults",), ("export", CHAT, "--har", "-o", "-")]
)
def test_standard_output_that_is_full_is_one_line(arguments, unbuffered):
    command = [sys.executable, "-m", "harness.cli.main", *map(str, arguments)]
    with Path("/dev/full").open("wb") as full:
        environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (2, "wiretape: No space left on device\n")


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_reader_that_has_had_enough_is_told_nothing(unbuffered):
    command = [sys.executable, "-m", "harness.cli.main", "show", str(CHAT)]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as output:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "")

"""``wiretape import`` and ``wiretape export``, as a user types them."""

import json

import pytest

from harness.cassette.store import load
from harness.cli.main import main
from tests.harness.har.conftest import HARS, entry, har, message, socket
from tests.support.cassettes.scenarios import FOLDER
from tests.support.har.rules import check

CHROME = next(path for path in HARS if path.stem.endswith("79-plain"))
LOCAL = ("--origin", "http://127.0.0.1:28801")


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return lambda *arguments: main([str(argument) for argument in arguments])


def test_import_writes_the_cassette_and_reports_on_stderr(run, tmp_path, capsys):
    assert run("import", CHROME, "-o", "chat.yaml", *LOCAL) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "6 calls, 1 socket, 12 messages" in shown.err
    assert "imported into chat.yaml" in shown.err
    assert len(load(tmp_path / "chat.yaml").exchanges) == 7


def test_import_names_the_cassette_after_the_har(run, tmp_path):
    (tmp_path / "session.har").write_text(json.dumps(har(entry(), socket(message("{}")))))
    assert run("import", "session.har") == 0
    assert (tmp_path / "session.yaml").exists()


def test_report_as_json_is_all_there_is_on_stdout(run, capsys):
    assert run("import", CHROME, "-o", "chat.yaml", *LOCAL, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["taken"] == {"calls": 6, "sockets": 1, "messages": 12}
    assert report["losses"]["no-close"]["count"] == 1
    assert report["cassette"] == "chat.yaml"


def test_har_of_one_service_needs_no_origin(run, tmp_path):
    assert run("import", CHROME, "-o", "chat.yaml") == 0
    assert load(tmp_path / "chat.yaml").recorded.origin == "http://127.0.0.1:28801"


def test_import_of_several_services_says_which_there_are(run, tmp_path, capsys):
    (tmp_path / "page.har").write_text(json.dumps(har(entry("https://a.example/1"), entry("https://b.example/1"))))
    assert run("import", "page.har", "-o", "chat.yaml") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "page.har: it has entries of https://a.example (1), https://b.example (1): name one by --origin" in said
    assert run("import", "page.har", "-o", "chat.yaml", "--origin", "https://c.example") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "no entry is of https://c.example; it has entries of https://a.example" in said
    assert not (tmp_path / "chat.yaml").exists()


def test_import_of_what_is_no_har_names_the_file(run, tmp_path, capsys):
    (tmp_path / "broken.har").write_text("{")
    assert run("import", "broken.har") == 2
    assert "broken.har: log: this is not JSON, or it is broken" in capsys.readouterr().err


def test_import_keeps_a_cassette_that_is_there_unless_forced(run, tmp_path, capsys):
    (tmp_path / "chat.yaml").write_text("mine")
    assert run("import", CHROME, "-o", "chat.yaml", *LOCAL) == 2
    assert (tmp_path / "chat.yaml").read_text() == "mine"
    assert "--force replaces it" in capsys.readouterr().err
    assert run("import", CHROME, "-o", "chat.yaml", *LOCAL, "--force") == 0


def test_text_of_a_stranger_does_not_reach_the_terminal_raw(run, tmp_path, capsys):
    evil = har(entry("https://evil\x1b[31m.example/"), creator=("\x1b]0;x\x07", "\u202e"))
    (tmp_path / "evil.har").write_text(json.dumps(evil))
    assert run("import", "evil.har") == 2
    assert "\x1b" not in capsys.readouterr().err


def test_export_writes_a_har_beside_the_reader(run, tmp_path, capsys):
    assert run("export", FOLDER / "text-2026.yaml", "--har") == 0
    assert len(check((tmp_path / "text-2026.har").read_bytes())) == 3
    assert "exported 3 exchanges into text-2026.har" in capsys.readouterr().err


def test_export_goes_to_stdout_if_asked(run, capfdbinary):
    assert run("export", FOLDER / "text-2026.yaml", "--har", "-o", "-") == 0
    shown = capfdbinary.readouterr()
    assert len(check(shown.out)) == 3
    assert shown.err == b""


def test_export_keeps_a_file_that_is_there_unless_forced(run, tmp_path):
    (tmp_path / "x.har").write_text("mine")
    assert run("export", FOLDER / "text-2026.yaml", "--har", "-o", "x.har") == 2
    assert (tmp_path / "x.har").read_text() == "mine"
    assert run("export", FOLDER / "text-2026.yaml", "--har", "-o", "x.har", "--force") == 0


def test_export_of_what_is_no_cassette_names_the_file(run, tmp_path, capsys):
    (tmp_path / "x.yaml").write_text("cassette: 1")
    assert run("export", "x.yaml", "--har") == 2
    assert "x.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["import", "export"])
def test_help_has_examples_and_exit_codes(run, command, capsys):
    assert run(command, "--help") == 0
    shown = capsys.readouterr().out
    assert f"wiretape {command}" in shown
    assert "Exit codes: 0" in shown


@pytest.mark.parametrize("kind", ["same", "link", "hard link", "dots"])
def test_import_never_overwrites_what_it_reads(run, tmp_path, kind, capsys):
    source = tmp_path / "session.yaml"
    source.write_text(json.dumps(har(entry())))
    before = source.read_bytes()
    output = tmp_path / {"same": "session.yaml", "dots": "../" + tmp_path.name + "/session.yaml"}.get(
        kind, "other.yaml"
    )
    if kind == "link":
        output.symlink_to(source)
    elif kind == "hard link":
        output.hardlink_to(source)
    assert run("import", "-f", source, "-o", output) == 2
    assert "is the input file" in " ".join(capsys.readouterr().err.split())
    assert source.read_bytes() == before
    assert run("import", "-f", source) == 2
    assert source.read_bytes() == before


def test_export_never_overwrites_what_it_reads(run, tmp_path):
    source = FOLDER / "cut-2026.yaml"
    copy = tmp_path / "chat.har"
    copy.write_bytes(source.read_bytes())
    assert run("export", copy, "-f") == 2
    assert copy.read_bytes() == source.read_bytes()


@pytest.mark.parametrize("name", ["s.har.zip", "s.zhar", "s.har", "s.HAR", "s.json", "s"])
def test_cassette_is_named_after_the_har_without_its_suffixes(run, tmp_path, name):
    (tmp_path / name).write_text(json.dumps(har(entry())))
    assert run("import", name) == 0
    assert (tmp_path / "s.yaml").exists()


def test_odd_entries_are_told_to_the_user(run, tmp_path, capsys):
    (tmp_path / "s.har").write_text(json.dumps(har(entry(), None)))
    assert run("import", "s.har") == 0
    assert "1 entry without a URL, a method or a valid status" in " ".join(capsys.readouterr().err.split())

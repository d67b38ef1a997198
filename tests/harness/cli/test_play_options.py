"""``--ignore``, ``--bind`` and ``--match-on``, as a user types them: for a recording, and for a replay."""

import json
import shutil
import sys

import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.cli.main import main
from tests.support.servers.stages import StageOf

ASK = """
import json, os, sys, urllib.error, urllib.request as r
word = sys.argv[1]
for target, body in (("/a?t=" + word, None), ("/b", json.dumps({"id": word, "a": 1}).encode())):
    try:
        r.urlopen(r.Request(os.environ["WIRETAPE_URL"] + target, data=body), timeout=10).read()
    except urllib.error.HTTPError:
        sys.exit(9)
"""
OPTIONS = ("--ignore", "query.t", "--bind", "json.id")


@pytest.fixture
def service():
    async def handle(request):
        return Response(body=json.dumps({"heard": request.body.decode()}).encode())

    with serve(StageOf(handle)) as server:
        yield server


def run(*arguments):
    return main([str(argument) for argument in arguments])


def record(path, service, *options, word="alice"):
    return run("record", "-o", path, "--upstream", service.url, *options, "--", sys.executable, "-c", ASK, word)


def replay(path, *options, word="robin"):
    return run("replay", path, *options, "--", sys.executable, "-c", ASK, word)


def head(path):
    cassette = load(path)
    return cassette.ignore, cassette.bind, cassette.match_on


def test_what_a_recording_says_holds_for_each_replay_and_is_told(service, tmp_path, capsys):
    path = tmp_path / "a.yaml"
    assert record(path, service, *OPTIONS) == 0
    assert head(path) == (("query.t",), ("json.id",), ())
    capsys.readouterr()
    assert replay(path) == 0
    assert "relaxed by --ignore query.t, --bind json.id" in " ".join(capsys.readouterr().err.split())


def test_without_them_another_word_is_a_mismatch(service, tmp_path):
    path = tmp_path / "a.yaml"
    assert record(path, service) == 0
    assert "ignore" not in path.read_text()
    assert replay(path) == 9
    assert replay(path, *OPTIONS) == 0
    assert replay(path, "--match-on", "method,path") == 0


def test_names_of_what_is_compared_are_written_down(service, tmp_path, capsys):
    path = tmp_path / "a.yaml"
    assert record(path, service, "--match-on", "method, path") == 0
    assert head(path) == ((), (), ("method", "path"))
    assert replay(path) == 0
    assert "relaxed by --match-on method,path" in " ".join(capsys.readouterr().err.split())
    assert replay(path, "--match-on", "method,uri,body") == 9


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--ignore", "body", "--ignore body: this is a whole message, body or path"),
        ("--bind", "nonsense", "--bind: 'nonsense' is not a place"),
        ("--match-on", "method,colour", "there is no 'colour'"),
        ("--match-on", ",", "there is no ''"),
    ],
)
@pytest.mark.parametrize("command", ["record", "replay"])
def test_wrong_ones_are_refused_before_anything_runs(service, tmp_path, capsys, command, option, value, why):
    path = tmp_path / "a.yaml"
    if command == "replay":
        assert record(path, service) == 0
        capsys.readouterr()
    assert (record if command == "record" else replay)(
        path, *([service] if command == "record" else []), option, value
    ) == 2
    assert why in " ".join(capsys.readouterr().err.split())
    assert path.exists() == (command == "replay")


# ---------------------------------------------------------------- heads that are written again
@pytest.fixture
def said(service, tmp_path):
    path = tmp_path / "a.yaml"
    assert record(path, service, *OPTIONS, "--match-on", "method,path,body") == 0
    return path


WHOLE = (("query.t",), ("json.id",), ("method", "path", "body"))


def test_recorded_again_by_force_the_head_stays(said, service):
    assert record(said, service, "--force") == 0
    assert head(said) == WHOLE


def test_recorded_again_with_places_it_has_those_alone(said, service):
    assert record(said, service, "--force", "--ignore", "path[1]") == 0
    assert head(said) == (("path[1]",), (), ())


def test_recorded_again_with_the_date_pinned_the_head_stays(said, service):
    assert record(said, service, "--force", "--pin-date") == 0
    assert head(said) == WHOLE


def test_merged_the_places_of_both_hold(said, service):
    assert record(said, service, "--merge", "--ignore", "query.u", "--ignore", "query.t", word="eve") == 0
    assert head(said) == (("query.t", "query.u"), ("json.id",), ("method", "path", "body"))
    assert len(load(said).exchanges) == 4


def test_trimmed_redacted_and_carried_by_a_har_the_head_stays(said, tmp_path):
    assert run("trim", said, "--only", "#1", "-o", tmp_path / "trimmed.yaml") == 0
    assert head(tmp_path / "trimmed.yaml") == WHOLE
    shutil.copy(said, tmp_path / "redacted.yaml")
    assert run("redact", "--in-place", "--redact", "query.t", tmp_path / "redacted.yaml") == 0
    assert head(tmp_path / "redacted.yaml") == WHOLE
    assert run("export", said, "-o", tmp_path / "a.har") == 0
    assert run("import", tmp_path / "a.har", "-o", tmp_path / "back.yaml") == 0
    assert head(tmp_path / "back.yaml") == WHOLE

"""``--redact``, ``--redact-personal``, ``--explain-redaction`` and the rules of any service, as a user types them."""

import sys

import pytest

from fake_server import serve
from fake_server.stage import Request, Response
from harness.cassette.store import load
from harness.cli.main import main
from tests.support.servers.stages import StageOf

KEY = "q7Zk3vX9pLw2RtY8mB4n"
ASK = """
import os, urllib.request as r
for target, headers in (("/a/robin/c?t=12", {"x-id": "34", "x-goog-api-key": "KEY"}), ("/phone", {})):
    r.urlopen(r.Request(os.environ["WIRETAPE_URL"] + target, headers=headers), timeout=10).read()
""".replace("KEY", KEY)


@pytest.fixture
def service():
    async def handle(request: Request):
        return Response(body=b'{"items":[{"id":"secret-one"}],"phone":"+41 44 668 18 00","key":"plain"}')

    with serve(StageOf(handle)) as server:
        yield server


def run(*arguments):
    return main([str(argument) for argument in arguments])


def recorded(path, service, *options):
    code = run("record", "-o", path, "--upstream", service.url, *options, "--", sys.executable, "-c", ASK)
    assert code == 0
    return path.read_text()


def test_places_are_redacted_and_explained(service, tmp_path, capsys):
    places = ("query.t", "header.x-id", "json.items[*].id", "path[1]")
    options = [part for place in places for part in ("--redact", place)]
    text = recorded(tmp_path / "a.yaml", service, *options, "--explain-redaction")
    assert [value for value in ("robin", "t=12", "34,", "secret-one", KEY) if value in text] == []
    said = " ".join(capsys.readouterr().err.split())
    assert "names that end in key" in said
    assert "a place named by hand" in said
    assert KEY not in said
    assert "secret-one" not in said


def test_without_options_only_what_is_known_goes(service, tmp_path, capsys):
    text = recorded(tmp_path / "a.yaml", service)
    assert KEY not in text
    assert all(value in text for value in ("robin", "t=12", "secret-one", "668 18 00", "plain"))
    assert "names that end" not in capsys.readouterr().err


def test_personal_values_go_if_asked_for(service, tmp_path):
    assert "668 18 00" not in recorded(tmp_path / "a.yaml", service, "--redact-personal")


def test_a_wrong_place_is_refused_before_anything_runs(service, tmp_path, capsys):
    assert run("record", "-o", tmp_path / "a.yaml", "--upstream", service.url, "--redact", "body.x", "--", "true") == 2
    assert "unknown place 'body.x'" in capsys.readouterr().err
    assert not (tmp_path / "a.yaml").exists()


def test_lint_and_redact_find_what_an_older_version_left(service, tmp_path, capsys):
    path = tmp_path / "a.yaml"
    text = recorded(path, service)
    path.write_text(text.replace("x-goog-api-key: wiretape-token-1", f"x-goog-api-key: {KEY}"))
    assert run("lint", path) == 1
    assert KEY not in capsys.readouterr().out
    assert run("lint", "--redact", "json.items[*].id", path) == 1
    assert run("redact", "--in-place", "--redact", "json.items[*].id", path) == 0
    assert KEY not in path.read_text()
    assert "secret-one" not in path.read_text()
    assert run("lint", "--redact", "json.items[*].id", path) == 0
    assert len(load(path).exchanges) == 2

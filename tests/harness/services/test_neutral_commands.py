"""`record` and `replay` of a service without a profile: no word of another service in variables, output and cassette."""

import json
import sys

import pytest

from fake_server import serve
from harness.cassette.store import load
from harness.cli.main import main
from tests.support.servers.stages import echoing

CLIENT = """
import json, os, urllib.request
url = os.environ["WIRETAPE_URL"]
body = urllib.request.urlopen(urllib.request.Request(url + "/items", b'{"a":1}'), timeout=10).read().decode()
print(json.dumps([json.loads(body)["method"], {name: os.environ[name] for name in os.environ if "COPILOT" in name or "WIRETAPE_" in name}]))
"""
TOKEN = "real-token-of-the-tests-5fa1c3e79b"


@pytest.fixture
def upstream(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COPILOT_TOKEN", TOKEN)
    monkeypatch.delenv("COPILOT_STORE", raising=False)
    with serve(echoing()) as server:
        yield server.url


def run(capfd, *argv):
    code = main([*map(str, argv), "--", sys.executable, "-c", CLIENT])
    told = capfd.readouterr()
    assert code == 0, told.err
    return (*json.loads(told.out), told.err)


def test_recording_and_replaying_name_no_service_but_the_users(capfd, tmp_path, upstream):
    path = tmp_path / "a.yaml"
    body, recorded_variables, told = run(capfd, "record", "-o", path, "--upstream", upstream)
    again, replayed_variables, told_again = run(capfd, "replay", path)
    assert again == body
    for variables in (recorded_variables, replayed_variables):
        assert {"WIRETAPE_URL", "WIRETAPE_WS_URL"} <= set(variables)
        assert not [name for name in variables if "COPILOT" in name]
    assert "copilot" not in (told + told_again + path.read_text()).lower()
    assert load(path).recorded.origin == upstream


def test_the_users_token_goes_to_a_named_host_alone(capfd, tmp_path, upstream):
    path = tmp_path / "a.yaml"
    _, variables, _ = run(capfd, "record", "-o", path, "--upstream", upstream)
    assert "COPILOT_TOKEN" not in variables
    _, variables, _ = run(capfd, "record", "-f", "-o", path, "--upstream", upstream, "--token-for", "127.0.0.1")
    assert variables["COPILOT_TOKEN"] != TOKEN
    assert TOKEN not in path.read_text()


def test_a_token_for_another_host_is_refused(capfd, tmp_path, upstream):
    argv = ["record", "-o", tmp_path / "a.yaml", "--upstream", upstream, "--token-for", "other.example", "--", "true"]
    assert main([*map(str, argv)]) == 2
    assert "--token-for other.example is not the host of --upstream" in capfd.readouterr().err

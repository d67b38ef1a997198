"""Profiles on the command line: `wiretape profile`, `--profile`, `--env`, and a wiretape.toml that record and replay read."""

import json
import re
import sys

import pytest

from fake_server import serve
from harness.cassette.store import load
from harness.cli.main import main
from tests.support.servers.stages import echoing

CLIENT = """
import json, os, sys, urllib.request
url, stamp, variant = os.environ[sys.argv[1]], sys.argv[2], sys.argv[3]
headers = {"X-Shop-Key": "shop-key-of-the-tests-3f9a", "X-Variant": variant, "Content-Type": "application/json"}
body = json.dumps({"auth": {"pin": "pin-of-the-tests-77"}, "turn": 1}).encode()
urllib.request.urlopen(urllib.request.Request(f"{url}/items?t={stamp}", body, headers), timeout=10).read()
print(json.dumps({name: value for name, value in os.environ.items() if name.startswith(("SHOP", "OTHER"))}))
"""
PROFILE = """
[services.shop]
upstreams = ["%s"]
env = {SHOP_URL = "{url}/v1"}
secrets = ["header.x-shop-key", "json.auth.pin"]
ignore = ["query.t"]
headers = ["x-variant"]
"""


@pytest.fixture
def upstream(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("COPILOT_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    with serve(echoing()) as server:
        yield server.url


def run(capfd, *argv):
    code = main([*map(str, argv)])
    told = capfd.readouterr()
    return code, told.out, told.err


def session(capfd, command, path, *options, variable="SHOP_URL", stamp="1", variant="a"):
    head = ["record", "-f", "-o", path] if command == "record" else ["replay", path]
    return run(capfd, *head, *options, "--", sys.executable, "-c", CLIENT, variable, stamp, variant)


def test_a_file_of_profiles_serves_record_replay_and_lint(capfd, tmp_path, upstream):
    (tmp_path / "wiretape.toml").write_text(PROFILE % upstream)
    path = tmp_path / "a.yaml"
    code, out, err = session(capfd, "record", path)
    assert code == 0, err
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", json.loads(out)["SHOP_URL"])
    text = path.read_text()
    assert "shop-key-of-the-tests" not in text
    assert "pin-of-the-tests" not in text
    assert load(path).recorded.origin == upstream
    assert load(path).ignore == ("query.t",)
    assert session(capfd, "replay", path, stamp="2")[0] == 0
    code, _, err = session(capfd, "replay", path, variant="b")
    assert code == 1
    assert "x-variant" in err
    assert run(capfd, "lint", path)[0] == 0
    path.write_text(re.sub(r"(x-shop-key: ).*", r"\1some-other-key-0815-of-the-tests", path.read_text()))
    assert run(capfd, "lint", path)[0] == 1


def test_without_the_file_the_place_is_no_secret_and_the_stamp_must_match(capfd, tmp_path, upstream):
    path = tmp_path / "a.yaml"
    code, _, err = session(
        capfd, "record", path, "--upstream", upstream, "--env", "OTHER_URL={url}", variable="OTHER_URL"
    )
    assert code == 0, err
    assert "pin-of-the-tests" in path.read_text()


def test_a_profile_is_named_and_variables_are_added(capfd, tmp_path, upstream):
    (tmp_path / "wiretape.toml").write_text('[services.b]\nenv = {SHOP_URL = "{url}"}\n[services.c]\n')
    path = tmp_path / "a.yaml"
    options = ("--upstream", upstream, "--profile", "b", "--env", "OTHER_BASE={url}/x")
    code, out, err = session(capfd, "record", path, *options)
    assert code == 0, err
    assert json.loads(out)["OTHER_BASE"] == json.loads(out)["SHOP_URL"] + "/x"
    code, out, err = session(capfd, "replay", path, "--profile", "b")
    assert (code, list(json.loads(out))) == (0, ["SHOP_URL"]), err


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["record", "-o", "a.yaml", "--profile", "nobody"], "there is no profile 'nobody': expected one of neutral"),
        (["record", "-o", "a.yaml", "--profile", "mqtt"], "the profile mqtt names no upstream: give --upstream URL"),
        (["record", "-o", "a.yaml", "--upstream", "http://127.0.0.1:9", "--env", "PATH={url}", "--", "true"], "--env PATH: only"),
        (["profile", "show", "nobody"], "there is no profile 'nobody'"),
        (["profile", "check"], "there is no wiretape.toml and no pyproject.toml here or above: name a file"),
        (["profile", "check", "missing.toml"], "missing.toml: cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_wrong_usage(capfd, upstream, tmp_path, argv, told):
    (tmp_path / ".git").mkdir()
    code, _, err = run(capfd, *argv)
    assert (code, told in err) == (2, True), err


@pytest.mark.parametrize("command", [["record", "-o", "b.yaml", "--", "true"], ["lint", "."], ["profile", "list"]])
def test_an_error_in_the_file_stops_each_command_and_names_its_line(capfd, tmp_path, upstream, command):
    (tmp_path / "wiretape.toml").write_text("[services.a]\nupstreams = ['ftp://x']\n")
    code, _, err = run(capfd, *command)
    assert code == 2
    assert "wiretape.toml:2: services.a.upstreams: expected https://HOST" in err


def test_check_list_and_show(capfd, tmp_path, upstream):
    (tmp_path / "pyproject.toml").write_text((PROFILE % upstream).replace("[services", "[tool.wiretape.services"))
    assert "pyproject.toml: shop is right" in run(capfd, "profile", "check")[2]
    code, out, _ = run(capfd, "profile", "list")
    assert code == 0
    assert out.splitlines()[0] == f"shop         yours {upstream} SHOP_URL"
    assert "openai       built in https://api.openai.com OPENAI_BASE_URL" in out
    shown = json.loads(run(capfd, "profile", "show", "shop", "--json")[1])
    assert shown["secrets"] == ["header.x-shop-key", "json.auth.pin"]
    assert 'bind = ["query.sid"]' in run(capfd, "profile", "show", "socketio")[1]
    listed = json.loads(run(capfd, "profile", "list", "--json")[1])
    assert [each["source"] for each in listed[:2]] == ["yours", "built in"]


def test_a_file_without_services_is_told(capfd, tmp_path, upstream):
    (tmp_path / "wiretape.toml").write_text("# nothing yet\n")
    code, _, err = run(capfd, "profile", "check")
    assert code == 2
    assert "no service is described: write a table [services.NAME]" in err

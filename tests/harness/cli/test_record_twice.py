"""`wiretape record --twice`: two takes of one command, the profile that they call for, and a third run of its replay."""

import sys
import tomllib

import pytest

from fake_server import serve
from harness.cassette.store import load
from harness.cli.main import main
from tests.support.servers.stages import echoing

CLIENT = """
import json, os, pathlib, random, urllib.request
count = pathlib.Path("count")
number = int(count.read_text()) if count.exists() else 0
count.write_text(str(number + 1))
made = random.Random(number)
body = json.dumps({"drawn": made.randrange(10**7, 10**8), "turn": 1}).encode()
url = os.environ["SHOP_URL"] + "/items"
urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"}), timeout=10).read()
"""
FAILING = "import sys; sys.exit(7)"


@pytest.fixture
def upstream(monkeypatch, tmp_path, state):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    with serve(echoing()) as server:
        yield server.url


def twice(capfd, upstream, *options, program=CLIENT):
    argv = ["record", "-o", "shop.yaml", "--twice", "--upstream", upstream, "--env", "SHOP_URL={url}", *options]
    code = main([*argv, "--", sys.executable, "-c", program])
    told = capfd.readouterr()
    return code, told.out, told.err


def test_two_takes_and_the_profile_that_a_third_run_needs(capfd, upstream, tmp_path):
    code, out, err = twice(capfd, upstream, "--check")
    assert code == 0, err
    assert (tmp_path / "count").read_text() == "3"
    assert [len(load(tmp_path / name).exchanges) for name in ("shop.yaml", "shop.2.yaml")] == [1, 1]
    profile = tomllib.loads(out)["services"]["shop"]
    assert profile["env"] == {"SHOP_URL": "{url}"}
    assert [*profile.get("ignore", ()), *profile.get("bind", ())] == ["json.drawn"]
    assert "replaying the first take to a third run, with the suggested rules" in err
    assert "replayed 1 of 1 exchanges" in err


def test_the_first_take_does_not_play_to_a_third_run_without_the_rules(capfd, upstream):
    assert twice(capfd, upstream)[0] == 0
    code = main(["replay", "shop.yaml", "--env", "SHOP_URL={url}", "--", sys.executable, "-c", CLIENT])
    assert code == 1
    assert "nothing recorded matches" in capfd.readouterr().err


def test_a_command_that_fails_ends_it_with_its_code(capfd, upstream, tmp_path):
    code, out, err = twice(capfd, upstream, program=CLIENT + FAILING)
    assert (code, out) == (7, "")
    assert "take 1 of 2 ended with exit code 7: no profile is suggested" in err
    assert not (tmp_path / "shop.2.yaml").exists()


def test_a_second_take_is_replaced_by_force_alone_and_before_the_command_runs(capfd, upstream, tmp_path):
    (tmp_path / "shop.2.yaml").write_text("mine")
    code, _, err = twice(capfd, upstream)
    assert code == 2
    assert "shop.2.yaml, the file of the second take, exists already; --force replaces it" in err
    assert not (tmp_path / "count").exists()
    assert twice(capfd, upstream, "--force")[0] == 0
    assert len(load(tmp_path / "shop.2.yaml").exchanges) == 1


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--check", "--", "true"], "--check needs --twice"),
        (["--twice"], "--twice needs COMMAND, which runs two times: write it after --"),
        (["--twice", "--merge", "--", "true"], "--merge does not go with --twice, which records two whole takes"),
        (["--twice", "--fault", "cut", "--", "true"], "--fault does not go with --twice"),
        (["--twice", "--browser"], "--twice has no effect with --browser"),
    ],
)
def test_wrong_usage(capfd, upstream, argv, told):
    assert main(["record", "-o", "shop.yaml", "--upstream", upstream, *argv]) == 2
    assert told in capfd.readouterr().err

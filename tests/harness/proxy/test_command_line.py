"""``wiretape record --proxy`` and ``wiretape replay --proxy``, as a user types them."""

import os
import signal
import subprocess
import sys

import pytest

from harness.cassette.store import load
from harness.cli.main import main
from tests.harness.proxy.conftest import SERVICE

GET = (sys.executable, "-c", f"import requests; print(requests.get('{SERVICE}/c/api/user').status_code)")
NOTHING = (sys.executable, "-c", "pass")


def run(*arguments):
    return main([str(argument) for argument in arguments])


@pytest.fixture
def record(machine, tmp_path):
    def run_record(*arguments):
        options = ("--upstream", machine.fake.url, "--verify", machine.settings.verify, "--proxy")
        return run("record", "-o", tmp_path / "x.yaml", *options, *arguments)

    return run_record


def test_command_with_fixed_hosts_is_recorded_and_replayed(record, machine, tmp_path, capfd):
    assert record("--", *GET) == 0
    machine.fake.close()
    assert len(load(tmp_path / "x.yaml").exchanges) == 1
    assert run("replay", "--proxy", tmp_path / "x.yaml", "--", *GET) == 0
    shown = capfd.readouterr()
    assert shown.out == "200\n200\n"
    assert "recorded 1 call" in shown.err
    assert "replayed 1 of 1 exchanges" in shown.err
    assert "wiretape:" not in shown.err


def test_command_that_never_came_is_told_why(record, tmp_path, capsys):
    assert record("--", *NOTHING) == 1
    assert "does the client use the proxy that HTTPS_PROXY names?" in capsys.readouterr().err
    assert not (tmp_path / "x.yaml").exists()


def test_commands_own_exit_code_comes_first(record):
    assert record("--", sys.executable, "-c", "raise SystemExit(7)") == 7


def test_command_is_not_given_a_base_url(record, capfd):
    record("--", sys.executable, "-c", "import os; print([name for name in os.environ if 'COPILOT' in name])")
    assert capfd.readouterr().out == "[]\n"


def test_host_that_was_led_past_is_named(record, machine, capsys):
    url = machine.stranger.url
    code = f"import requests; requests.get('{SERVICE}/c/api/user'); requests.get('{url}')"
    assert record("--", sys.executable, "-c", code) == 0
    assert f"led past the recording: 127.0.0.1:{machine.stranger.port}" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("record", "-o", "x.yaml"), ("replay", "x.yaml")])
def test_ca_without_proxy_is_wrong_usage(command, capsys):
    assert run(*command, "--ca", "ca.pem") == 2
    assert "--ca needs --proxy" in capsys.readouterr().err


def test_authority_that_others_can_read_is_one_line_and_exit_code_2(record, tmp_path, capsys):
    (tmp_path / "ca.pem").touch(0o644)
    (tmp_path / "ca.pem").chmod(0o644)
    assert record("--ca", tmp_path / "ca.pem", "--", *NOTHING) == 2
    error = capsys.readouterr().err
    assert "users other than you may read" in error
    assert error.count("\n") == 1


def test_without_a_command_the_variables_are_shown_until_ctrl_c(machine, tmp_path, own_folders):
    arguments = ["record", "-o", str(tmp_path / "x.yaml"), "--upstream", machine.fake.url, "--proxy"]
    env = {**os.environ, "TMPDIR": str(own_folders)}
    with subprocess.Popen(
        [sys.executable, "-m", "harness.cli.main", *arguments], env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        shown = [process.stderr.readline() for _ in range(5)]
        assert any(line.startswith("  export HTTPS_PROXY=http://wiretape:") for line in shown)
        assert len(list(own_folders.iterdir())) == 1
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 1
    assert "does the client use the proxy that HTTPS_PROXY names?" in rest
    assert list(own_folders.iterdir()) == []

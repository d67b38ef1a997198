"""`wiretape serve --stubs FILE`."""

import signal
import subprocess
import sys

import pytest

from tests.harness.cli.test_commands import run
from tests.harness.stubs.conftest import ask
from tests.support.project.tree import ROOT

STUBS = """
stubs:
  - on: GET /items
    reply: {json: [1]}
"""


def test_a_file_of_stubs_is_served_and_what_does_not_match_is_told(tmp_path):
    (tmp_path / "stubs.yaml").write_text(STUBS)
    command = [sys.executable, "-m", "harness.cli.main", "serve", "--stubs", "stubs.yaml", "--port", "0"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            greeting = process.stdout.readline()
            assert greeting.startswith("1 stub of stubs.yaml at http://127.0.0.1:")
            url = greeting.split()[-1]
            assert ask(url + "/items").json() == [1]
            secret = "q7Zk3vX9pLw2RtY8mB4n"
            refused = ask(url + f"/itms?api_key={secret}", authorization=f"Bearer {secret}")
            assert refused.status == 501
        finally:
            process.send_signal(signal.SIGINT)
        told = process.stderr.read()
        assert process.wait(20) == 130
    assert "no-match: GET /itms?api_key=***: no stub matches" in told
    assert 'path: expected "/items", came "/itms"' in told
    assert secret not in told + refused.body.decode()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--seed", "7"], "--seed does not go with --stubs or --hooks: it configures the fake Copilot"),
        (["--trace"], "--trace does not go with --stubs or --hooks"),
        (["--ca-file", "ca.pem"], "--ca-file needs --tls"),
    ],
)
def test_options_of_the_fake_do_not_go_with_stubs(tmp_path, capsys, arguments, text):
    (tmp_path / "stubs.yaml").write_text(STUBS)
    assert run("serve", "--stubs", tmp_path / "stubs.yaml", *arguments) == 2
    assert text in capsys.readouterr().err


def test_a_malformed_file_is_refused(tmp_path, capsys):
    (tmp_path / "stubs.yaml").write_text("stubs:\n  - on: GET\n")
    assert run("serve", "--stubs", tmp_path / "stubs.yaml") == 2
    assert "stubs.yaml:2: stubs[0].on: expected method and path" in capsys.readouterr().err.replace("\n", "")

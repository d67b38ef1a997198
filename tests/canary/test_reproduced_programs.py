"""A test that `wiretape reproduce` writes for a program holds no secret: of the report, of its output, of its arguments."""

import sys

import pytest

from harness.cli.main import main

SECRET = "ghp_canary9fTq9ZxL27mWb8RnPdK3vY5hC2jA1e"
REPORT = f"""cassette: 1
recorded: {{at: '2026-11-23T05:00:00Z', by: hand, from: 'https://api.canary.example'}}
exchanges:
- call: GET /items?access_token={SECRET}
  at: 0
  response: {{status: 401, json: {{told: '{SECRET}'}}}}
"""
PROGRAM = """
import os, sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(os.environ["WIRETAPE_URL"] + "/items?access_token=%s", timeout=10)
except urllib.error.HTTPError as error:
    print(error.code)
    sys.exit("wrong token: %s")
"""


@pytest.fixture
def reproduced(tmp_path, monkeypatch, capfd):
    """Runs the command, and returns its exit code and everything that it wrote."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.yaml").write_text(REPORT)

    def run(*arguments):
        (tmp_path / "program.py").write_text(PROGRAM % (SECRET, SECRET))
        code = main(["reproduce", "report.yaml", "--", sys.executable, "program.py", *arguments])
        told = capfd.readouterr()
        written = [each.read_text() for each in (tmp_path / "tests").rglob("*.*") if each.is_file()]
        return code, told.out + told.err + "".join(written)

    return run


def test_what_is_written_holds_no_secret(reproduced):
    code, text = reproduced()
    assert code == 0, text
    assert "OUTPUT = '401\\n'" in text
    assert "LAST_ERROR = None" in text
    assert "canary9fTq" not in text


def test_a_secret_among_the_arguments_is_refused(reproduced):
    code, text = reproduced(SECRET)
    assert code == 2
    assert "COMMAND holds a secret, which would be written to the test" in text
    assert "canary9fTq" not in text

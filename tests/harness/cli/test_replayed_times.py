"""``wiretape replay --clock``: whether times that lay ahead when recorded move with the replay."""

import sys
import time
from email.utils import parsedate_to_datetime

import pytest

from tests.harness.cli.test_commands import run

EXPIRES = "Sat, 03 Feb 2024 04:15:06 GMT"
CASSETTE = f"""cassette: 1
recorded: {{at: '2024-02-03T04:05:06Z', by: hand}}
exchanges:
- call: GET /login
  at: 0
  response:
    status: 200
    headers: {{set-cookie: 'sid=1; Expires={EXPIRES}', content-type: application/json}}
    json: {{in: true}}
"""
COMMAND = """
import os, sys, urllib.request
answer = urllib.request.urlopen(os.environ["WIRETAPE_URL"] + "/login")
open(sys.argv[1], "w").write(answer.headers["set-cookie"].partition("=")[2].partition("=")[2])
"""


@pytest.fixture
def told(tmp_path):
    def told(*options):
        (tmp_path / "x.yaml").write_text(CASSETTE)
        out = tmp_path / "out"
        assert run("replay", tmp_path / "x.yaml", *options, "--", sys.executable, "-c", COMMAND, out) == 0
        return out.read_text()

    return told


@pytest.mark.parametrize("options", [(), ("--clock=now",)])
def test_cookie_lasts_as_long_as_it_did(told, options):
    assert parsedate_to_datetime(told(*options)).timestamp() - time.time() == pytest.approx(600, abs=30)


def test_recorded_clock_moves_nothing(told):
    assert told("--clock=recorded") == EXPIRES


def test_unknown_clock_is_refused(tmp_path, capsys):
    assert run("replay", tmp_path / "x.yaml", "--clock=tomorrow") == 2
    assert "recorded" in capsys.readouterr().err

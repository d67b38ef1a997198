"""`--hooks FILE.py`: functions that change what is written, compare requests, name events, and answer as stubs."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from fake_server import serve
from harness.cassette.store import load
from harness.cli.main import main
from tests.support.servers.stages import echoing

CLIENT = """
import json, os, sys, urllib.request
body = json.dumps({"price": float(sys.argv[1])}).encode()
for path in ("/metrics", "/items"):
    request = urllib.request.Request(os.environ["WIRETAPE_URL"] + path, body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).read()
"""
HOOKS = """
import json
from dataclasses import replace

from beside import KEPT


def before_record_request(request):
    return request if request.path in KEPT else None


def before_record_response(response):
    return replace(response, headers=(*response.headers, ("x-kept", "yes")))


def match(recorded, actual):
    assert round(recorded.json()["price"]) == round(actual.json()["price"])
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for name in ("wiretape_hooks", "beside"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def wiretape(capfd, *argv):
    code = main([*map(str, argv)])
    return code, " ".join(capfd.readouterr().err.split())


def test_hooks_change_what_is_written_and_how_requests_compare(folder, capfd):
    (folder / "hooks.py").write_text(HOOKS)
    (folder / "beside.py").write_text("KEPT = {'/items'}\n")
    client = ("--", sys.executable, "-c", CLIENT)
    with serve(echoing()) as server:
        code, told = wiretape(
            capfd, "record", "-o", "a.yaml", "--hooks", "hooks.py", "--upstream", server.url, *client, "1.2"
        )
    assert code == 0, told
    (kept,) = load(folder / "a.yaml").exchanges
    assert kept.target == "/items"
    assert ("x-kept", "yes") in kept.response.headers
    only = ("--", sys.executable, "-c", CLIENT.replace('("/metrics", "/items")', '("/items",)'))
    rules = ("--match-on", "method,path", "--hooks", "hooks.py")
    assert wiretape(capfd, "replay", "a.yaml", *rules, *only, "0.9")[0] == 0
    assert wiretape(capfd, "replay", "a.yaml", *rules, *only, "7")[0] == 1
    code, told = wiretape(capfd, "replay", "a.yaml", "--hooks", "hooks.py", *client, "1.2")
    assert code == 1
    assert "before_record_request keeps this request out of cassettes" in told


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "hooks.py: it defines no hook: write a function before_record_request, before_record_response, match,"),
        ("x = 1\n1 / 0\n", "hooks.py:2: it cannot be run: ZeroDivisionError: division by zero"),
        ("def match(:\n", "hooks.py:1: it cannot be run: SyntaxError"),
        ("raise SystemExit(3)", "hooks.py:1: it cannot be run: SystemExit: 3"),
        ("match = 1", "hooks.py: match: expected a function that is not async"),
        ("async def match(a, b): ...", "hooks.py: match: expected a function that is not async"),
        (None, "hooks.py: there is no such file"),
    ],
)
def test_a_file_that_is_no_file_of_hooks_is_refused(folder, capfd, text, problem):
    if text is not None:
        (folder / "hooks.py").write_text(text)
    code, told = wiretape(capfd, "record", "-o", "a.yaml", "--hooks", "hooks.py", "--", "true")
    assert code == 2
    assert problem in told
    assert not (folder / "a.yaml").exists()


def test_a_hook_that_raises_while_recording_names_itself_and_no_value(folder, capfd):
    (folder / "hooks.py").write_text("def before_record_request(request):\n    raise ValueError(request.body)\n")
    with serve(echoing()) as server:
        options = ("--hooks", "hooks.py", "--upstream", server.url)
        code, told = wiretape(capfd, "record", "-o", "a.yaml", *options, "--", sys.executable, "-c", CLIENT, "1.25")
    assert code == 2
    assert "before_record_request" in told
    assert "1.25" not in told


@contextmanager
def served(folder, *options):
    """`wiretape serve` in a process of its own; its URL."""
    command = [sys.executable, "-m", "harness.cli.main", "serve", *options]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        try:
            yield process.stdout.readline().split(" at ")[1].strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def test_stubs_in_python_answer_for_serve(folder):
    (folder / "hooks.py").write_text(
        "def stubs(stubs):\n    stubs.on('GET', '/sum', match=lambda call: len(call.query) == 2).reply(json={'n': 7})\n"
    )
    with served(folder, "--hooks", "hooks.py") as url:
        with urllib.request.urlopen(f"{url}/sum?a=3&b=4", timeout=10) as answer:
            assert json.load(answer) == {"n": 7}
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{url}/sum?a=3", timeout=10)


def test_serve_refuses_hooks_without_stubs(folder, capfd):
    (folder / "hooks.py").write_text("def match(a, b): ...\n")
    code, told = wiretape(capfd, "serve", "--hooks", "hooks.py")
    assert code == 2
    assert "hooks.py: it defines no function stubs(stubs)" in told

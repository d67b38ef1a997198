"""``wiretape faults``, and ``--fault`` on replay and record."""

import contextlib
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from fake_server import serve
from fake_server.stage import Accept, Response
from harness.cassette.store import load
from harness.cli.main import main
from provider.websocket import Message, Opcode
from tests.support.servers.stages import StageOf

CLIENT = """
import os, sys
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
got = []
for attempt in range(3):
    got.clear()
    try:
        with connect(os.environ["WIRETAPE_WS_URL"] + "/ws", proxy=None) as socket:
            for word in socket:
                got.append(word)
        break
    except ConnectionClosed:
        continue
print(attempt + 1, *got)
"""


@pytest.fixture
def service():
    async def run(socket):
        for word in ("one", "two", "three"):
            await socket.send(Message(Opcode.TEXT, word.encode()))

    async def handle(request):
        return Accept(run=run) if request.upgrade else Response(body=b"hello")

    with serve(StageOf(handle)) as server:
        yield server


@pytest.fixture
def tape(service, tmp_path):
    path = tmp_path / "words.yaml"
    assert run("record", "-o", path, "--upstream", service.url, "--", sys.executable, "-c", CLIENT) == 0
    return path


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_a_client_that_tries_again_gets_the_whole_session(tape, capfd):
    assert run("replay", tape, "--fault", "cut after 2 messages", "--", sys.executable, "-c", CLIENT) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[-1] == "2 one two three"
    assert "fault struck once: cut after 2 messages" in err


def test_a_rule_that_never_struck_ends_with_1(tape, capfd):
    assert run("replay", tape, "--fault", "cut after 9 messages", "--", sys.executable, "-c", CLIENT) == 1
    assert "fault never struck: cut after 9 messages" in capfd.readouterr().err


def test_a_recording_has_what_the_service_sent(service, tmp_path, capfd):
    path = tmp_path / "words.yaml"
    options = ("-o", path, "--upstream", service.url, "--fault", "lose at message 2")
    assert run("record", *options, "--", sys.executable, "-c", CLIENT) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "1 one three"
    sent = [
        line.data.decode() for line in load(path).exchanges[0].messages if line.direction == "<" and line.kind == "text"
    ]
    assert sent == ["one", "two", "three"]


def test_a_line_that_is_no_rule_starts_nothing(tape, capfd):
    assert run("replay", tape, "--fault", "drop", "--", sys.executable, "-c", "print('ran')") == 2
    out, err = capfd.readouterr()
    assert "no fault is named 'drop'" in " ".join(err.split())
    assert "ran" not in out


def test_the_list_for_people_and_for_programs(capsys):
    assert run("faults") == 0
    assert "  cut            the connection ends (FIN)" in capsys.readouterr().out
    assert run("faults", "close") == 0
    assert "code: the code; 1011 by default" in capsys.readouterr().out
    assert run("faults", "--json") == 0
    assert {"cut", "close", "status"} <= {each["name"] for each in json.loads(capsys.readouterr().out)}
    assert run("faults", "closed") == 2


def test_the_fake_and_a_file_of_stubs_are_spoilt(tmp_path):
    stubs = tmp_path / "stubs.yaml"
    stubs.write_text("stubs:\n- on: GET /c/api/user\n  reply: {json: {id: 1}}\n")
    for options in ([], ["--stubs", str(stubs)]):
        with serving(*options, "--fault", "status 503 of /c/api/user") as url:
            assert [status(url + "/c/api/user") for _ in range(2)] == [503, 200]


@contextlib.contextmanager
def serving(*options):
    command = [sys.executable, "-m", "harness.cli.main", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        finally:
            process.terminate()


def status(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code

"""``wiretape sweep`` with programs that take faults well and badly, against a recorded socket."""

import json
import sys

import pytest

from fake_server import serve
from fake_server.stage import Accept
from harness.cli.main import main
from provider.websocket import Message, Opcode
from tests.support.servers.stages import StageOf

pytestmark = pytest.mark.slow

HEAD = """
import os, sys, json, time
from websockets.exceptions import WebSocketException, ConnectionClosed
from websockets.sync.client import connect
URL = os.environ["WIRETAPE_WS_URL"] + "/ws"
def words():
    with connect(URL, proxy=None, open_timeout=5, close_timeout=0.2) as socket:
        while True:
            word = json.loads(socket.recv(timeout=TIMEOUT))
            yield word["text"]
            if word["event"] == "done":
                return
"""
GOOD = (
    HEAD.replace("TIMEOUT", "1")
    + """
for attempt in range(3):
    try:
        print(*words())
        break
    except (WebSocketException, OSError, ValueError, KeyError):
        time.sleep(0.05)
else:
    sys.exit("the service is down")
"""
)
CARELESS = (
    HEAD.replace("TIMEOUT", "None")
    + """
said = []
try:
    for word in words():
        said.append(word)
except (WebSocketException, OSError):
    pass
print(*said)
"""
)
STORMING = (
    HEAD.replace("TIMEOUT", "1")
    + """
import socket as plain, urllib.parse
where = urllib.parse.urlsplit(URL)
try:
    print(*words())
except WebSocketException:
    for attempt in range(30):
        with plain.create_connection((where.hostname, where.port)) as connection:
            connection.sendall(f"GET / HTTP/1.1\\r\\nHost: {where.netloc}\\r\\n\\r\\n".encode())
            connection.recv(100)
    sys.exit(1)
"""
)


@pytest.fixture(scope="module")
def tape(tmp_path_factory):
    async def run(socket):
        for index, word in enumerate(("one", "two", "three"), 1):
            event = {"event": "done" if index == 3 else "text", "text": word}
            await socket.send(Message(Opcode.TEXT, json.dumps(event).encode()))

    async def handle(request):
        return Accept(run=run)

    path = tmp_path_factory.mktemp("sweep") / "words.yaml"
    with serve(StageOf(handle)) as server:
        command = ["record", "-o", str(path), "--upstream", server.url, "--", sys.executable, "-c", GOOD]
        assert main(command) == 0
    return path


def sweep(tape, program, capfd, *options):
    capfd.readouterr()
    code = main(["sweep", str(tape), "--json", *options, "--", sys.executable, "-c", program])
    found = json.loads(capfd.readouterr().out)
    return code, {each["rule"]: each["verdict"] for each in found}


def test_a_good_client_gets_no_bad_verdict(tape, capfd):
    code, verdicts = sweep(
        tape, GOOD, capfd, "--faults", "cut,reset,stall,malform,not-utf8,slice,status,cut-frame,close"
    )
    assert code == 0
    assert set(verdicts.values()) == {"recovered"}
    assert len(verdicts) > 15


def test_a_careless_client_takes_half_an_answer_for_a_whole_one(tape, capfd):
    code, verdicts = sweep(tape, CARELESS, capfd, "--faults", "cut,stall,malform", "--timeout", "2")
    assert code == 1
    assert verdicts["cut after 1 message of /ws"] == "wrong success"
    assert verdicts["stall after 1 message of /ws"] == "hung"
    assert verdicts["malform at message 1 of /ws"] == "crashed"


def test_a_client_without_a_pause_storms(tape, capfd):
    code, verdicts = sweep(tape, STORMING, capfd, "--faults", "cut-frame")
    assert code == 1
    assert set(verdicts.values()) == {"stormed"}


def test_the_program_gets_no_token_of_the_user(tape, capfd, monkeypatch):
    for name in ("COPILOT_TOKEN", "COPILOT_HAR"):
        monkeypatch.setenv(name, "canary-of-the-user")
    asking = GOOD + "\nassert 'canary-of-the-user' not in os.environ.values()\n"
    assert sweep(tape, asking, capfd, "--faults", "slice")[0] == 0


def test_what_is_allowed_does_not_fail(tape, capfd):
    code, verdicts = sweep(tape, CARELESS, capfd, "--faults", "cut", "--allow", "wrong success")
    assert code == 0
    assert "wrong success" in verdicts.values()


@pytest.mark.parametrize(
    ("options", "program", "why"),
    [
        (("--allow", "fine"), GOOD, "no verdict is named 'fine'"),
        (("--faults", "drop"), GOOD, "no fault is named 'drop'"),
        ((), "import sys; sys.exit(3)", "the program ends with 3 without a fault"),
        ((), "print('nothing asked')", "without a fault the session differs from the cassette"),
    ],
)
def test_what_cannot_be_judged_says_why(tape, capfd, options, program, why):
    assert main(["sweep", str(tape), *options, "--", sys.executable, "-c", program]) == 2
    assert why in " ".join(capfd.readouterr().err.split())

"""``wiretape sweep`` with programs that take faults well and badly, against a recorded socket."""

import json
import re
import sys
from xml.etree import ElementTree as ET

import pytest

from fake_server import serve
from fake_server.stage import Accept, Response
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


# Leaves the stalled socket open beside the next one.
LEAKING = (
    HEAD.split("def words", maxsplit=1)[0]
    + """
from websockets.exceptions import WebSocketException
left = []
for attempt in range(2):
    left.append(connect(URL, proxy=None, open_timeout=5, close_timeout=0.2))
    said = []
    try:
        while True:
            word = json.loads(left[-1].recv(timeout=0.5))
            said.append(word["text"])
            if word["event"] == "done":
                break
    except (TimeoutError, WebSocketException):
        continue
    print(*said)
    left[-1].close()
    break
os._exit(0 if sys.stdout.flush() is None else 1)
"""
)
# Reads frames by hand, sends no close frame, and stays for a while after the service's.
UNANSWERING = """
import os, socket, sys, time, urllib.parse
where = urllib.parse.urlsplit(os.environ["WIRETAPE_WS_URL"])
def read(stream, count):
    data = stream.read(count)
    if len(data) < count:
        sys.exit("the connection is gone")
    return data
with socket.create_connection((where.hostname, where.port), timeout=5) as connection:
    connection.sendall((
        f"GET /ws HTTP/1.1\\r\\nHost: {where.netloc}\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
        "Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\n\\r\\n").encode())
    stream = connection.makefile("rb")
    while stream.readline().strip():
        pass
    while True:
        opcode, size = read(stream, 2)
        payload = read(stream, size)
        if opcode == 0x88:
            if b'"done"' not in last:
                stream.read(1)  # until the service gives up
                sys.exit(1)
            break
        last = payload
        print(payload.decode())
"""
# Goes on after a cut, well or badly.
RESUMING = (
    HEAD.replace("TIMEOUT", "1")
    + """
said = []
go_on = False
for attempt in range(2):
    try:
        for word in (AGAIN if go_on else words()):
            said.append(word)
        break
    except (WebSocketException, OSError):
        AFTER_A_CUT
print(*said)
"""
)
HASTY = """
import os, sys, urllib.error, urllib.request
for attempt in range(3):
    try:
        print(urllib.request.urlopen(os.environ["WIRETAPE_URL"] + "/plain").read())
        break
    except urllib.error.HTTPError:
        pass
    except OSError:
        sys.exit("the service is down")
"""


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


def test_a_client_that_leaves_a_stalled_socket_open(tape, capfd):
    code, verdicts = sweep(tape, LEAKING, capfd, "--faults", "stall")
    assert code == 1
    # The third message is the last: nobody waits for a fourth.
    assert verdicts["stall after 1 message of /ws"] == "leaked socket"
    assert verdicts["stall after 3 messages of /ws"] == "recovered"


def test_a_client_that_answers_no_close_frame(tape, capfd):
    code, verdicts = sweep(tape, UNANSWERING, capfd, "--faults", "close")
    assert code == 1
    assert verdicts["close 1012 after 1 message of /ws"] == "close unanswered"


def test_a_client_that_does_not_wait_as_long_as_the_service_says(tmp_path, capfd):
    async def handle(request):
        return Response(body=b"fine")

    path = tmp_path / "plain.yaml"
    with serve(StageOf(handle)) as server:
        assert main(["record", "-o", str(path), "--upstream", server.url, "--", sys.executable, "-c", HASTY]) == 0
    code, verdicts = sweep(path, HASTY, capfd, "--faults", "status")
    assert code == 1
    assert verdicts["status 429 retry-after=1 at request 1 of GET /plain"] == "Retry-After ignored"


def test_the_reports_have_each_verdict(tape, capfd, tmp_path):
    junit, page, picture = (tmp_path / f"sweep.{each}" for each in ("xml", "html", "svg"))
    files = ("--junit", str(junit), "--html", str(page), "--svg", str(picture))
    sweep(tape, CARELESS, capfd, "--faults", "cut", *files)
    assert "wrong success: cut after 1 message of /ws" in "".join(
        ET.parse(picture).getroot().itertext()
    )  # our own file
    suite = ET.parse(junit).getroot()  # our own file
    failed = {case.get("name"): case.find("failure").get("type") for case in suite if case.find("failure") is not None}
    assert failed["cut after 1 message of /ws"] == "wrong success"
    assert int(suite.get("failures")) == len(failed)
    [href] = re.findall(r'title="wrong success: cut after 1 message of /ws"><a href="(.*?)">W<', page.read_text())
    run = (tmp_path / href).read_text()
    assert '"test":"cut after 1 message of /ws","problems":[{"title":"wrong success"' in run
    assert ',"removed",[["' in run
    # A verdict that is no failure has none.
    assert len(list((tmp_path / "sweep.sessions").iterdir())) == len(failed)


@pytest.mark.parametrize(
    ("after", "again", "expected"),
    [
        ("pass", "words()", "doubled text"),
        ("pass", "[*words()][len(said) + 1 :]", "lost text"),
        ("said.clear()", "words()", "recovered"),
        ("pass", "[*words()][len(said) :]", "recovered"),
    ],
)
def test_a_client_that_goes_on_after_a_cut(tape, capfd, after, again, expected):
    program = RESUMING.replace("AFTER_A_CUT", f"{after}\n        go_on = True").replace("AGAIN", again)
    _, verdicts = sweep(tape, program, capfd, "--faults", "cut-frame")
    assert verdicts["cut-frame at message 2 of /ws"] == expected


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
        (("--junit", "no/such/folder.xml"), GOOD, "its folder is missing"),
        (("--allow", "fine"), GOOD, "no verdict is named 'fine'"),
        (("--faults", "drop"), GOOD, "no fault is named 'drop'"),
        ((), "import sys; sys.exit(3)", "the program ends with exit code 3 even without a fault"),
        ((), "print('nothing asked')", "without a fault the program's requests differ from the cassette"),
    ],
)
def test_what_cannot_be_judged_says_why(tape, capfd, options, program, why):
    assert main(["sweep", str(tape), *options, "--", sys.executable, "-c", program]) == 2
    assert why in " ".join(capfd.readouterr().err.split())

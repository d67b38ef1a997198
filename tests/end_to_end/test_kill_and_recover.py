"""``wiretape record`` in a process of its own: ended, killed, and recovered by ``wiretape recover``."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from websockets.sync.client import connect

from fake_server import serve
from fake_server.script import Script
from harness.cassette.model import SocketExchange
from harness.cassette.store import load

pytestmark = pytest.mark.slow

CHAT = "/c/api/chat?api-version=2"
DEADLINE = 60.0
UPGRADE = (
    f"GET {CHAT} HTTP/1.1\r\nHost: {{}}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture
def service():
    with serve(Script()) as running:
        yield running


class Wiretape:
    """Commands with a state directory of their own."""

    def __init__(self, folder, upstream):
        self.cassette = folder / "x.yaml"
        self.upstream = upstream
        self.state = folder / "state" / "wiretape"
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")},
            "XDG_STATE_HOME": str(folder / "state"),
            "COPILOT_STORE": "off",
        }
        self.running = []

    def start(self, *arguments):
        command = [sys.executable, "-m", "harness.cli.main", *arguments]
        process = subprocess.Popen(command, env=self.environ, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.running.append(process)
        return process

    def run(self, *arguments):
        process = self.start(*arguments)
        out, error = process.communicate(timeout=DEADLINE)
        return process.returncode, out, error

    def record(self, *arguments):
        """A recorder, where it listens, and what it said before."""
        process = self.start("record", "-o", str(self.cassette), "--upstream", self.upstream, *arguments)
        said = []
        for line in process.stderr:
            if line.startswith("recording "):
                return process, line.split(" at ")[1].split()[0].removeprefix("http://"), "".join(said)
            said.append(line)
        raise AssertionError("".join(said))

    def journals(self):
        return sorted(self.state.glob("*.journal"))

    def close(self):
        for process in self.running:
            process.kill()
            process.communicate(timeout=DEADLINE)


@pytest.fixture
def wiretape(tmp_path, service):
    running = Wiretape(tmp_path, service.url)
    yield running
    running.close()


def messages(cassette):
    return [line for each in cassette.exchanges if isinstance(each, SocketExchange) for line in each.messages]


@contextmanager
def talk(address):
    """Say something, and hear the answer; the socket stays open until the block ends."""
    with connect(f"ws://{address}{CHAT}", open_timeout=DEADLINE) as client:
        client.send('{"event":"ping"}')
        while "pong" not in client.recv(timeout=DEADLINE):
            pass
        yield


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_recording_and_the_cassette_is_written(wiretape, number):
    process, address, _ = wiretape.record()
    with talk(address):
        process.send_signal(number)
        assert process.wait(DEADLINE) == 0
    cassette = load(wiretape.cassette)
    assert messages(cassette)[-1].kind == "cut"
    assert not cassette.recorded.complete
    assert wiretape.journals() == []


def test_client_that_never_reads_and_never_closes_is_waited_for_within_bounds(wiretape):
    process, address, _ = wiretape.record()
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=DEADLINE) as client:
        client.sendall(UPGRADE.format(address).encode())
        assert b" 101 " in client.recv(4096)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 0
        assert time.monotonic() - began < 20
    assert not load(wiretape.cassette).recorded.complete


def test_second_interrupt_stops_command_and_all_at_once_and_keeps_the_journal(wiretape):
    stubborn = (
        "import os, signal, time, urllib.request; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        "urllib.request.urlopen(os.environ['WIRETAPE_URL'] + '/.wiretape').read(); print('up', flush=True); time.sleep(60)"
    )
    process, _, _ = wiretape.record("--", sys.executable, "-c", stubborn)
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)  # signals of one kind that come at once are one
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE) == 130
    assert not wiretape.cassette.exists()
    assert len(wiretape.journals()) == 1


def test_killed_recording_is_told_of_and_recovered(wiretape):
    process, address, _ = wiretape.record()
    with talk(address):
        process.kill()
        process.wait(DEADLINE)
    assert not wiretape.cassette.exists()
    (journal,) = wiretape.journals()
    code, out, _ = wiretape.run("recover", "--list")
    assert (code, str(journal) in out, "left behind" in out) == (0, True, True)

    again, _, said = wiretape.record()
    assert f"wiretape recover {journal}" in said.replace("\n", "")
    again.kill()
    again.wait(DEADLINE)
    assert len(wiretape.journals()) == 2

    code, _, error = wiretape.run("recover", str(journal))
    assert (code, "recovered" in error) == (0, True)
    cassette = load(wiretape.cassette)
    assert [b"pong" in line.data for line in messages(cassette)].count(True) == 1
    assert not cassette.recorded.complete
    assert wiretape.run("recover", "--all", "--discard")[0] == 0
    assert wiretape.journals() == []


def test_recovering_leaves_a_living_recording_alone(wiretape):
    process, address, _ = wiretape.record()
    with talk(address):
        code, _, error = wiretape.run("recover", "--all")
        assert (code, "no recording was left behind" in error) == (0, True)
        code, _, error = wiretape.run("recover", str(wiretape.journals()[0]))
        assert (code, "its recording still runs" in error) == (1, True)
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE) == 0
    assert wiretape.cassette.exists()


def test_second_recorder_of_a_cassette_is_refused_at_its_start(wiretape):
    first, address, _ = wiretape.record()
    code, _, error = wiretape.run("record", "-o", str(wiretape.cassette), "--upstream", wiretape.upstream)
    assert (code, f"process {first.pid}" in error, error.count("\n")) == (2, True, 1)
    with talk(address):
        pass
    first.send_signal(signal.SIGINT)
    assert first.wait(DEADLINE) == 0
    assert wiretape.cassette.exists()


def test_recorders_that_merge_record_at_the_same_time(wiretape):
    recorders = [wiretape.record("--merge") for _ in range(2)]
    for process, address, _ in recorders:
        with talk(address):
            pass
        process.send_signal(signal.SIGINT)
    assert [process.wait(DEADLINE) for process, _, _ in recorders] == [0, 0]
    assert sum(b"pong" in line.data for line in messages(load(wiretape.cassette))) == 2


def test_folder_that_cannot_be_written_is_refused_at_the_start(wiretape):
    code, _, error = wiretape.run("record", "-o", "/proc/x.yaml", "--upstream", wiretape.upstream)
    assert (code, "/proc cannot be written" in error, error.count("\n")) == (2, True, 1)


def test_durable_recording_is_one_like_any_other(wiretape):
    process, address, _ = wiretape.record("--durable")
    with talk(address):
        pass
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE) == 0
    assert any(b"pong" in line.data for line in messages(load(wiretape.cassette)))


LIMITED = """
import resource, signal, sys
from harness.cli.main import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
sys.exit(main())
"""
ASK = """
import os, urllib.request
for number in range(40):
    urllib.request.urlopen(f"{os.environ['COPILOT_BASE_URL']}/c/api/user?{number}").read()
"""


def test_full_disk_is_told_and_the_session_goes_on_and_the_old_cassette_and_the_journal_stay(wiretape):
    wiretape.cassette.write_text("old")
    options = ["-f", "-o", str(wiretape.cassette), "--upstream", wiretape.upstream]
    command = [sys.executable, "-c", LIMITED, "record", *options, "--", sys.executable, "-c", ASK]
    done = subprocess.run(command, env=wiretape.environ, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert "urllib" not in done.stderr  # the client had all its answers
    assert (done.returncode, "cannot be written: File too large" in done.stderr) == (2, True)
    assert wiretape.cassette.read_text() == "old"
    assert len(wiretape.journals()) == 1

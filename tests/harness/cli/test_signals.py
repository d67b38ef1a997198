"""How `wiretape record` ends by a signal: what was received is kept."""

import contextlib
import os
import signal
import socket
import sys
import time
import urllib.request

import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.record.state_dir import journals
from tests.support.clients.command_line import GET, Fixed, Pieces, recorder, run

READS = (
    "import os, sys, urllib.request as r\n"
    "answer = r.urlopen(os.environ['WIRETAPE_URL'] + '/x')\n"
    "print(answer.readline().decode().strip(), flush=True)\n"
    "answer.read()\n"
)


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _signals(quick):
    """Each test waits out the 5 s that a recorder has for its open answers: ``make test`` does so with one signal only."""
    return pytest.mark.parametrize(
        "number", [pytest.param(each, marks=[pytest.mark.slow] if each != quick else []) for each in SIGNALS]
    )


@_signals(quick=signal.SIGINT)
def test_signal_in_the_midst_of_an_answer_makes_an_incomplete_cassette(state, tmp_path, number):
    cassette = tmp_path / "x.yaml"
    with serve(Pieces()) as service, recorder(cassette, service.url, sys.executable, "-c", READS) as process:
        assert process.stdout.readline() == "data: one\n"
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        process.wait(20)
    recorded = load(cassette)
    assert not recorded.recorded.complete
    assert [line.data for line in recorded.exchanges[0].response.stream if line.data] == [b"data: one\n\n"]
    assert not journals(state)


@_signals(quick=signal.SIGTERM)
def test_signal_while_a_client_from_outside_reads_cuts_it(state, tmp_path, number):
    cassette = tmp_path / "x.yaml"
    with serve(Pieces()) as service, recorder(cassette, service.url) as process:
        line = process.stderr.readline()
        url = line.split(" at ")[1].split(" ")[0]
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET /x HTTP/1.1\r\nHost: %s:%s\r\n\r\n" % (host.encode(), port.encode()))
            seen = b""
            while b"data: one" not in seen:
                seen += client.recv(4096)
            process.send_signal(number)
            process.wait(20)
    recorded = load(cassette)
    assert not recorded.recorded.complete
    last = recorded.exchanges[0].response.stream[-1]
    assert (last.direction, last.kind) == ("!", "cut")


def test_signal_when_everything_has_ended_makes_a_complete_cassette(state, tmp_path):
    cassette = tmp_path / "x.yaml"
    waits = GET + "; import sys, time; sys.stdout.flush(); time.sleep(60)"
    with serve(Fixed()) as service, recorder(cassette, service.url, sys.executable, "-c", waits) as process:
        assert process.stdout.readline() == "b'ok'\n"
        # The client's connection is idle, and its answer has long ended.
        process.terminate()
        process.wait(20)
    assert load(cassette).recorded.complete


def test_two_kinds_of_signals_at_once_still_make_the_cassette(state, tmp_path):
    cassette = tmp_path / "x.yaml"
    with serve(Fixed()) as service, recorder(cassette, service.url) as process:
        url = process.stderr.readline().split(" at ")[1].split()[0]
        with urllib.request.urlopen(url + "/x", timeout=10) as answer:
            assert answer.read() == b"ok"
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert len(load(cassette).exchanges) == 1


def test_interrupted_recording_in_which_nothing_came_writes_nothing(state, tmp_path):
    with serve(Fixed()) as service, recorder(tmp_path / "x.yaml", service.url) as process:
        assert "recording" in process.stderr.readline()
        process.terminate()
        assert process.wait(20) == 1
    assert not (tmp_path / "x.yaml").exists()


LARGE = 24 * 2**20
"""Bytes of a recording that take longer to write than a process has after SIGTERM."""


class Flood:
    """Answers with a body that comes as fast as it is read, without end."""

    async def handle(self, _request):
        async def body():
            while True:
                yield b"data: %s\n\n" % (b"x" * 1000) * 50

        return Response(status=200, headers=(("content-type", "text/event-stream"),), body=body())

    async def close(self):
        pass


@pytest.mark.long
def test_signal_in_a_flood_cuts_all_clients_and_leaves_the_journal(state, tmp_path):
    cassette = tmp_path / "x.yaml"
    with serve(Flood()) as service, recorder(cassette, service.url) as process, contextlib.ExitStack() as clients:
        host, port = process.stderr.readline().split(" at http://")[1].split(" ")[0].split(":")
        for _ in range(3):
            client = clients.enter_context(socket.create_connection((host, int(port)), timeout=30))
            client.sendall(b"GET /x HTTP/1.1\r\nHost: %s:%s\r\n\r\n" % (host.encode(), port.encode()))
        assert client.recv(1000).startswith(b"HTTP/1.1 200")  # the last one reads no more
        reader = clients.enter_context(socket.create_connection((host, int(port)), timeout=30))
        reader.sendall(b"GET /x HTTP/1.1\r\nHost: %s:%s\r\n\r\n" % (host.encode(), port.encode()))
        seen = 0
        while seen < LARGE:
            seen += len(reader.recv(2**16))
        began = time.monotonic()
        process.terminate()
        with contextlib.suppress(ConnectionResetError):
            while reader.recv(2**16):
                pass
        # Half a second on a quiet machine; the bytes that were on their way are read as well.
        assert time.monotonic() - began < 10
        assert process.wait(20) == 2
        error = process.stderr.read()
    (journal,) = journals(state)
    assert f"{cassette} was not written: the recorder had to end before." in error
    assert f"wiretape recover {journal.path}" in error
    assert not cassette.exists()
    assert run("recover", journal.path) == 0
    recorded = load(cassette)
    assert not recorded.recorded.complete
    assert sum(len(line.data) for each in recorded.exchanges for line in each.response.stream if line.data) > LARGE // 2
    assert not journals(state)

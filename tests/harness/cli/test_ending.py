"""How `wiretape record` ends: by signals, without a request, without a service, on a full disk, with odd exchanges."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.cassette import decode_exchange, store
from harness.cassette.store import load
from harness.cli.main import main
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.record.state_dir import journals
from harness.services.copilot import COPILOT

ROOT = Path(__file__).parents[3]
GET = "import os, urllib.request as r; print(r.urlopen(os.environ['WIRETAPE_URL'] + '/x').read())"


class Pieces:
    """Answers with a body that never ends."""

    async def handle(self, _request):
        async def body():
            yield b"data: one\n\n"
            await asyncio.Event().wait()

        return Response(status=200, headers=(("content-type", "text/event-stream"),), body=body())

    async def close(self):
        pass


class Fixed:
    """Answers everything with the same."""

    def __init__(self, **answer):
        self.answer = {"status": 200, "body": b"ok", **answer}

    async def handle(self, _request):
        return Response(**self.answer)

    async def close(self):
        pass


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("COPILOT_TOKEN", raising=False)
    return tmp_path / "state" / "wiretape"


def run(*arguments):
    return main([str(argument) for argument in arguments])


@contextmanager
def recorder(output, url, *command):
    """`wiretape record` as a process of its own; its stderr is read line by line."""
    arguments = [sys.executable, "-m", "harness.cli.main", "record", "-o", str(output), "--upstream", url]
    arguments += ["--", *command] if command else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        yield process
        if process.poll() is None:
            process.kill()


READS = (
    "import os, sys, urllib.request as r\n"
    "answer = r.urlopen(os.environ['WIRETAPE_URL'] + '/x')\n"
    "print(answer.readline().decode().strip(), flush=True)\n"
    "answer.read()\n"
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
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


def test_recording_in_which_nothing_came_writes_nothing_and_fails(state, tmp_path, capsys):
    with serve(Fixed()) as service:
        assert run("record", "-o", tmp_path / "x.yaml", "--upstream", service.url, "--", "true") == 1
    assert "nothing was recorded: no request came" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "x.yaml").exists()
    assert not journals(state)


def test_recording_in_which_nothing_came_leaves_an_old_cassette(state, tmp_path):
    (tmp_path / "x.yaml").write_text("old")
    with serve(Fixed()) as service:
        assert run("record", "-fo", tmp_path / "x.yaml", "--upstream", service.url, "--", "false") == 1
    assert (tmp_path / "x.yaml").read_text() == "old"


def test_interrupted_recording_in_which_nothing_came_writes_nothing(state, tmp_path):
    with serve(Fixed()) as service, recorder(tmp_path / "x.yaml", service.url) as process:
        assert "recording" in process.stderr.readline()
        process.terminate()
        assert process.wait(20) == 1
    assert not (tmp_path / "x.yaml").exists()


# ---------------------------------------------------------------- a service that cannot be reached
def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


@contextmanager
def no_tls():
    """A server of plain HTTP where TLS is expected."""
    with serve(Fixed()) as service:
        yield service.url.replace("http:", "https:")


@pytest.mark.parametrize(
    ("upstream", "reason"),
    [
        (lambda: f"http://127.0.0.1:{closed_port()}", "refused"),
        (lambda: "https://nowhere.invalid", "DNS"),
    ],
)
def test_service_that_cannot_be_reached_is_named_with_the_reason(state, tmp_path, capsys, upstream, reason):
    url = upstream()
    shows = (
        "import os, urllib.request as r, urllib.error as e\n"
        "try: r.urlopen(os.environ['WIRETAPE_URL'] + '/x')\n"
        "except e.HTTPError as error: print(error.code, error.headers['x-wiretape-error'], error.read().decode())\n"
    )
    path = tmp_path / "shown"
    command = f'{sys.executable} -c "$SHOWS" > {path}'
    os.environ["SHOWS"] = shows
    try:
        assert run("record", "-o", tmp_path / "x.yaml", "--upstream", url, "--", "sh", "-c", command) == 1
    finally:
        del os.environ["SHOWS"]
    told = " ".join(capsys.readouterr().err.split())
    assert told.count(f"{url} cannot be reached: ") == 2  # at once, and at the end
    assert reason in told
    assert path.read_text().startswith("502 upstream-unreachable")
    assert f"{reason}" in path.read_text()
    assert not (tmp_path / "x.yaml").exists()
    assert not journals(state)


def test_service_whose_tls_fails_is_named_with_the_reason(state, tmp_path, capsys):
    with no_tls() as url:
        assert run("record", "-o", tmp_path / "x.yaml", "--upstream", url, "--", sys.executable, "-c", GET) == 1
    assert "(TLS)" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "x.yaml").exists()


# ---------------------------------------------------------------- usage errors
@pytest.mark.parametrize(
    "arguments",
    [
        ("--upstream", "nonsense", "--", "true"),
        ("--upstream", "ftp://127.0.0.1", "--", "true"),
        ("--", "there-is-no-such-command"),
        ("--", "./not-executable"),
        ("--port", "BUSY", "--", "true"),
        ("--headless",),
        ("--all",),
        ("--browser", "--", "true"),
        ("--browser", "--port", "4000"),
        ("--verify", "ca.pem", "--", "true"),
        ("--merge", "--force", "--", "true"),
        ("--merge", "--pin-date", "--", "true"),
        ("--ca", "x.pem", "--", "true"),
    ],
    ids=" ".join,
)
def test_wrong_usage_leaves_no_journal(state, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "not-executable").write_text("")
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        given = [str(busy.getsockname()[1]) if one == "BUSY" else one for one in arguments]
        if "--upstream" not in given:
            given = ["--upstream", "http://127.0.0.1:9", *given]
        assert run("record", "-o", "x.yaml", *given) == 2
    assert not journals(state)
    assert not (tmp_path / "x.yaml").exists()


def test_recover_all_writes_nothing_for_a_journal_without_an_exchange(state, tmp_path, capsys):
    recording = Recording(tmp_path / "x.yaml", COPILOT, options=RecordingOptions(state_directory=state))
    kept = recording.journal_path.read_bytes()
    recording.discard()
    (state / "killed-000000000000.journal").write_bytes(kept)
    assert run("recover", "--all") == 0
    assert "held nothing" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "x.yaml").exists()
    assert not journals(state)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--all", "--discard", "--merge"),
        ("--list", "--force"),
        ("--force",),
        ("--list", "--discard"),
    ],
    ids=" ".join,
)
def test_options_of_recover_that_would_do_nothing_are_refused(state, arguments):
    assert run("recover", *arguments) == 2


@pytest.mark.parametrize("arguments", [("--ca-file", "x.pem"), ("--json",)], ids=" ".join)
def test_options_of_serve_that_would_do_nothing_are_refused(arguments, capsys):
    assert run("serve", "--port", "0", *arguments) == 2
    assert "goes with" in capsys.readouterr().err


def test_deadline_of_a_replay_for_anybody_is_refused(capsys):
    assert run("replay", ROOT / "cassettes" / "none.yaml", "--deadline", "3") == 2
    assert "--deadline goes with COMMAND" in capsys.readouterr().err


# ---------------------------------------------------------------- a full disk
def test_full_disk_names_the_journal_and_recover(state, tmp_path, capsys, monkeypatch):
    def full(*_arguments, **_named):
        raise OSError(28, "No space left on device")

    with serve(Fixed()) as service, monkeypatch.context() as patch:
        patch.setattr(store, "Folder", full)
        assert run("record", "-o", tmp_path / "x.yaml", "--upstream", service.url, "--", sys.executable, "-c", GET) == 2
    (left,) = journals(state)
    told = "".join(capsys.readouterr().err.split())
    assert f"wiretaperecover{left.path}" in told
    assert run("recover", left.path) == 0
    assert load(tmp_path / "x.yaml").exchanges[0].response.body.data == b"ok"


# ---------------------------------------------------------------- odd exchanges
FETCHES = (
    "import os, sys, http.client\n"
    "host = os.environ['WIRETAPE_URL'].removeprefix('http://')\n"
    "for path in sys.argv[1:]:\n"
    "    client = http.client.HTTPConnection(host)\n"
    "    client.request('GET', path)\n"
    "    print(client.getresponse().status)\n"
)


class Odd(Fixed):
    """Answers one path with a status that cassettes are made not to know."""

    async def handle(self, request):
        return Response(status=777 if request.target == "/odd" else 200, body=b"ok")


def test_odd_exchange_is_left_out_named_and_exits_3(state, tmp_path, capsys, monkeypatch):
    cassette = tmp_path / "x.yaml"
    fetch = (sys.executable, "-c", FETCHES)
    with serve(Odd()) as service, monkeypatch.context() as patch:
        patch.setattr(decode_exchange, "MAX_STATUS", 776)
        record = ("record", "-o", cassette, "--upstream", service.url)
        assert run(*record, "--", *fetch, "/a", "/odd", "/b") == 3
        assert "left out: GET /odd (status" in capsys.readouterr().err
        failing = ("sh", "-c", f'{sys.executable} -c "$0" /odd; exit 5', FETCHES)
        assert run(*record, "--merge", "--", *failing) == 5
        assert run(*record, "--merge", "--", *fetch, "/c") == 0  # what is missing now was said before
    assert not journals(state)
    capsys.readouterr()
    recorded = load(cassette)
    assert [each.target for each in recorded.exchanges] == ["/a", "/b", "/c"]
    assert [(each.exchange, each.cause) for each in recorded.left_out] == [("GET /odd", "status")] * 2
    assert run("lint", cassette) == 0
    assert "left out: GET /odd" in capsys.readouterr().err
    assert run("replay", cassette, "--", *fetch, "/a", "/b", "/c") == 0
    assert "left out: GET /odd" in capsys.readouterr().err
    assert run("show", cassette) == 0
    assert "left out: GET /odd" in capsys.readouterr().out


# ---------------------------------------------------------------- smaller things
def test_question_whose_time_has_passed_ran_and_failed(state, capsys):
    with serve(Pieces()) as service:
        assert run("ask", "Hello", "--base-url", service.url, "--timeout", "0.3") == 1
    assert capsys.readouterr().err.startswith("wiretape: ")


def test_replay_that_went_wrong_says_how_to_record_again(state, tmp_path, capsys):
    cassette = tmp_path / "x.yaml"
    with serve(Fixed()) as service:
        assert run("record", "-o", cassette, "--upstream", service.url, "--", sys.executable, "-c", GET) == 0
        assert run("replay", cassette, "--", "echo", "a b") == 1
        told = "".join(capsys.readouterr().err.split())
        again = f"wiretape record --force -o {cassette} --upstream {service.url} -- echo 'a b'"
        assert "".join(again.split()) in told


def test_busy_port_is_named_once(state, tmp_path, capsys):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert run("record", "-o", tmp_path / "x.yaml", "--upstream", "http://127.0.0.1:9", "--port", port) == 2
    assert capsys.readouterr().err.count(str(port)) == 1


def test_messages_are_counted_as_an_import_counts_them():
    from harness.cassette.model import Cassette, Line, Recorded, ResponsePart, SocketExchange
    from harness.cli.run_recording import summary

    lines = [Line(">", 1, "text", b"a"), Line("<", 2, "ping"), Line("<", 3, "binary", b"b"), Line("<", 4, "close")]
    one = SocketExchange(target="/", response=ResponsePart(status=101), messages=tuple(lines))
    recorded = Recorded(at="2026-11-23T05:00:00Z", by="relay")
    assert "2 messages" in summary(Cassette(recorded=recorded, exchanges=(one,)), Path("x.yaml"))
